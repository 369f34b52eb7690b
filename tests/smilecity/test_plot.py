"""``smilecity plot``: a week as a person sees it, with its gaps and doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from sensors.model import Batch, Datastream, Thing
from smilecity.curve import curve_of
from smilecity.observations import COLUMNS
from smilecity.terminal import drawn
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from pathlib import Path

SITE = {"capacity_l": 1100, "fraction": "glass", "distance_empty_mm": 1500, "distance_full_mm": 300}
BINS = [
    Thing(id=f"bin-{n}", name=f"Bin {n}", kind="waste_container", longitude=12.1, latitude=54.1, properties=SITE)
    for n in (1, 2)
]
WEEK = ("--until", "2026-06-08T00:00:00Z", "--last", "7d")


def table(hours: list[float], results: list[float], quality: int | list[int] = 1) -> pa.Table:
    times = np.datetime64("2026-06-01", "ms") + (np.array(hours) * 3_600_000).astype("timedelta64[ms]")
    flags = np.broadcast_to(np.array(quality, dtype=np.uint8), len(hours))
    columns = {
        "phenomenon_time": times,
        "result_time": times,
        "result": pa.array(results, from_pandas=True),
        "quality": flags,
        "coverage": pa.nulls(len(hours)),
        "samples": np.zeros(len(hours)),
        "revision": np.zeros(len(hours)),
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()}).cast(COLUMNS)


def test_a_curve_breaks_where_nothing_holds_and_knows_its_doubts():
    # a filling level holds for 12 h: the silence of 15 h is a gap, that of 10 h is none
    curve = curve_of("bin-1", "filling_level", table([0, 10, 25, 26], [10, 20, 30, np.nan], [1, 3, 4, 9]))
    assert curve.axis == "Filling level [%]"
    assert not curve.steps
    np.testing.assert_array_equal(curve.value, [10, 20, np.nan, 30, np.nan])
    np.testing.assert_array_equal(curve.doubtful, [False, True, False, True, False])
    assert (np.diff(curve.time) > np.timedelta64(0)).all()


def test_a_state_is_drawn_in_steps_and_an_unknown_property_by_its_name():
    assert curve_of("lot", "available_spot_number", table([0, 1], [5, 6])).steps
    assert not curve_of("lot", "occupancy_hour", table([0, 1], [0.5, 0.6])).steps
    unknown = curve_of("lot", "of_old", table([0, 9000], [5, 6]))
    assert (unknown.axis, len(unknown.time)) == ("of_old", 2)


def test_an_empty_table_is_a_curve_without_rows():
    assert len(curve_of("bin-1", "filling_level", table([], [])).time) == 0


def test_the_terminal_shows_the_hours_of_the_zone():
    curves = [curve_of(f"bin-{n}", "filling_level", table([0, 6, 12], [0, 50 * n, 0])) for n in (1, 2)]
    text = drawn(curves, "Europe/Berlin", 80, 15, colour=False)
    lines = text.splitlines()
    assert "Filling level [%]" in lines[0]
    assert "01 Jun 02:00" in lines[-1]
    assert "01 Jun 14:00" in lines[-1]
    assert {"bin-1", "bin-2"} <= set(text.split())
    assert "\x1b" not in text
    assert max(map(len, lines)) <= 80


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("city")
    catalogue, store = Catalogue(f"sqlite:///{folder}/catalogue.sqlite"), open_store(f"duckdb://{folder}/city.duckdb")
    catalogue.put(BINS)
    times = np.datetime64("2026-06-01", "ms") + np.arange(0, 168, 2).astype("timedelta64[h]")
    for number, thing in enumerate(BINS, 1):
        level = (np.arange(84) * number) % 100
        quality = np.where(np.arange(84) == 40, 3, 1)
        store.write(Batch.of([Datastream(thing.id, "filling_level")], [0] * 84, times, level, quality=quality))
    catalogue.close()
    store.close()
    return "--data", str(folder)


def test_a_week_in_the_terminal(data: tuple[str, str]):
    done = smilecity("plot", "bin-1", "filling_level", *WEEK, *data)
    assert done.returncode == 0, done.stderr
    assert "Filling level [%]" in done.stdout
    assert len(done.stdout.splitlines()) >= 10


@pytest.mark.parametrize(("name", "begins"), [("two.png", b"\x89PNG"), ("two.svg", b"<?xml")])
def test_two_things_in_a_picture(data: tuple[str, str], tmp_path: Path, name: str, begins: bytes):
    done = smilecity("plot", "bin-1", "filling_level", "--with", "bin-2", *WEEK, *data, "-o", str(tmp_path / name))
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(begins)
    if name.endswith(".svg"):
        for word in ("bin-1", "bin-2", "doubtful", "Filling level [%]", "Europe/Berlin"):
            assert f">{word}<" in drawn.decode(), word


def test_what_cannot_be_drawn_is_a_sentence(data: tuple[str, str], tmp_path: Path):
    for arguments, sentence in (
        (("bin-1", "filling_level", *WEEK, "-o", str(tmp_path / "a.gif")), "must end in .png or .svg"),
        (("bin-3", "filling_level", *WEEK), "Did you mean 'bin-"),
        (("bin-1", "filling", *WEEK), "It has: filling_level"),
        (("bin-1", "filling_level", "--until", "2020-01-01"), "nothing is known of it from 2019-12-24"),
    ):
        done = smilecity("plot", *arguments, *data)
        assert done.returncode != 0
        assert sentence in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_what_is_counted_is_no_unit():
    table = pa.table({"phenomenon_time": pa.array([0], pa.timestamp("ms")), "result": [42.0], "quality": [1]})
    assert curve_of("lot", "available_spot_number", table).axis == "Free spaces"
