"""``smilecity rehearse`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from pathlib import Path

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})
OTHER = Thing(
    id="harbour", name="Harbour", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 50}
)
START = np.datetime64("2026-06-01", "ms")
DAYS = 14
UNTIL = ("--until", "2026-06-15T00:00:00Z", "--last", "2w")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Fill two car parks every noon: from 11 h on one of them is nearly full, from 12 to 14 h it is full."""
    folder = tmp_path_factory.mktemp("city")
    catalogue, store = Catalogue(f"sqlite:///{folder}/catalogue.sqlite"), open_store(f"duckdb://{folder}/city.duckdb")
    catalogue.put([LOT, OTHER])
    hours = np.tile([0, 11, 12, 14], DAYS) + 24 * np.repeat(np.arange(DAYS), 4)
    for thing, free in ((LOT, [90, 4, 0, 60]), (OTHER, [45, 20, 20, 45])):
        times = START + hours.astype("timedelta64[h]")
        store.write(Batch.of([Datastream(thing.id, "available_spot_number")], [0] * len(hours), times, free * DAYS))
    catalogue.close()
    store.close()
    return "--data", str(folder)


def test_a_rule_is_told_of_in_a_table_with_bars(data: tuple[str, str]):
    done = smilecity("rehearse", "car_park_nearly_full", *UNTIL, *data)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Car park nearly full (car_park_nearly_full), 2026-06-01T00:00 to 2026-06-15T00:00 UTC: 2 things" in said
    assert "Compared with 'car_park_full', within 24 h" in said
    assert "14/14 1.0 0" in said
    assert "as it is ██" in said
    table = done.stdout.splitlines()[2:4]
    assert "foreseen" in table[0]
    assert max(map(len, table)) <= 80


def test_several_limits_stand_beside_each_other(data: tuple[str, str]):
    done = smilecity("rehearse", "car_park_nearly_full", *UNTIL, "--sweep", "below=0.03,0.05,0.5", *data)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    foreseen = [row[8] for row in rows if row[:1] in (["0.03"], ["0.05"], ["0.5"]) and len(row) > 8]
    assert foreseen == ["0/14", "14/14", "14/14"]


def test_it_is_json_for_other_programs(data: tuple[str, str]):
    done = smilecity("rehearse", "car_park_full", *UNTIL, "--json", *data)
    document = json.loads(done.stdout)
    (trial,) = document["trials"]
    assert (trial["alerts"], trial["things"], trial["weeks"], trial["foresight"]) == (14, 1, [7, 7], None)


@pytest.mark.parametrize(("name", "begins"), [("p.png", b"\x89PNG"), ("p.svg", b"<?xml")])
@pytest.mark.parametrize("sweep", [(), ("--sweep", "below=0.02:0.2:0.06")])
def test_it_is_drawn(data: tuple[str, str], tmp_path: Path, name: str, begins: bytes, sweep: tuple[str, ...]):
    done = smilecity("rehearse", "car_park_nearly_full", *UNTIL, *sweep, "--picture", str(tmp_path / name), *data)
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(begins)
    if name == "p.svg":
        assert (b"alerts a week" if sweep else b">lot<") in drawn


@pytest.mark.parametrize(
    ("options", "say"),
    [
        (("car_park",), "there is no alert rule 'car_park'"),
        (("car_park_full", "--picture", "p.gif"), "must end in .png or .svg"),
        (("car_park_full", "--last", "soon"), "is no moment"),
        (("car_park_full", "--last", "0d"), "'0d' is no time at all"),
        (("car_park_full", "--sweep", "below=9:1:1"), "has no values"),
    ],
)
def test_what_is_wrong_is_told(data: tuple[str, str], options: tuple[str, ...], say: str):
    done = smilecity("rehearse", *options, *data)
    assert done.returncode == (2 if "--last" in options else 1)
    assert say in " ".join(done.stderr.split())
