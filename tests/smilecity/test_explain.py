"""``smilecity explain`` as a person runs it."""

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

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})
HOUR = ("--at", "2026-06-01T08:30:00Z")


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    catalogue, store = (
        Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite"),
        open_store(f"duckdb://{tmp_path}/city.duckdb"),
    )
    catalogue.put([LOT])
    times = np.array(["2026-06-01T08:15", "2026-06-01T08:45"], dtype="datetime64[ms]")
    store.write(Batch.of([Datastream("lot", "available_spot_number")], [0, 0], times, [4.0, 2.0]))
    catalogue.close()
    store.close()
    return "--data", str(tmp_path)


def test_a_number_is_explained_in_words_and_tables(data: tuple[str, str]):
    done = smilecity("explain", "lot", "occupancy_hour", *HOUR, *data)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Occupancy of lot (occupancy_hour)" in said
    assert "nothing known from 2026-06-01T08:00:00.000Z to 2026-06-01T08:15:00.000Z" in said
    assert "Site: capacity 10" in said
    assert "weighted by time" in said
    assert "2026-06-01 08:15:00" in said
    assert "all together" in said
    assert "time, UTC" in said
    assert "Nothing within reach of lot/occupied_spot_number, lot/out_of_service_slot_number, lot/closed" in said


def test_what_a_formula_looks_back_to_is_counted_and_how_a_group_comes_about_is_said(data: tuple[str, str]):
    unknown = smilecity("explain", "lot", "occupancy_hour", "--at", "2026-06-01T10:50:00Z", *data)
    assert "No value" not in unknown.stdout
    nothing = smilecity("explain", "lot", "occupancy_hour", "--at", "2026-06-01T12:00:00Z", *data)
    assert "No value: 0% of the window is known, and 75% is needed." in nothing.stdout
    later = smilecity("explain", "lot", "occupancy_hour", "--at", "2026-06-01T09:30:00Z", *data)
    assert "and 1 before or after the window" in " ".join(later.stdout.split())
    city = smilecity("explain", "city", "occupancy_hour", *HOUR, *data)
    assert "It is the mean of its members' values, weighed by spaces_in_service_hour." in " ".join(city.stdout.split())


def test_it_is_json_for_other_programs(data: tuple[str, str]):
    document = json.loads(smilecity("explain", "lot", "occupancy_hour", *HOUR, "--json", *data).stdout)
    assert document["computed"]["value"] == pytest.approx((0.6 * 2 + 0.8) / 3)
    assert [used["hours"] for used in document["inputs"][0]["observations"]] == [0.5, 0.25]


def test_what_is_no_result_is_told(data: tuple[str, str]):
    done = smilecity("explain", "lot", "available_spot_number", *data)
    assert done.returncode == 1
    assert "is no result of an indicator" in done.stderr


@pytest.mark.parametrize(
    ("at", "status", "say"),
    [
        ("1970-01-01", 0, "No value"),
        ("2199-12-31T23:59:59", 0, "No value"),
        ("0001-01-01", 2, "outside 1970 to 2199"),
        ("2026-10-25T02:30", 2, "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
    ],
)
def test_any_moment_is_explained_or_refused_with_a_sentence(data: tuple[str, str], at: str, status: int, say: str):
    done = smilecity("explain", "lot", "occupancy_year", "--at", at, *data)
    assert done.returncode == status, done.stderr
    assert say in " ".join((done.stdout + done.stderr).split())
