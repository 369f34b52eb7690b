"""Parking sessions and what is counted of them, against a loop over every few seconds of each space."""

from __future__ import annotations

from itertools import groupby, pairwise
from statistics import quantiles
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.indicator import Given
from processing.indicators import indicators
from processing.rows import Rows
from processing.sessions import PROPERTY, Sessions, sessions
from processing.windows import cut, time_weighted_mean
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from processing.indicator import Results

UNHURRIED = settings(deadline=None, max_examples=30)
"""A busy machine is slow, not wrong."""
TICK = 20_000
"""Milliseconds: all happens at full ticks, three of which are no flap any more."""
FLAP = 3
HOLD = 24 * 3600 * 1000 // TICK
DAYS = 3
LONG = DAYS * HOLD
SPRING, AUTUMN = np.datetime64("2026-03-28T00:00", "ms"), np.datetime64("2026-10-24T00:00", "ms")
"""The clocks are set on the day after."""
States = list[tuple[int, int]]
"""Tick since the beginning, and 0 or 1; ascending."""
Stay = tuple[int, int, bool, bool]
"""First tick, the one after its last, whether it was seen to come, and to leave."""
GAPS = st.sampled_from([1, 2, 3, 4, 9, 180, 540, 900, 4000, HOLD, HOLD + 30])
STATES = st.lists(st.tuples(GAPS, st.integers(0, 1)), max_size=16).map(
    lambda steps: [(sum(gap for gap, _ in steps[: place + 1]), steps[place][1]) for place in range(len(steps))]
)
CITY = st.lists(STATES, min_size=1, max_size=3)
BEGINS = st.sampled_from([SPRING, AUTUMN])


def rows_of(city: list[States], begin: np.datetime64 = SPRING) -> Rows:
    flat = [(code, *state) for code, states in enumerate(city) for state in states]
    series, tick, value = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, begin.astype(np.int64) + np.array(tick, dtype=np.int64) * TICK, value)


def line_of(states: States, hold: int = HOLD) -> list[int | None]:
    """Say of every tick what is known to be true then."""
    line: list[int | None] = [None] * (max((tick for tick, _ in states), default=0) + hold + 1)
    for (tick, value), (following, _) in pairwise([*states, (len(line), 0)]):
        line[tick : min(following, tick + hold)] = [value] * (min(following, tick + hold) - tick)
    return line


def runs(line: list[int | None]) -> list[tuple[int | None, int, int]]:
    found, tick = [], 0
    for value, same in groupby(line):
        length = len(list(same))
        found.append((value, tick, tick + length))
        tick += length
    return found


def without_flaps(line: list[int | None], of: int) -> list[int | None]:
    """Give short runs of a state between two of the other that other state."""
    for (before, _, _), (value, first, end), (after, _, _) in zip(*(runs(line)[n:] for n in range(3)), strict=False):
        if value == of and before == after == 1 - of and end - first < FLAP:
            line = [*line[:first], *[1 - of] * (end - first), *line[end:]]
    return line


def slowly(states: States) -> list[Stay]:
    line = without_flaps(without_flaps(line_of(states), 0), 1)
    known = [(None, 0, 0), *runs(line), (None, 0, 0)]
    return [
        (first, end, before == 0, after == 0)
        for (before, _, _), (value, first, end), (after, _, _) in zip(known, known[1:], known[2:], strict=False)
        if value == 1
    ]


def found_in(city: list[States], begin: np.datetime64 = SPRING) -> list[list[Stay]]:
    found = sessions(rows_of(city, begin), np.timedelta64(24, "h"))
    first, end = ((column - begin.astype(np.int64)) // TICK for column in (found.begin, found.end))
    stays = zip(found.space.tolist(), first.tolist(), end.tolist(), found.arrived, found.departed, strict=True)
    told = [(space, (one, two, bool(came), bool(left))) for space, one, two, came, left in stays]
    return [[stay for space, stay in told if space == code] for code in range(len(city))]


@UNHURRIED
@given(CITY)
@example([[(0, 0), (9, 1), (11, 0), (13, 1), (180, 0)]])
@example([[(0, 0), (9, 1), (11, 0), (14, 1), (16, 0)]])
@example([[(0, 1), (2, 0), (20, 1), (22, 0), (40, 1)], [(0, 1), (HOLD, 0), (HOLD + 9, 1), (2 * HOLD + 10, 1)]])
def test_stays_are_those_that_a_loop_over_all_ticks_finds(city: list[States]):
    assert found_in(city) == [slowly(states) for states in city]


def limits(begin: np.datetime64, window: str = "day") -> NDArray[np.datetime64]:
    return edges(window, begin, begin + np.timedelta64(DAYS, "D"), "Europe/Berlin")


def computed(name: str, city: list[States], begin: np.datetime64, cover: NDArray[np.datetime64]) -> Results:
    told = Given(window="day", edges=cover, rows={PROPERTY: rows_of(city, begin)}, sites=[{}] * len(city))
    return indicators()[name].formula(told)


def ticks(cover: NDArray[np.datetime64], begin: np.datetime64) -> list[tuple[int, int]]:
    return list(pairwise(((cover - begin).astype(np.int64) // TICK).tolist()))


def hours(stay: Stay, first: int = 0, end: int = 1 << 40) -> float:
    return max(min(stay[1], end) - max(stay[0], first), 0) * TICK / 3_600_000


def came(stay: Stay, first: int, end: int) -> bool:
    return stay[2] and first <= stay[0] < end


def closed(stay: Stay, first: int, end: int) -> bool:
    return came(stay, first, end) and stay[3] and stay[1] <= end


def of_windows(city: list[States], windows: list[tuple[int, int]], amount: Callable[[list[Stay], int, int], float]):
    return np.array([[amount(stays, *window) for window in windows] for stays in map(slowly, city)])


def touching(stays: list[Stay], first: int, end: int) -> list[Stay]:
    return [stay for stay in stays if hours(stay, first, end) > 0]


@UNHURRIED
@given(CITY, BEGINS, st.sampled_from(["day", "hour"]))
def test_windows_count_the_stays_of_a_loop_on_days_of_23_and_25_hours(
    city: list[States], begin: np.datetime64, window: str
):
    cover = limits(begin, window)
    windows = ticks(cover, begin)
    came_in = of_windows(city, windows, lambda stays, *w: sum(came(stay, *w) for stay in stays))
    assert computed("arrivals", city, begin, cover).value.tolist() == came_in.tolist()
    found = computed("stays", city, begin, cover)
    there = of_windows(city, windows, lambda stays, *w: len(touching(stays, *w)))
    whole = of_windows(city, windows, lambda stays, *w: sum(closed(stay, *w) for stay in stays))
    assert found.value.tolist() == there.tolist()
    assert found.parts["initially_parked"].tolist() == (there - came_in).tolist()
    assert found.parts["cut"].tolist() == (there - whole).tolist()
    taken = of_windows(city, windows, lambda stays, *w: sum(hours(stay, *w) for stay in stays))
    assert found.parts["hours"] == pytest.approx(taken)


def quantile(values: list[float], tenths: int) -> float:
    """Take the quantile of a few values as statistics has it, between two of them along the line."""
    return quantiles(values, n=10, method="inclusive")[tenths - 1] if len(values) > 1 else [*values, np.nan][0]


@UNHURRIED
@given(CITY, BEGINS)
def test_median_and_p90_are_of_the_stays_within_a_day(city: list[States], begin: np.datetime64):
    cover = limits(begin)
    found = computed("median_stay", city, begin, cover)
    for value, tenths in ((found.value, 5), (found.parts["p90"], 9)):
        expected = of_windows(
            city,
            ticks(cover, begin),
            lambda stays, *w, tenths=tenths: quantile([hours(stay) for stay in stays if closed(stay, *w)], tenths),
        )
        assert value == pytest.approx(expected, nan_ok=True)


@UNHURRIED
@given(STATES, BEGINS, st.integers(0, DAYS), st.sampled_from(["arrivals", "stays", "median_stay"]))
def test_a_day_alone_with_only_the_rows_in_reach_is_to_the_bit_the_same(
    states: States, begin: np.datetime64, day: int, name: str
):
    cover, one = limits(begin), indicators()[name]
    first, last = (int(span.total_seconds() * 1000) // TICK for span in (one.lookback, one.lookahead))
    start, end = ticks(cover, begin)[day]
    near = [state for state in states if start - first <= state[0] <= end + last]
    together, alone = computed(name, [states], begin, cover), computed(name, [near], begin, cover[day : day + 2])
    assert np.array_equal(together.value[:, day], alone.value[:, 0], equal_nan=True)
    for part, values in together.parts.items():
        assert np.array_equal(values[:, day], alone.parts[part][:, 0], equal_nan=True)


@UNHURRIED
@given(CITY, BEGINS)
def test_the_utilisation_by_stays_is_the_time_weighted_occupancy(city: list[States], begin: np.datetime64):
    """Load / (S * T), over the known time; of states between which there is no flap."""
    calm = [[(tick * FLAP, value) for tick, value in states] for states in city]
    cover = limits(begin)
    found = computed("stays", calm, begin, cover)
    known = found.coverage * np.diff(cover).astype(np.int64) / 3_600_000
    mean, _ = time_weighted_mean(cut(rows_of(calm, begin), cover), np.timedelta64(24, "h"))
    assert found.parts["hours"] / np.where(known, known, np.nan) == pytest.approx(mean, nan_ok=True)


def test_results_carry_coverage_samples_and_the_worst_flag_of_the_states():
    rows = rows_of([[(0, 0), (540, 1), (900, 0)], []], AUTUMN)
    doubted = rows.with_quality(np.array([Quality.GOOD, Quality.SUSPECT, Quality.GOOD], dtype=np.uint8))
    cover = edges("hour", AUTUMN, AUTUMN + np.timedelta64(6, "h"), "Europe/Berlin")
    found = indicators()["arrivals"].formula(
        Given(window="hour", edges=cover, rows={PROPERTY: doubted}, sites=[{}] * 2)
    )
    assert found.value.tolist() == [[0, 0, 0, 1, 0, 0], [0] * 6]
    assert found.coverage.tolist() == [[1.0] * 6, [0.0] * 6]
    assert found.samples.tolist() == [[1, 0, 0, 1, 0, 1], [0] * 6]
    assert found.quality[0].tolist() == [1, 1, 1, 3, 3, 1]


def test_no_state_is_no_stay():
    none: Sessions = sessions(rows_of([[], []]), np.timedelta64(24, "h"))
    assert len(none) == len(none.hours) == 0
