"""An explanation shows what a number is made of, and comes to the same number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.explain import arithmetic, explain
from processing.made import FAILED, GLITCH, IMPOSSIBLE, MOST_ROWS, Gap
from processing.region import Region
from processing.roster import Roster
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processing.explain import Explanation

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})
METER = Thing(id="meter", name="Meter", kind="energy_meter", longitude=12.1, latitude=54.1, district="Mitte")
FREE, COUNTER = Datastream("lot", "available_spot_number"), Datastream("meter", "total_active_energy_import")
NINE = np.datetime64("2026-06-01T09:00", "ms")


def minutes(*after_eight: float) -> list[np.datetime64]:
    return [
        np.datetime64("2026-06-01T08:00", "ms") + np.timedelta64(round(each * 60_000), "ms") for each in after_eight
    ]


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put([LOT, METER])
    yield opened
    opened.close()


@pytest.fixture
def store(catalogue: Catalogue) -> Iterator[Memory]:
    opened = Memory()
    opened.write(observed(FREE, minutes(-150, 20, 35, 50, 61), [9, 4, 2, 0, 5], [1, 1, 1, 4, 1]))
    opened.write(observed(COUNTER, minutes(-60, 0, 30, 60, 90), [0, 10, 14, 20, 25], 1))
    Worker(opened, catalogue).step(NINE.item().replace(hour=12, tzinfo=UTC))
    yield opened
    opened.close()


def observed(
    stream: Datastream, times: Sequence[np.datetime64], values: Sequence[float], flags: Sequence[int] | int
) -> Batch:
    return Batch.of((stream,), np.zeros(len(times)), times, values, quality=flags)


def why(store: Memory, catalogue: Catalogue, thing: str, name: str, at: float = 10) -> Explanation:
    stream = Datastream(thing, name, derived=True)
    return explain(store, Roster(catalogue).groups(), stream, minutes(at)[0], Region())


def test_states_are_shown_with_the_time_they_hold_the_gaps_and_what_is_left_out(store: Memory, catalogue: Catalogue):
    found = why(store, catalogue, "lot", "occupancy_hour")
    assert (found.start, found.end) == (minutes(0)[0], NINE)
    made, *silent = found.inputs
    assert not any(each.rows for each in silent)
    assert [(used.value, used.why_not) for used in made.rows] == [
        (9.0, "before the window"), (4.0, ""), (2.0, ""), (0.0, "failed its tests"),
    ]  # fmt: skip
    assert [round(used.hours, 9) for used in made.rows] == [0.0, 0.25, round(25 / 60, 9), 0.0]
    assert made.rows[1].amount == pytest.approx(1.0)
    assert made.gaps == (Gap(minutes(0)[0], minutes(20)[0]),)
    assert made.unit == "{space}"
    # 1 - free / capacity, over the 40 minutes that are known: too few for a value.
    assert (found.computed.value, found.computed.samples, found.computed.quality) == (None, 2, Quality.MISSING)
    assert found.computed.coverage == pytest.approx(2 / 3)


def test_what_is_stored_is_what_is_computed(store: Memory, catalogue: Catalogue):
    for thing, name in (("meter", "energy_hour"), ("lot", "occupancy_15min"), ("meter", "energy_15min")):
        found = why(store, catalogue, thing, name, at=40)
        assert found.stored is not None
        assert found.stored[:4] == found.computed[:4]
        assert found.computed.value is not None


def test_a_restated_number_says_when_and_how_often(store: Memory, catalogue: Catalogue):
    before = why(store, catalogue, "lot", "occupancy_hour").stored
    store.write(observed(FREE, minutes(5), [10], 1))
    Worker(store, catalogue).step(NINE.item().replace(hour=15, tzinfo=UTC))
    after = why(store, catalogue, "lot", "occupancy_hour")
    assert before is not None
    assert after.stored is not None
    assert (before.revision, before.stated) == (0, NINE + np.timedelta64(3, "h"))
    assert (after.stored.revision, after.stored.stated) == (1, NINE + np.timedelta64(6, "h"))
    assert after.stored.value == after.computed.value != before.value
    assert (after.computed.revision, after.computed.stated) == (None, None)


def test_a_counter_is_shown_with_what_was_counted_until_the_next_reading(store: Memory, catalogue: Catalogue):
    (made,) = why(store, catalogue, "meter", "energy_hour").inputs
    assert [used.amount for used in made.rows if not used.why_not] == [4.0, 6.0]
    assert made.gaps == ()


def test_what_a_counter_adds_comes_to_the_number(store: Memory, catalogue: Catalogue):
    """Of steps that reach over an edge the part within; through a restart, a glitch, and with what failed left out."""
    times, values = minutes(-10, 20, 40, 50, 55, 70), [100.0, 130.0, 20.0, 140.0, 150.0, 10.0]
    store.write(observed(Datastream("other", COUNTER.observed_property), times, values, [1, 1, 1, 1, 4, 1]))
    catalogue.put([replace(METER, id="other")])
    found = why(store, catalogue, "other", "energy_hour")
    (made,) = found.inputs
    assert [used.why_not for used in made.rows] == ["", "", GLITCH, "", FAILED, "after the window"]
    assert [used.amount for used in made.rows] == [20.0, 10.0, None, 5.0, None, None]
    assert [made.amount, made.hours] == pytest.approx([35.0, 1.0])
    assert found.computed.value == pytest.approx(35.0)


def test_a_rise_beyond_the_greatest_power_is_left_out_and_told(store: Memory, catalogue: Catalogue):
    """A site of 80 kW, whose counter jumps by 3 000 kWh in ten minutes."""
    times, values = minutes(-10, 20, 30, 50, 70), [100.0, 130.0, 3130.0, 3140.0, 3150.0]
    store.write(observed(Datastream("other", COUNTER.observed_property), times, values, 1))
    catalogue.put([replace(METER, id="other", properties={"max_power_kw": 80})])
    found = why(store, catalogue, "other", "energy_hour")
    (made,) = found.inputs
    assert [used.why_not for used in made.rows] == ["", IMPOSSIBLE, "", "", "after the window"]
    assert [used.amount for used in made.rows] == [20.0, None, 10.0, 5.0, None]
    assert made.gaps == (Gap(minutes(20)[0], minutes(30)[0]),)
    assert made.amount == found.computed.value == 35.0
    assert made.hours * 60 == pytest.approx(50)
    assert found.computed.coverage == pytest.approx(5 / 6)
    (later,) = why(store, catalogue, "other", "energy_15min", at=50).inputs
    assert IMPOSSIBLE not in [used.why_not for used in later.rows]


def test_what_is_too_far_apart_for_an_hour_is_spread_over_a_gap(store: Memory, catalogue: Catalogue):
    """Three hours between two readings: what was counted is estimated, and the time is not known."""
    times, values = minutes(-60, 120, 150), [100.0, 130.0, 131.0]
    store.write(observed(Datastream("other", "total_heat_energy"), times, values, 1))
    catalogue.put([replace(METER, id="other", kind="heat_meter")])
    found = {name: why(store, catalogue, "other", name) for name in ("heat_energy_hour", "heat_energy_day")}
    (hour,), (day,) = (each.inputs for each in found.values())
    assert hour.gaps == (Gap(minutes(0)[0], NINE),)
    assert hour.amount == pytest.approx(10.0)
    assert found["heat_energy_hour"].computed.coverage == 0.0
    known = sum((gap.end - gap.start) / np.timedelta64(1, "h") for gap in day.gaps)
    assert known == pytest.approx(24 * (1 - found["heat_energy_day"].computed.coverage))


def test_what_the_quality_control_left_out_is_told_with_its_reason(store: Memory, catalogue: Catalogue):
    later = observed(FREE, minutes(5), [3], 1)
    store.write(replace(later, result_time=later.phenomenon_time - np.timedelta64(2, "h")))
    made = why(store, catalogue, "lot", "occupancy_hour").inputs[0]
    (early,) = [used for used in made.rows if used.time == minutes(5)[0]]
    assert early.quality is Quality.SUSPECT
    assert early.findings
    assert made.rows[-1].findings


def test_of_very_many_rows_those_nearest_to_the_window_are_shown(store: Memory, catalogue: Catalogue):
    """A counter looks hours ahead: what is shown is not what comes long after."""
    many = minutes(*range(-300, 700))
    store.write(observed(Datastream("other", COUNTER.observed_property), many, np.arange(1000.0).tolist(), 1))
    catalogue.put([replace(METER, id="other")])
    (made,) = why(store, catalogue, "other", "energy_hour").inputs
    assert (len(made.rows), made.count) == (MOST_ROWS, 1000)
    assert sum(not used.why_not for used in made.rows) == 60
    assert [made.amount, made.hours] == pytest.approx([60.0, 1.0])


def test_what_is_not_made_is_told(store: Memory, catalogue: Catalogue):
    with pytest.raises(ValueError, match="is no result of an indicator"):
        why(store, catalogue, "lot", "available_spot_number")
    with pytest.raises(ValueError, match="is made for parking_lot, parking_spot; 'meter' is of the kind energy_meter"):
        why(store, catalogue, "meter", "occupancy_hour")
    with pytest.raises(ValueError, match="the catalogue has no thing and no group 'nowhere'"):
        why(store, catalogue, "nowhere", "occupancy_hour")
    with pytest.raises(ValueError, match="Explain the number that counts it: overflow_day"):
        why(store, catalogue, "bin", "overflow_event")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-07", 24)])
def test_a_week_is_made_of_the_real_hours_of_its_days(catalogue: Catalogue, day: str, hours: int):
    """It ends with a Sunday on which clocks are set, or with any other."""
    store, noon = Memory(), np.datetime64(f"{day}T12:00", "ms")
    times = np.arange(noon - np.timedelta64(8, "D"), noon + np.timedelta64(1, "D"), np.timedelta64(1, "h"))
    store.write(observed(COUNTER, list(times), (10.0 * np.arange(len(times))).tolist(), 1))
    Worker(store, catalogue).step((noon + np.timedelta64(2, "D")).item().replace(tzinfo=UTC))
    stream = Datastream("meter", "energy_week", derived=True)
    found = explain(store, Roster(catalogue).groups(), stream, noon, Region())
    (made,) = found.inputs
    used = [each for each in made.rows if not each.why_not]
    assert [each.hours for each in used] == [24.0] * 6 + [hours]
    assert made.hours == 6 * 24 + hours
    assert made.amount == found.computed.value == pytest.approx(10 * made.hours)
    assert made.gaps == ()
    assert found.arithmetic == "the sum of its days"


@pytest.mark.parametrize(
    ("name", "window", "of_members", "said"),
    [
        ("occupancy", "hour", False, ""),
        ("occupancy", "hour", True, "the mean of its members' values, weighed by spaces_in_service_hour"),
        ("occupancy", "week", False, "the mean of its days, weighed by spaces_in_service_day"),
        ("energy", "month", True, "the sum of its members' values"),
        ("mean_power", "month", False, "the mean of its days, weighed by the time that each knows"),
        ("fill_rate", "hour", True, "the mean of its members' values, weighed by capacity_l"),
        ("overflow_rate", "day", True, "the mean of its members' values, weighed by nothing: all count alike"),
        ("peak_demand", "year", False, "the greatest of its days"),
        ("load_factor", "month", False, ""),
        ("turnover", "month", True, ""),
    ],
)
def test_how_groups_and_longer_windows_come_about_is_said(name: str, window: str, of_members: bool, said: str):  # noqa: FBT001
    assert arithmetic(name, window, of_members=of_members) == said


def test_a_window_nobody_knows_anything_of_is_one_gap(store: Memory, catalogue: Catalogue):
    found = why(store, catalogue, "lot", "occupancy_day", at=60 * 24 * 40)
    made = found.inputs[0]
    assert (made.rows, found.stored, found.computed.value) == ((), None, None)
    assert made.gaps == (Gap(found.start, found.end),)
