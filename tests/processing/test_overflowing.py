"""Overflows and suspicions of fire, against a loop over each container's readings."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.indicator import Given
from processing.indicators import indicators
from processing.overflowing import overflows
from processing.rows import Rows
from tests.processing import oracle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Events

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BEGIN = int(np.datetime64("2026-10-24T00:00", "ms").astype(int))
MINUTE = 60_000
HOUR = 60
DAY = 24 * HOUR
HOLD = 12 * HOUR
Readings = list[tuple[int, float]]
"""Minutes since the beginning and a value, ascending."""
Run = tuple[int, int, int]
"""Minutes of the first reading, of the last, and of the end."""


def readings_of(gaps: list[int], values: list[float]) -> st.SearchStrategy[Readings]:
    steps = st.lists(st.tuples(st.sampled_from(gaps), st.sampled_from(values)), max_size=30)
    return steps.map(
        lambda told: list(zip(itertools.accumulate(gap for gap, _ in told), (one for _, one in told), strict=True))
    )


LEVELS = readings_of([10, 20, 30, 60, 720, 721, 2000], [50.0, 94.0, 95.0, 99.0])
WARMTH = readings_of([1, 3, 5, 10, 11, 59, 400], [20.0, 25.0, 30.0, 35.0, 59.0, 60.0])


def rows_of(city: list[Readings]) -> Rows:
    flat = [(code, *reading) for code, readings in enumerate(city) for reading in readings]
    series, minute, value = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, BEGIN + np.array(minute, dtype=np.int64) * MINUTE, value)


def told(name: str, city: list[Readings], window: str = "day", span: tuple[int, int] = (0, 12)) -> Given:
    length = (DAY if window == "day" else HOUR) * MINUTE
    limits = (BEGIN + np.arange(span[0], span[1] + 1) * length).astype("datetime64[ms]")
    rows = {indicators()[name].inputs[0]: rows_of(city)}
    return Given(window=window, edges=limits, rows=rows, sites=[{}] * len(city))


def computed(
    name: str, city: list[Readings], window: str = "day", span: tuple[int, int] = (0, 12)
) -> NDArray[np.float64]:
    return indicators()[name].formula(told(name, city, window, span)).value


def happened(name: str, city: list[Readings]) -> list[tuple[int, int, float]]:
    """Give thing, minute and value of each event."""
    happenings = indicators()[name].happenings
    assert happenings is not None
    found: Events = happenings(told(name, city))
    columns = found.thing, (found.time - BEGIN) // MINUTE, found.value
    return list(zip(*(column.tolist() for column in columns), strict=True))


def slowly(readings: Readings) -> list[Run]:
    runs: list[list[int]] = []
    for (minute, level), (later, _) in itertools.pairwise([*readings, (10**9, 0.0)]):
        if level < 95:
            continue
        if runs and runs[-1][2] == minute:
            runs[-1][1:] = minute, min(later, minute + HOLD)
        else:
            runs.append([minute, minute, min(later, minute + HOLD)])
    return [(first, last, until) for first, last, until in runs if last - first >= 30]


@UNHURRIED
@given(st.lists(LEVELS, min_size=1, max_size=3))
@example([[(0, 95.0), (20, 95.0)], [(10, 95.0), (40, 95.0)]])
@example([[(0, 95.0), (30, 50.0), (60, 95.0)]])
def test_an_overflow_is_a_run_over_half_an_hour(city: list[Readings]):
    rows = rows_of(city)
    found = overflows(rows, np.timedelta64(HOLD, "m"))
    times = ((rows.time - BEGIN) // MINUTE).tolist()
    ours = [
        (int(rows.series[first]), times[first], times[last], (until - BEGIN) // MINUTE)
        for first, last, until in zip(found.first.tolist(), found.last.tolist(), found.until.tolist(), strict=True)
    ]
    assert ours == [(code, *run) for code, readings in enumerate(city) for run in slowly(readings)]
    inside = [
        any(run[0] <= minute <= run[1] for run in slowly(readings)) for readings in city for minute, _ in readings
    ]
    assert found.rows(len(rows)).tolist() == inside


@UNHURRIED
@given(st.lists(LEVELS, min_size=1, max_size=3))
def test_days_add_up_the_hours_of_overflow(city: list[Readings]):
    hours = [
        [
            sum(oracle.shared_time(a, b, day * DAY, (day + 1) * DAY) for a, _, b in slowly(readings)) / 60
            for day in range(12)
        ]
        for readings in city
    ]
    assert computed("overflow", city) == pytest.approx(np.array(hours))
    known = [
        [
            sum(oracle.shared_time(a, min(b, a + HOLD), day * DAY, (day + 1) * DAY) for a, b in pairs(readings)) / 60
            for day in range(12)
        ]
        for readings in city
    ]
    rate = [
        [1000 * a / b if b else np.nan for a, b in zip(*rows, strict=True)] for rows in zip(hours, known, strict=True)
    ]
    assert computed("overflow_rate", city) == pytest.approx(np.array(rate), nan_ok=True)


def pairs(readings: Readings) -> list[tuple[int, int]]:
    return list(itertools.pairwise([*(minute for minute, _ in readings), 10**9]))


@UNHURRIED
@given(st.lists(LEVELS, min_size=1, max_size=3))
def test_an_overflow_is_an_event_with_its_length(city: list[Readings]):
    expected = [
        (code, first, min((until - first) / 60, 72.0))
        for code, one in enumerate(city)
        for first, _, until in slowly(one)
    ]
    assert happened("overflow", city) == expected


@UNHURRIED
@given(LEVELS, st.integers(0, 11), st.sampled_from(["overflow", "overflow_rate"]))
@example([(minute, 99.0) for minute in range(690, 6000, 715)], 1, "overflow")
def test_a_day_alone_with_only_the_rows_in_reach_is_to_the_bit_the_same(readings: Readings, day: int, name: str):
    one = indicators()[name]
    first, last = (span.total_seconds() / 60 for span in (one.lookback, one.lookahead))
    near = [reading for reading in readings if day * DAY - first <= reading[0] < (day + 1) * DAY + last]
    together, alone = computed(name, [readings])[0, day], computed(name, [near], span=(day, day + 1))[0, 0]
    assert np.array_equal(together, alone, equal_nan=True)
    if name == "overflow":
        events = [[event for event in happened(name, [rows]) if event[1] // DAY == day] for rows in (readings, near)]
        assert events[0] == events[1]


def alarming(readings: Readings) -> list[int]:
    """Give the minutes of the readings that raise suspicion."""
    return [
        minute
        for minute, value in readings
        if value >= 60 or any(value - other >= 10 for at, other in readings if minute - 10 <= at < minute)
    ]


@UNHURRIED
@given(st.lists(WARMTH, min_size=1, max_size=3))
@example([[(0, 20.0), (5, 25.0), (10, 30.0)], [(11, 60.0)]])
def test_suspicion_is_heat_or_a_quick_rise_while_the_reading_holds(city: list[Readings]):
    expected = [
        [
            max(
                [
                    float(a in alarming(readings))
                    for a, b in pairs(readings)
                    if oracle.shared_time(a, min(b, a + 6 * HOUR), hour * HOUR, (hour + 1) * HOUR) > 0
                ],
                default=np.nan,
            )
            for hour in range(30)
        ]
        for readings in city
    ]
    ours = computed("fire_suspicion", city, "hour", (0, 30))
    assert np.array_equal(ours, np.array(expected), equal_nan=True)
    alone = [computed("fire_suspicion", city, "hour", (hour, hour + 1))[:, 0] for hour in range(30)]
    assert np.array_equal(ours, np.stack(alone, axis=1), equal_nan=True)


@UNHURRIED
@given(st.lists(WARMTH, min_size=1, max_size=3))
def test_the_first_suspicion_of_an_hour_is_an_event(city: list[Readings]):
    expected = [
        (code, minute, 1.0)
        for code, readings in enumerate(city)
        for minute in alarming(readings)
        if not any(minute - HOUR <= before < minute for before in alarming(readings))
    ]
    assert happened("fire_suspicion", city) == expected
