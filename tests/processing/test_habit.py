"""What is learnt of four weeks, against loops over days and hours, and against a simulated city."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isinf, isnan, nan, sqrt
from statistics import NormalDist, fmean, median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.habit import Habit, habits
from processing.indicator import Given
from processing.indicators import indicators
from processing.indicators.full_before_round import probability
from processing.rows import Rows
from sensors.kinds.waste_container import filling_level
from simulators.city import City
from simulators.rhythm import DAY
from simulators.truth import level

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None, max_examples=20)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
HOUR = 3_600_000
Readings = list[tuple[int, float]]
"""Milliseconds since 1970 UTC and per cent, ascending."""
MOMENTS = st.sampled_from(["2026-04-10T07:00", "2026-11-10T23:00", "2026-07-01T22:00", "2026-03-30T00:00"])
"""Ends of windows, with a change of the clocks in the four weeks before some of them."""


@st.composite
def fillings(draw: st.DrawFn) -> tuple[int, Readings]:
    """Give the end of a window and five weeks of readings before it, filled by chance and emptied when full."""
    end = int(np.datetime64(draw(MOMENTS), "ms").astype(int))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    gap = draw(st.sampled_from([20, 60, 180, 800]))
    times = np.arange(end - 33 * 24 * HOUR + 1, end + 5 * HOUR, gap * 60_000)
    rise = chance.gamma(0.5, gap / 60, len(times)) * (chance.random(len(times)) < 0.7)
    emptied_at = draw(st.sampled_from([60.0, 92.0, 100.0]))
    found, now = [], 0.0
    for time, more in zip(times.tolist(), rise.tolist(), strict=True):
        now = 2.0 if now > emptied_at else now + more
        found.append((time, min(now, 100.0)))
    kept = chance.random(len(found)) < draw(st.sampled_from([0.3, 0.9, 1.0]))
    return end, [reading for reading, keep in zip(found, kept, strict=True) if keep]


def rows_of(city: list[Readings]) -> Rows:
    flat = [(code, *reading) for code, readings in enumerate(city) for reading in readings]
    series, time, value = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, np.array(time, dtype="datetime64[ms]"), value)


def level_at(readings: Readings, time: int) -> float:
    """Give the median of three readings that are known at an instant."""
    before = [reading for reading in readings if reading[0] < time]
    if not before or before[-1][0] + 12 * HOUR < time:
        return nan
    return median(value for at, value in before[-3:] if before[-1][0] - at <= 24 * HOUR)


def increments(readings: Readings, start: datetime) -> dict[tuple[int, int], float]:
    """Give what came by day (0 is the first of 28) and hour of the clock, where it is known."""
    midnight = start.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    came: dict[tuple[int, int], float] = {}
    for day in range(28):
        now = (midnight - timedelta(days=28 - day)).astimezone(UTC)
        until = (midnight - timedelta(days=27 - day)).astimezone(UTC)
        while now < until:
            time = round(now.timestamp() * 1000)
            before, after = level_at(readings, time), level_at(readings, time + HOUR)
            rise = after - before if after - before >= -10 and before < 95 else nan
            cell = day, now.astimezone(BERLIN).hour
            came[cell] = came.get(cell, 0.0) + rise
            now += timedelta(hours=1)
    return {cell: rise for cell, rise in came.items() if not isnan(rise)}


def learnt(readings: Readings, start: datetime) -> tuple[list[float], float, float] | None:
    """Give hourly amounts of the week from Monday on, scatter, and the amount seen; None where too little is known."""
    came, first = increments(readings, start), (start.astimezone(BERLIN).weekday()) % 7
    if len(came) < 336:
        return None
    mean = {}
    for weekday in range(7):
        for hour in range(24):
            same = [rise for (day, at), rise in came.items() if (first + day) % 7 == weekday and at == hour]
            other = [rise for (_, at), rise in came.items() if at == hour]
            mean[weekday, hour] = fmean(same or other or [0.0])
    beside = [
        sum(rise - mean[(first + on) % 7, hour] for (on, hour), rise in came.items() if on == day) for day in range(28)
    ]
    free = len(came) / len({((first + day) % 7, hour) for day, hour in came}) - 1
    variance = fmean(sum(beside[day : day + 3]) ** 2 for day in range(26)) * 28 / 3 * (1 + 1 / max(free, 1))
    week, rising = max(sum(mean.values()), 0.0), sum(max(amount, 0.0) for amount in mean.values())
    hourly = [
        max(mean[weekday, hour], 0.0) * (week / rising if rising else 0) for weekday in range(7) for hour in range(24)
    ]
    seen = max(sum(came.values()), 0.0)
    return hourly, variance / seen if seen > 0 else 0.0, seen


@UNHURRIED
@given(fillings())
def test_a_habit_is_what_loops_learn(told: tuple[int, Readings]):
    end, readings = told
    limits = np.array([end - HOUR, end]).astype("datetime64[ms]")
    habit, when = habits(rows_of([readings, []]), limits, ZONE)
    expected = learnt(readings, datetime.fromtimestamp((end - HOUR) / 1000, UTC))
    assert np.isnan(habit.upto[1]).all()
    if expected is None:
        assert np.isnan(habit.upto[0]).all()
        return
    hourly, scatter, seen = expected
    assert np.diff(habit.upto[0, 0]) == pytest.approx(hourly)
    assert habit.scatter[0, 0] == pytest.approx(scatter)
    assert habit.seen[0, 0] == pytest.approx(seen)
    there = datetime.fromtimestamp(end / 1000, BERLIN)
    assert (when.day.tolist(), when.hour.tolist()) == ([0], [24 * there.weekday() + there.hour])


WEEK = st.lists(st.sampled_from([0.0, 0.0, 0.5, 2.0]), min_size=168, max_size=168)


def habit_of(week: list[float], scatter: float = 0.0, seen: float = 100.0) -> Habit:
    upto = np.concatenate([[0.0], np.cumsum(week)])[np.newaxis, np.newaxis]
    return Habit(upto, np.array([[scatter]]), np.array([[seen]]))


@UNHURRIED
@given(WEEK, st.floats(0, 167.99), st.floats(0.01, 500))
def test_an_amount_is_reached_when_a_walk_reaches_it(week: list[float], hour: float, amount: float):
    habit, day = habit_of(week), np.array([0])
    hours = float(habit.hours_until(day, np.array([hour]), np.array([[amount]]))[0, 0])
    if not sum(week):
        assert isinf(hours)
        return
    left, at = amount, hour
    while left > 0:
        until = int(at) + 1
        comes = week[int(at) % 168] * (until - at)
        if comes >= left:
            at += left / week[int(at) % 168]
            break
        left, at = left - comes, float(until)
    # Where nothing comes for hours, rounding may tell the end of them for their beginning.
    there = habit.expected(day, np.array([hour + hours])) - habit.expected(day, np.array([hour]))
    assert hours == pytest.approx(at - hour) or there[0, 0] == pytest.approx(amount)
    assert there[0, 0] == pytest.approx(amount)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("scatter", [0.0, 2.0, 20.0])
def test_by_a_quantile_the_missing_has_come_with_its_probability(p: float, scatter: float):
    habit, day, missing = habit_of([1.0] * 168, scatter), np.array([0]), np.array([[60.0]])
    amount = habit.amount_at(day, missing, NormalDist().inv_cdf(p))
    deviation = habit.deviation(day, amount)
    if scatter:
        assert deviation[0, 0] == pytest.approx(sqrt(scatter * amount[0, 0] * (1 + amount[0, 0] / 100)))
        assert probability(amount - missing, deviation)[0, 0] == pytest.approx(p, abs=1e-6)
    else:
        assert amount[0, 0] == 60.0


def test_what_scatters_too_far_may_never_come():
    habit, day, missing = habit_of([1.0] * 168, 90.0), np.array([0]), np.array([[60.0]])
    assert isinf(habit.amount_at(day, missing, 1.2815515655446004)[0, 0])
    assert habit.amount_at(day, missing, -1.2815515655446004)[0, 0] < 60.0


@UNHURRIED
@given(st.floats(-40, 40), st.floats(0, 10) | st.just(nan))
@example(1.0, 1e-300)
@example(-1.0, 0.0)
@example(0.0, 0.0)
def test_probabilities_are_those_of_the_normal_distribution(above: float, deviation: float):
    ours = float(probability(np.array([above]), np.array([deviation]))[0])
    if isnan(deviation):
        assert isnan(ours)
    else:
        certain = deviation == 0 or abs(above) > 30 * deviation
        expected = float(above >= 0) if certain else NormalDist().cdf(above / deviation)
        assert ours == pytest.approx(expected, abs=1e-6)


NAMES = ("time_to_full", "full_before_round")


def outcome(name: str, readings: Readings, limits: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give value and parts, shape (parts + 1, m)."""
    site = {"emptying_weekdays": [1, 4]}
    told = Given(window="hour", edges=limits, rows={"filling_level": rows_of([readings])}, sites=[site])
    found = indicators()[name].formula(told)
    return np.concatenate([found.value, *found.parts.values()])


@UNHURRIED
@given(fillings(), st.sampled_from(NAMES))
def test_an_hour_alone_with_only_the_rows_in_reach_is_to_the_bit_the_same(told: tuple[int, Readings], name: str):
    end, readings = told
    limits = (end + HOUR * np.arange(-6, 5)).astype("datetime64[ms]")
    together = outcome(name, readings, limits)
    reach = indicators()[name].lookback.total_seconds() * 1000
    for number in range(10):
        start, until = limits[number : number + 2].astype(np.int64).tolist()
        near = [reading for reading in readings if start - reach <= reading[0] < until]
        alone = outcome(name, near, limits[number : number + 2])[:, 0]
        assert np.array_equal(together[:, number], alone, equal_nan=True)


@pytest.fixture(scope="module")
def simulated() -> tuple[City, Rows, NDArray[np.datetime64]]:
    """Give a city, what its containers sent in six weeks, and hours of the last of them."""
    city, first, days = City(seed=5), 20_700, 43
    sent = [city.containers.uplinks(day) for day in range(first, first + days)]
    places = [place for place in city.places if place.kind == "waste_container"]
    row = {number: place for place, number in enumerate(np.unique(sent[0].device).tolist())}
    series = np.array([row[one] for uplinks in sent for one in uplinks.device.tolist()])
    distance = np.concatenate([uplinks.reading[:, 0] for uplinks in sent]).astype(np.float64)
    levels = [
        filling_level({"distance": mm}, places[one].site)["filling_level"]
        for one, mm in zip(series.tolist(), distance.tolist(), strict=True)
    ]
    times = np.concatenate([uplinks.sampled for uplinks in sent]).astype("datetime64[ms]")
    start = np.datetime64((first + 36) * DAY, "ms")
    return city, Rows.of(len(places), series, times, levels), edges("hour", start, start + np.timedelta64(7, "D"), ZONE)


def test_a_day_ahead_is_foretold_without_bias_and_scatters_as_it_says(
    simulated: tuple[City, Rows, NDArray[np.datetime64]],
):
    """Each hour of a week every container's level 24 h later, where it was not emptied and did not overflow."""
    city, rows, limits = simulated
    habit, when = habits(rows, limits, ZONE)
    now, then = level(city, limits[1:]).value, level(city, limits[1:] + np.timedelta64(24, "h")).value
    rose = then - now
    comes = habit.expected(when.day, when.hour + 24.0) - habit.expected(when.day, when.hour)
    seen = (rose >= 0) & (now + 2 * comes < 100) & (then < 100)
    assert seen.mean() > 0.3
    off = (rose - comes)[seen]
    assert abs(off.mean()) < 0.1 * rose[seen].mean()
    assert np.abs(off).mean() < 0.5 * np.abs(rose - rose[seen].mean())[seen].mean()
    within = np.abs(off) <= 1.2815515655446004 * habit.deviation(when.day, comes)[seen]
    assert 0.7 < within.mean() < 0.95
