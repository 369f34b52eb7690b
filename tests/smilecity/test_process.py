"""``smilecity process`` as a person runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream, Thing
from smilecity import options
from smilecity.settings import Settings
from smilecity.signals import STOPPED
from storage.catalogue import Catalogue
from storage.store import Query, open_store
from tests.smilecity.running import COMMAND, smilecity

if TYPE_CHECKING:
    from pathlib import Path

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    catalogue, store = (
        Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite"),
        open_store(f"duckdb://{tmp_path}/city.duckdb"),
    )
    catalogue.put([LOT])
    times = np.arange("2026-03-28T00:00", "2026-03-31T00:00", 30, dtype="datetime64[m]").astype("datetime64[ms]")
    free = np.arange(len(times)) % 11
    store.write(Batch.of([Datastream("lot", "available_spot_number")], np.zeros(len(times)), times, free))
    catalogue.close()
    store.close()
    return tmp_path


def hours(folder: Path) -> int:
    store = open_store(f"duckdb://{folder}/city.duckdb")
    batch = store.read(Query(datastreams=[Datastream("lot", "occupancy_hour", derived=True)]))
    store.close()
    return len(batch)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_day_of_23_hours_is_computed_again(folder: Path, jobs: str):
    done = smilecity("process", "--backfill", "2026-03-29", "2026-03-30", "--jobs", jobs, "--data", str(folder))
    assert done.returncode == 0, done.stderr
    assert "0 of them revised" in " ".join(done.stderr.split())
    assert hours(folder) == 23


def results(folder: Path) -> dict[tuple[str, int], tuple[object, ...]]:
    """Give every result by datastream and time; NaN as None."""
    store = open_store(f"duckdb://{folder}/city.duckdb")
    rows = store.read(Query(datastreams=[stream for stream in store.spans().datastreams if stream.derived]))
    store.close()
    names = [rows.datastreams[code].name for code in rows.datastream.tolist()]
    value = [None if isnan(each) else each for each in rows.result.tolist()]
    further = [column.tolist() for column in (rows.quality, rows.coverage, rows.samples, rows.revision)]
    found = dict(
        zip(
            zip(names, rows.phenomenon_time.astype(int).tolist(), strict=True),
            zip(value, *further, strict=True),
            strict=True,
        )
    )
    assert len(found) == len(rows)
    return found


def test_killed_in_its_midst_and_begun_again_it_comes_to_the_same(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
):
    whole = tmp_path_factory.mktemp("whole") / "city"
    shutil.copytree(folder, whole)
    span, log = ("--backfill", "2026-03-28", "2026-03-31", "--jobs", "1"), folder / "city.duckdb.wal"
    with subprocess.Popen([*COMMAND, "process", *span, "--data", str(folder)]) as process:
        while not log.exists() or log.stat().st_size < 20_000:
            assert process.poll() is None, "it ended before anything was seen to be written"
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    held = len(results(folder))
    done = [smilecity("process", *span, "--data", str(each)) for each in (folder, whole)]
    assert [each.returncode for each in done] == [0, 0]
    assert results(folder) == results(whole)
    assert 0 < held < len(results(whole))
    assert {revision for *_, revision in results(whole).values()} == {0}


def test_broken_off_at_the_terminal_it_stops_with_a_sentence_and_comes_to_the_same_when_begun_again(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
):
    """Ctrl-C goes to all processes of the command."""
    whole = tmp_path_factory.mktemp("whole") / "city"
    shutil.copytree(folder, whole)
    span, log = ("process", "--backfill", "2026-03-29", "2026-03-30", "--jobs"), folder / "city.duckdb.wal"
    command = [*COMMAND, *span, "2", "--data", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        while not log.exists() or not log.stat().st_size:
            assert process.poll() is None, "it ended before it was seen to have begun"
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (130, STOPPED)
    done = [smilecity(*span, "1", "--data", str(each)) for each in (folder, whole)]
    assert [each.returncode for each in done] == [0, 0]
    assert results(folder) == results(whole)


def test_without_a_span_what_is_new_is_computed(folder: Path):
    assert smilecity("process", "--data", str(folder)).returncode == 0
    # 72 hours, and the last reading is good for two more.
    assert hours(folder) == 74


def test_where_no_things_are_known_it_is_said_why_nothing_was_computed(tmp_path: Path):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    done = smilecity("process", "--data", str(tmp_path))
    assert done.returncode == 0
    assert "No things are known, so that there is nothing to compute: smilecity things add FILE" in done.stderr


def test_what_cannot_be_done_is_one_sentence(folder: Path):
    done = smilecity("process", "--jobs", "2", "--data", str(folder))
    assert done.returncode == 1
    assert "give it with --backfill" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("span", "say"),
    [
        (("yesterday", "now"), "'yesterday' is no moment"),
        (("2026-06-02", "2026-06-01"), "did you mean 2026-06-01 2026-06-02?"),
        (("now", "-7d"), "did you mean -7d now?"),
        (("2026-06-01", "2026-06-01"), "nothing from 2026-06-01 to 2026-06-01"),
        (("0001-01-01", "9999-12-31"), "outside 1970 to 2199"),
        (("2026-03-29T02:30", "now"), "2026-03-29T01:30:00+01:00"),
    ],
)
def test_a_span_that_is_none_is_one_sentence_and_nothing_is_computed(folder: Path, span: tuple[str, str], say: str):
    done = smilecity("process", "--backfill", *span, "--data", str(folder))
    assert done.returncode == 2
    assert say in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not results(folder)


def test_followers_that_nobody_named_are_not_one(tmp_path: Path):
    """Each has a data folder, and comes back under its name; what only one process can open needs none."""
    shared = f"sqlite:///{tmp_path}/shared.sqlite"
    one, two = (options.settings(data=tmp_path / name, catalogue=shared) for name in ("one", "two"))
    assert one.computes_as() != two.computes_as()
    assert one.computes_as() == options.settings(data=tmp_path / "two" / ".." / "one", catalogue=shared).computes_as()
    assert options.settings(worker=one.computes_as()).worker == one.computes_as(), "it is a name that --worker takes"
    assert options.settings(data=tmp_path, catalogue=shared, worker="c1").computes_as() == "c1"
    assert options.settings(data=tmp_path).computes_as() == Settings().worker


def days(folder: Path) -> list[str]:
    """Give when the days begin that are known, of the car park."""
    store = open_store(f"duckdb://{folder}/city.duckdb")
    batch = store.read(Query(datastreams=[Datastream("lot", "occupancy_day", derived=True)]))
    store.close()
    return [str(time)[:16] for time in batch.phenomenon_time[~np.isnan(batch.result)]]


def test_a_city_keeps_its_zone_until_somebody_changes_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    at = ("--data", str(folder))
    assert smilecity("process", *at).returncode == 0
    berlin = days(folder)
    assert "2026-03-28T23:00" in berlin
    monkeypatch.setenv("SMILECITY_ZONE", "Europe/Athens")
    for command in (("process",), ("process", "--backfill", "2026-03-28", "now"), ("things", "list"), ("visits",)):
        refused = smilecity(*command, *at)
        assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
        assert "this city is computed by the clocks of Europe/Berlin and the holidays of MV" in refused.stderr
        assert "Go on with SMILECITY_ZONE=Europe/Berlin SMILECITY_LAND=MV" in refused.stderr
    assert days(folder) == berlin
    assert smilecity("process", "--change-zone", *at).returncode == 1
    changed = smilecity("process", "--backfill", "2026-03-01", "2026-04-10", "--change-zone", *at)
    assert (changed.returncode, "values of days that began at other midnights taken back" in changed.stderr) == (
        0,
        True,
    )
    athens = days(folder)
    assert "2026-03-28T22:00" in athens
    assert not set(athens) & set(berlin)
    monkeypatch.delenv("SMILECITY_ZONE")
    refused = smilecity("process", *at)
    assert "Go on with SMILECITY_ZONE=Europe/Athens SMILECITY_LAND=MV" in refused.stderr
