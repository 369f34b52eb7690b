"""What an operator is told of formulas that are others than before, by the real command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.indicators import indicators
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from smilecity.formulas import outdated_results
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.processing.raising import doubled, with_version
from tests.servers import free_port
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})
NOW = indicators()["occupancy"].version


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Give a data folder with three hours of results by a former formula, and a quarter hour by the present one."""
    folder = tmp_path / "city"
    folder.mkdir()
    catalogue, store = (
        Catalogue(f"sqlite:///{folder}/catalogue.sqlite"),
        open_store(f"duckdb://{folder}/city.duckdb"),
    )
    catalogue.put([LOT])
    times = np.arange("2026-06-01T06:00", "2026-06-01T09:15", 15, dtype="datetime64[m]").astype("datetime64[ms]")
    store.write(Batch.of([Datastream("lot", "available_spot_number")], np.zeros(len(times)), times, [4.0] * len(times)))
    with with_version("occupancy", NOW - 1, doubled(indicators()["occupancy"].formula)):
        Worker(store, catalogue).step(datetime(2026, 6, 1, 9, tzinfo=UTC))
    Worker(store, catalogue).step(datetime(2026, 6, 1, 9, 15, tzinfo=UTC))
    catalogue.close()
    store.close()
    return folder


def words(text: str) -> str:
    return " ".join(text.split())


def test_who_computes_is_told_which_formulas_are_others_and_what_to_do(city: Path):
    data = ("--data", str(city))
    asked = ("explain", "lot", "occupancy_hour", "--at", "2026-06-01T07:30:00Z", *data)
    told = words(smilecity(*asked).stdout)
    assert f"What is stored is by version {NOW - 1} of the formula. Version {NOW}, the present one, says 0.6" in told
    assert "'smilecity process --backfill 2026-06-01T07:00:00.000Z 2026-06-01T08:00:00.000Z' stores that." in told

    first = smilecity("process", *data)
    assert first.returncode == 0, first.stderr
    said = words(first.stderr)
    assert f"Of occupancy (version {NOW - 1} before, {NOW} now) the formula is another since what is stored" in said
    command = said.partition("run 'smilecity ")[2].partition("'")[0].split()
    assert command == ["process", "--backfill", "2026-06-01T06:00:00Z", "2026-06-01T09:15:00Z"]
    again = smilecity(*command, "--jobs", "1", *data)
    assert again.returncode == 0, again.stderr
    assert ", 0 of them" not in again.stderr
    assert "formula" not in again.stderr, "nothing is left"


def test_who_did_what_was_said_at_the_start_of_a_process_hears_it_no_more():
    catalogue, store = Catalogue("sqlite://"), open_store("memory://")
    catalogue.put([LOT])
    time = np.array(["2026-06-01T06:00"], dtype="datetime64[ms]")
    store.write(Batch.of([Datastream("lot", "available_spot_number")], [0], time, [4.0]))
    start = datetime(2026, 6, 1, 9, 0, 0, 700_000, tzinfo=UTC)
    with with_version("occupancy", NOW - 1):
        Worker(store, catalogue).step(start - timedelta(minutes=30))
    said = outdated_results(store, catalogue, start, "Europe/Berlin")
    begin, end = said.partition("--backfill ")[2].rstrip("'.").split()
    assert (begin, end) == ("2026-06-01T06:00:00Z", "2026-06-01T09:00:01Z")
    # The first step comes in the second after.
    Worker(store, catalogue).step(start + timedelta(seconds=1))
    later = start + timedelta(minutes=3)
    Worker(store, catalogue).recompute(datetime.fromisoformat(begin), datetime.fromisoformat(end), later)
    assert outdated_results(store, catalogue, later, "Europe/Berlin") == ""


def test_indicators_are_listed_with_their_versions(city: Path):
    data = ("--data", str(city))
    table = smilecity("indicators", "--domain", "parking", *data)
    assert table.returncode == 0, table.stderr
    (row,) = (line.replace("│", " ").split() for line in table.stdout.splitlines() if line.startswith("│ occupancy "))
    now, before = (["2026-06-01", "09:15:00"], [str(NOW - 1), "since", "2026-06-01", "09:00:00"])
    assert row == ["occupancy", "1", str(NOW), *now, *before]
    assert "energy_export" not in table.stdout
    said = words(smilecity("indicators", "occupancy", *data).stdout)
    assert f"version {NOW} ({NOW - 1} since 2026-06-01 09:00:00 UTC, {NOW} since 2026-06-01 09:15:00 UTC)" in said
    assert "weighted by time" in said


@pytest.mark.parametrize(
    ("asked", "say"),
    [(("occupation",), "no indicator 'occupation'"), (("--domain", "parks"), "The domains are energy, ")],
)
def test_what_is_not_there_is_one_sentence(city: Path, asked: tuple[str, ...], say: str):
    done = smilecity("indicators", *asked, "--data", str(city))
    assert (done.returncode, say in done.stderr) == (1, True), done.stderr


def test_a_platform_says_it_when_it_starts_and_lists_them_for_who_asks_beside_it(city: Path):
    with up(city.parent, "--mqtt-port", str(free_port())) as platform:
        found = json.loads(smilecity("indicators", "occupancy", "--json", "--data", str(city)).stdout)["indicators"]
        assert [one["version"] for one in found[0]["versions"]] == [NOW - 1, NOW]
        assert platform.stop() == 0
    assert "stop this process and run 'smilecity process --backfill 2026-06-01T06:00:00Z" in words(platform.output())
