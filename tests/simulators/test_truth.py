from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulators.city import milliseconds
from simulators.rhythm import DAY, HOUR, MINUTE
from simulators.spaces import KINDS
from simulators.truth import QUARTER, TruthFiles, driven, emptyings, energy, level, occupied, stays, truth
from tests.simulators.cities import NOON, small_city, whole_city

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = milliseconds(NOON)


def test_windows_are_whole_quarter_hours_and_hours():
    told = truth(small_city(), NOON + timedelta(minutes=1), NOON + timedelta(hours=2, minutes=20))
    assert [str(t)[11:16] for t in told["occupancy"].time] == [
        "12:15",
        "12:30",
        "12:45",
        *(f"13:{m}" for m in ("00", 15, 30, 45)),
        "14:00",
    ]
    assert told["occupancy"].time.tolist() == told["energy"].time.tolist()
    assert [str(t)[11:16] for t in told["filling_level"].time] == ["13:00", "14:00"]


def test_occupancy_is_the_mean_of_every_second():
    city = whole_city()
    mean = truth(city, BEGIN, BEGIN + QUARTER)["occupancy"]
    seconds = occupied(city, BEGIN + np.arange(0, QUARTER, 1000))
    capacity = {place.thing: place.site.get("capacity", 1) for place in city.places}
    share = seconds.value.mean(axis=1) / [capacity[thing] for thing in seconds.things]
    assert mean.things == seconds.things
    assert np.abs(mean.value[:, 0] - share).max() < 0.002
    assert 0 < mean.value.mean() < 1


def test_energy_of_the_quarter_hours_is_the_difference_of_the_registers_over_days():
    city, days = small_city(), timedelta(days=3)
    told = truth(city, NOON, NOON + days)["energy"]
    ends = energy(city, np.array([BEGIN, BEGIN + 3 * 24 * HOUR]))
    assert told.value.sum(axis=1) == pytest.approx(ends.value[:, 1] - ends.value[:, 0])
    assert (told.value > 0).all()


@pytest.mark.parametrize(
    ("day", "quarters"), [("2026-03-28T23:00", 92), ("2026-06-16T22:00", 96), ("2026-10-24T22:00", 100)]
)
def test_local_days_have_their_quarter_hours(day: str, quarters: int):
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    told = truth(small_city(), start, start + timedelta(minutes=15 * quarters))
    assert told["occupancy"].value.shape[1] == quarters
    assert told["energy"].value.shape[1] == quarters


def test_truth_accepts_datetime64_and_no_times_at_all():
    city, instant = small_city(), np.array(["2026-06-17T12:00"], dtype="datetime64[ms]")
    assert level(city, instant).value.tolist() == level(city, np.array([BEGIN])).value.tolist()
    assert occupied(city, instant[:0]).value.shape == (6, 0)
    assert truth(city, BEGIN, BEGIN)["occupancy"].value.shape == (6, 0)


def test_files_hold_every_whole_hour_once(tmp_path: Path):
    city = small_city()
    files = TruthFiles(city, tmp_path, BEGIN - 30 * MINUTE)
    for until in (BEGIN, BEGIN + 20 * MINUTE, BEGIN + HOUR, BEGIN + 3 * HOUR + MINUTE):
        files.advance(until)
    told = truth(city, BEGIN, BEGIN + 3 * HOUR)
    for name, series in told.items():
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = {(row["thing"], row["time"]): float(row["value"]) for row in csv.DictReader(file)}
        assert len(rows) == series.value.size
        assert rows[series.things[0], "2026-06-17T12:00:00.000Z"] == pytest.approx(series.value[0, 0], abs=1e-6)


def test_emptyings_are_the_falls_of_the_level():
    city, day = whole_city(), 24 * HOUR
    found = emptyings(city, BEGIN, BEGIN + 3 * day)
    assert len(found.thing) == len(found.time) == len(found.level) > 30
    assert (np.diff(found.time.astype(int)) >= 0).all()
    just = np.timedelta64(1, "ms")
    for thing, time, full in zip(found.thing, found.time, found.level, strict=True):
        around = level(city, np.array([time - just, time, time + just]))
        before, at, _ = around.value[around.things.index(thing)]
        assert before == pytest.approx(full)
        assert at < 0.01
    assert emptyings(city, BEGIN, BEGIN).thing == ()
    later = emptyings(city, BEGIN + day, BEGIN + 3 * day)
    assert later.time.tolist() == found.time[found.time.astype(int) >= BEGIN + day].tolist()


def test_stays_are_when_spaces_are_taken():
    city, begin, end = whole_city(), BEGIN, BEGIN + 30 * HOUR
    found = stays(city, begin, end)
    spaces = city.things(*KINDS)
    assert set(found.thing) <= set(spaces)
    taken = {
        thing: sum(
            (found.end[place] - found.begin[place]).astype(int) for place, one in enumerate(found.thing) if one == thing
        )
        for thing in spaces
    }
    minutes = occupied(city, begin + np.arange(0, 30 * HOUR, MINUTE))
    share = {thing: row.mean() for thing, row in zip(minutes.things, minutes.value, strict=True)}
    assert max(abs(taken[thing] / (30 * HOUR) - share[thing]) for thing in spaces) < 0.02
    assert 0 < len(found.came) - found.came.sum() == occupied(city, np.array([begin])).value[-len(spaces) :].sum()
    assert len(found.left) - found.left.sum() == occupied(city, np.array([end - 1])).value[-len(spaces) :].sum()
    assert (found.begin[~found.came].astype(int) == begin).all()
    assert (found.end[~found.left].astype(int) == end).all()
    just = np.timedelta64(1, "ms")
    for place in np.flatnonzero(found.came)[:20]:
        around = occupied(city, np.array([found.begin[place] - just, found.begin[place]]))
        assert around.value[around.things.index(found.thing[place])].tolist() == [0, 1]


def test_who_drove_in_and_out_is_what_changed_the_number_of_vehicles():
    city, edges = whole_city(), BEGIN + np.arange(0, DAY + 1, QUARTER)
    found, stood = driven(city, edges), occupied(city, edges)
    rows = [stood.things.index(thing) for thing in found.into.things]
    assert (np.diff(stood.value[rows], axis=1) == found.into.value - found.out.value).all()
    assert (found.into.value >= 0).all()
    assert (found.out.value >= 0).all()
    assert found.into.time.tolist() == found.out.time.tolist() == edges[:-1].astype("datetime64[ms]").tolist()


def test_vehicles_leave_after_about_their_mean_stay():
    """Little's law over a week: vehicles there by the rate at which they leave."""
    city, edges = whole_city(), BEGIN + np.arange(0, 7 * DAY + 1, HOUR)
    found, stood = driven(city, edges), occupied(city, edges[:-1])
    rows = [stood.things.index(thing) for thing in found.out.things]
    stay = 60 * stood.value[rows].sum(axis=1) / found.out.value.sum(axis=1)
    wanted = [place.habit["barriers"]["stay_min"] for place in city.places if "barriers" in place.habit]
    assert stay == pytest.approx(wanted, rel=0.1)
