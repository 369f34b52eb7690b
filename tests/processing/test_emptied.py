"""Emptyings and what follows from them, against a loop over each container's readings."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.emptied import emptied
from processing.indicator import Given
from processing.indicators import indicators
from processing.rows import Rows
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BEGIN = int(np.datetime64("2026-03-27T00:00", "ms").astype(int))
MINUTE = 60_000
HOUR = 60
DAY = 24 * HOUR
Levels = list[tuple[int, float]]
"""Minutes since the beginning and per cent, ascending."""
FULL: Levels = [(HOUR * hour, 80.0 + hour) for hour in range(3)]
EMPTIED: Levels = [*FULL, (3 * HOUR, 4.0), (4 * HOUR, 5.0)]
SITE = {"capacity_l": 1000}
COUNTS = ("emptyings", "avoidable_emptyings", "late_emptyings", "collected_volume")
VALUES = st.sampled_from([0.0, 10.0, 20.0, 35.0, 39.0, 60.0, 90.0, 96.0, 99.0])
STEPS = st.lists(st.tuples(st.sampled_from([20, 30, 60, 360, 1500, 3000]), VALUES), max_size=30)
LEVELS = STEPS.map(
    lambda steps: [(sum(gap for gap, _ in steps[: number + 1]), steps[number][1]) for number in range(len(steps))]
)


def rows_of(city: list[Levels]) -> Rows:
    flat = [(code, *reading) for code, readings in enumerate(city) for reading in readings]
    series, minute, level = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, BEGIN + np.array(minute, dtype=np.int64) * MINUTE, level)


def computed(name: str, city: list[Levels], days: int = 1, begin: int = 0) -> NDArray[np.float64]:
    """Give the results of days; here they are days of UTC, since nothing in a formula asks for more than edges."""
    limits = (BEGIN + np.arange(begin, begin + days + 1) * DAY * MINUTE).astype("datetime64[ms]")
    told = Given(window="day", edges=limits, rows={"filling_level": rows_of(city)}, sites=[SITE] * len(city))
    return indicators()[name].formula(told).value


def slowly(readings: Levels) -> list[tuple[int, int, float]]:
    """Give minute, minute before and level before of each emptying."""
    found: list[tuple[int, int, float]] = []
    for place in range(3, len(readings) - 1):
        before, (minute, level), (later, then) = readings[place - 3 : place], readings[place], readings[place + 1]
        was = median(level for _, level in before)
        if max(level, then) > 20 or was - max(level, then) < 30 or before[-1][1] <= 20:
            continue
        if later - minute <= DAY and minute - before[0][0] <= 4 * DAY:
            found.append((minute, before[-1][0], was))
    # One that comes within two hours of another belongs to it.
    return [one for one in found if not any(0 < one[0] - other[0] <= 2 * HOUR for other in found)]


@UNHURRIED
@given(st.lists(LEVELS, min_size=1, max_size=3))
@example([EMPTIED, EMPTIED])
@example([[*EMPTIED, (260, 90.0), (270, 90.0), (280, 90.0), (290, 9.0), (300, 9.0)]])
@example([[*EMPTIED, (260, 90.0), (270, 90.0), (280, 90.0), (301, 9.0), (310, 9.0)]])
def test_emptyings_are_those_that_a_loop_finds(city: list[Levels]):
    found = emptied(rows_of(city))
    columns = found.thing, (found.time - BEGIN) // MINUTE, (found.since - BEGIN) // MINUTE, found.level
    ours = list(zip(*(column.tolist() for column in columns), strict=True))
    assert ours == [(code, *one) for code, readings in enumerate(city) for one in slowly(readings)]


@UNHURRIED
@given(st.lists(LEVELS, min_size=1, max_size=3))
def test_days_add_up_what_happened_in_them(city: list[Levels]):
    amounts: dict[str, Callable[[float], float]] = {
        "emptyings": lambda level: 1.0 + 0.0 * level,
        "avoidable_emptyings": lambda level: float(level < 40),
        "late_emptyings": lambda level: float(level >= 95),
        "collected_volume": lambda level: 10.0 * level,
    }
    for name, amount in amounts.items():
        expected = [
            [sum(amount(level) for at, _, level in slowly(readings) if at // DAY == day) for day in range(12)]
            for readings in city
        ]
        assert computed(name, city, 12) == pytest.approx(np.array(expected))


@UNHURRIED
@given(LEVELS)
def test_means_are_over_the_emptyings_of_a_day(readings: Levels):
    found = slowly(readings)
    told = {
        "level_at_emptying": [(at, level) for at, _, level in found],
        "emptying_interval": [(at, (at - since) / HOUR) for at, since, _ in found],
    }
    for name, values in told.items():
        days = [[value for at, value in values if at // DAY == day] for day in range(12)]
        expected = [sum(day) / len(day) if day else np.nan for day in days]
        assert computed(name, [readings], 12)[0] == pytest.approx(np.array(expected), nan_ok=True)


@UNHURRIED
@given(LEVELS, st.integers(0, 11), st.sampled_from([*COUNTS, "level_at_emptying", "emptying_interval"]))
def test_a_day_alone_with_only_the_rows_in_reach_is_to_the_bit_the_same(readings: Levels, day: int, name: str):
    one = indicators()[name]
    first, last = (span.total_seconds() / 60 for span in (one.lookback, one.lookahead))
    near = [reading for reading in readings if day * DAY - first <= reading[0] < (day + 1) * DAY + last]
    together, alone = computed(name, [readings], 12)[0][day], computed(name, [near], 1, day)[0][0]
    assert np.array_equal(together, alone, equal_nan=True)


@pytest.mark.parametrize(("name", "value"), [("level_at_emptying", 81.0), ("emptying_interval", 1.0)])
def test_an_emptying_is_an_event_at_the_first_reading_that_found_it(name: str, value: float):
    happenings = indicators()[name].happenings
    assert happenings is not None
    limits = np.array([BEGIN, BEGIN + DAY * MINUTE]).astype("datetime64[ms]")
    rows = rows_of([[], EMPTIED])
    rows = rows.with_quality(np.where(rows.value == 81.0, Quality.SUSPECT, Quality.GOOD).astype(np.uint8))
    found = happenings(Given(window="day", edges=limits, rows={"filling_level": rows}, sites=[SITE] * 2))
    assert (found.thing.tolist(), found.value.tolist(), found.samples.tolist()) == ([1], [value], [5])
    assert (found.time - BEGIN).tolist() == [3 * HOUR * MINUTE]
    assert found.quality.tolist() == [Quality.SUSPECT]


def test_without_readings_nothing_was_emptied():
    found = emptied(rows_of([[], []]))
    assert len(found.thing) == len(found.time) == len(found.level) == 0
    assert computed("emptyings", [[]]).tolist() == [[0.0]]
