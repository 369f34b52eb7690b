"""Sensor health: what was heard, how often that is expected, what is missing, and how it is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import nan
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.fitness import RULES, Fitness, worst
from processing.heard import EVERYTHING, heard, heartbeat
from processing.indicator import Given
from processing.indicators import indicators
from processing.indicators.battery_days_left import charge
from processing.local import days_before
from processing.quantiles import quantiles
from processing.rows import Rows
from processing.windows import cut, milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.indicator import Results

ZONE = "Europe/Berlin"
SPRING = "2026-03-29"
"""The local day of 23 hours; it begins the evening before, at 23 UTC."""
MINUTE = 60_000
DAY_MS = 86_400_000


def days(first: str, last: str) -> NDArray[np.datetime64]:
    """Give the edges of all days from the first to the last."""
    return edges("day", np.datetime64(f"{first}T12:00", "ms"), np.datetime64(f"{last}T12:01", "ms"), ZONE)


def rows_at(
    times: Sequence[Sequence[int]],
    value: float | Sequence[float] = 1.0,
    *,
    start: np.datetime64,
    frames: Sequence[int] | None = None,
) -> Rows:
    """Make rows of each thing, some minutes after an instant."""
    series = np.repeat(np.arange(len(times)), [len(mine) for mine in times])
    minutes = np.array([minute for mine in times for minute in mine], dtype=np.int64)
    time = start.astype("datetime64[ms]").astype(np.int64) + minutes * MINUTE
    further = {} if frames is None else {"revision": np.array(frames, dtype=np.int64)}
    return Rows.every(
        len(times),
        series,
        time.astype("datetime64[ms]"),
        np.broadcast_to(value, series.shape),
        received=time,
        **further,
    )


def asked(name: str, rows: dict[str, Rows], span: NDArray[np.datetime64], sites: Any = None) -> Results:
    things = next(iter(rows.values())).count
    return indicators()[name].compute(
        Given(window="day", edges=span, rows=rows, sites=sites or [{}] * things, zone=ZONE)
    )


def interval(minutes: Sequence[float], span: NDArray[np.datetime64]) -> Rows:
    """Make an expected interval of every thing and day, and of the day before."""
    things = len(minutes)
    days_ = np.concatenate([days_before(span[:1].view(np.int64), 1, ZONE).view(span.dtype), span[:-1]])
    series, time = np.repeat(np.arange(things), len(days_)), np.tile(days_, things)
    return Rows.of(things, series, time, np.repeat(np.array(minutes, dtype=np.float64), len(days_)))


TIMES = st.lists(st.lists(st.integers(0, 3 * 1440), max_size=20, unique=True).map(sorted), min_size=1, max_size=3)


@given(TIMES, TIMES)
def test_what_is_heard_is_every_instant_at_which_anything_was_said(first: list[list[int]], second: list[list[int]]):
    things = max(len(first), len(second))
    first, second = (each + [[]] * (things - len(each)) for each in (first, second))
    start = days(SPRING, SPRING)[0]
    told = {"distance": rows_at(first, start=start), "temperature": rows_at(second, nan, start=start)}
    ours = heard(Given(window="day", edges=days(SPRING, SPRING), rows=told, sites=[{}] * things))
    expected = [(thing, minute) for thing in range(things) for minute in sorted({*first[thing], *second[thing]})]
    base = int(start.astype(np.int64))
    assert [(int(s), (int(t) - base) // MINUTE) for s, t in zip(ours.series, ours.time, strict=True)] == expected


def test_a_message_that_came_twice_came_when_it_came_first():
    rows = rows_at([[0, 0]], start=np.datetime64("2026-06-01", "ms"))
    rows = replace(rows, received=rows.time + np.array([9000, 2000]), revision=np.array([8, 7]))
    ours = heard(Given(window="day", edges=days("2026-06-01", "2026-06-01"), rows={"distance": rows}, sites=[{}]))
    assert ours.received is not None
    assert (ours.received - ours.time).tolist() == [2000]
    assert ours.revision is not None
    assert ours.revision.tolist() == [7]


@given(TIMES, st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_quantiles_are_those_of_numpy(times: list[list[int]], shares: list[float]):
    span = days(SPRING, "2026-03-30")
    rows = rows_at(times, start=span[0])
    column = np.where(rows.time % 7 == 0, nan, rows.time % 1000 + rows.time // MINUTE % 13)
    ours = quantiles(cut(rows, span), column, shares)
    for thing in range(rows.count):
        for window, (begin, end) in enumerate(pairwise(span.astype(np.int64))):
            mine = column[(rows.series == thing) & (rows.time >= begin) & (rows.time < end)]
            mine = mine[~np.isnan(mine)]
            expected = np.quantile(mine, shares) if len(mine) else [nan] * len(shares)
            assert ours[:, thing, window].tolist() == pytest.approx(list(expected), nan_ok=True)


@given(TIMES)
def test_the_interval_is_the_median_of_the_times_between_messages(times: list[list[int]]):
    span = days(SPRING, "2026-03-31")
    ours = asked("message_interval", {"distance": rows_at(times, start=span[0])}, span).value
    limits = ((span - span[0]) / np.timedelta64(1, "m")).tolist()
    for thing, mine in enumerate(times):
        for window, (begin, end) in enumerate(pairwise(limits)):
            gaps = [b - a for a, b in pairwise(mine) if begin <= b < end and b - a <= 25 * 60]
            expected = median(gaps) if gaps else nan
            assert ours[thing, window] == pytest.approx(expected, nan_ok=True)


def test_things_that_speak_on_change_have_a_heartbeat_and_no_rhythm():
    start = np.datetime64("2026-06-01", "ms")
    told = {"occupied": rows_at([[0, 3, 9], []], start=start), "temperature": rows_at([[0], [0, 60]], start=start)}
    given = Given(window="day", edges=days("2026-05-30", "2026-06-03"), rows=told, sites=[{}] * 2)
    found = heartbeat(given, np.timedelta64(25, "h"))
    # Whether it is such a thing is told by what it said until then, within a day, and not by what comes later.
    assert found == pytest.approx(np.array([[nan, nan, 1440, 1440, nan], [nan] * 5]), nan_ok=True)


@pytest.mark.parametrize(("every", "lost"), [(15, 0), (15, 10), (60, 0), (60, 6), (240, 1), (7, 40)])
def test_completeness_is_the_share_of_messages_that_came(every: int, lost: int):
    """Whatever the phase, on days of 23, 24 and 25 hours, with a tenth of the interval's jitter, and told twice."""
    chance = np.random.default_rng(every + lost)
    for day in (SPRING, "2026-06-01", "2026-10-25"):
        span = days(day, day)
        width = int((span[1] - span[0]) / np.timedelta64(1, "m"))
        all_of_them = np.arange(chance.integers(0, every), width, every)
        kept = np.sort(chance.choice(all_of_them, len(all_of_them) - lost, replace=False))
        time = span[0].astype(np.int64) + kept * MINUTE
        time = np.maximum(time + chance.integers(0, every * MINUTE // 10, len(kept)), span[0].astype(np.int64))
        time = np.sort(np.concatenate([time, time[:3]]))
        rows = Rows.every(1, np.zeros(len(time)), time.astype("datetime64[ms]"), np.ones(len(time)))
        found = asked("completeness", {"distance": rows, "expected_interval_day": interval([every], span)}, span)
        expected = max(round(width / every), 1)
        assert found.value[0, 0] == pytest.approx(min(len(kept) / expected, 1), abs=1.01 / expected)
        assert 0 <= found.value[0, 0] <= 1


def test_a_silent_day_is_not_complete_and_one_without_expectation_is_not_known():
    span = days("2026-06-01", "2026-06-01")
    rows = rows_at([[], [5]], start=span[0])
    expected = replace(interval([60.0, 60.0], span), count=2)
    found = asked("completeness", {"distance": rows, "expected_interval_day": expected.take(np.array([0, 1]))}, span)
    assert found.value[:, 0].tolist() == pytest.approx([0.0, nan], nan_ok=True)
    assert found.samples[:, 0].tolist() == [0, 0]


@settings(max_examples=30)
@given(st.integers(1, 1380), st.sampled_from([7, 15, 60]), st.sampled_from([SPRING, "2026-06-01", "2026-10-25"]))
def test_the_first_day_counts_from_the_first_message(first: int, every: int, day: str):
    """A sensor that was mounted in the middle of the day and lost nothing needs no visit for that."""
    span = days(day, day)
    minutes = np.arange(first, int((span[1] - span[0]) / np.timedelta64(1, "m")), every)
    rows = Rows.every(1, np.zeros(len(minutes)), span[0] + minutes * np.timedelta64(1, "m"), np.ones(len(minutes)))
    known = interval([every], span)
    for expected, complete in ((known, False), (known.take(np.array([1])), True)):
        found = asked("completeness", {"distance": rows, "expected_interval_day": expected}, span)
        slots = max(round(int((span[1] - span[0]) / np.timedelta64(1, "m")) / every), 1)
        assert found.value[0, 0] == pytest.approx(1.0 if complete else min(len(minutes) / slots, 1), abs=1.01 / slots)


def test_one_bad_day_does_not_change_what_is_expected():
    span = days("2026-06-01", "2026-06-10")
    minutes = np.array([15, 15, 15, 240, 15, 15, 15, 30, 30, 30], dtype=np.float64)
    rows = Rows.of(1, np.zeros(10), span[:-1], minutes)
    found = asked("expected_interval", {"message_interval_day": rows}, span).value[0]
    assert found.tolist() == [median(minutes[max(last - 6, 0) : last + 1]) for last in range(10)]
    told = asked("expected_interval", {"message_interval_day": rows}, span, [{"expected_interval_min": 20}])
    assert set(told.value[0].tolist()) == {20.0}


def test_lost_uplinks_are_what_is_missing_between_frame_counters():
    span = days("2026-06-01", "2026-06-02")
    times = [[0, 60, 120, 180, 240, 300, 1500, 1560]]
    rows = rows_at(times, start=span[0], frames=[65530, 65533, 65535, 0, 1, 5000, 5001, 5003])
    found = asked("lost_uplinks", {"distance": rows}, span)
    # 65530 to 65535 loses three of five, the joins and the jump nothing; the day after 5001 to 5003 loses one of three.
    assert found.parts["count"][0].tolist() == [3.0, 1.0]
    assert found.value[0].tolist() == pytest.approx([3 / 6, 1 / 3])


def battery(levels: Sequence[float], span: NDArray[np.datetime64], name: str = "battery", site: Any = None) -> Results:
    """Ask of one reading a day at noon, the last on the last day of the span."""
    noon = span[-2] + np.timedelta64(12, "h")
    times = [noon - np.timedelta64(back, "D") for back in range(len(levels))][::-1]
    none = Rows.of(1, [], [], [])
    rows = {"battery": none, "battery_voltage": none} | {name: Rows.of(1, np.zeros(len(levels)), times, levels)}
    return asked("battery_days_left", rows, span, [site or {}])


DAY = days("2026-06-01", "2026-06-01")


def test_a_battery_lasts_until_its_line_meets_the_reserve():
    falling = [100.0 - 0.5 * day for day in range(28)]
    assert battery(falling, DAY).value[0, 0] == pytest.approx((falling[-3] - 20) / 0.5)
    assert battery([50.0] * 28, DAY).value[0, 0] == 3650
    assert battery([30.0 + day for day in range(10)], DAY).value[0, 0] == 3650
    assert battery([19.0 - day / 10 for day in range(10)], DAY).value[0, 0] == 0
    assert battery([18.0] * 28, DAY).value[0, 0] == 0


def test_a_cold_night_does_not_count_and_a_new_battery_begins_anew():
    falling = [100.0 - 0.5 * day for day in range(28)]
    cold = [level - 15 if day in {9, 10, 26} else level for day, level in enumerate(falling)]
    assert battery(cold, DAY).value[0, 0] == pytest.approx(battery(falling, DAY).value[0, 0], rel=0.05)
    changed = [30.0 - day for day in range(10)] + [100.0 - 2 * day for day in range(8)]
    assert battery(changed, DAY).value[0, 0] == pytest.approx((90 - 20) / 2)


def test_too_little_of_a_battery_is_not_known():
    for levels in ([], [50.0], [50.0, 49.0], [50.0, 49.0, 48.0]):
        assert np.isnan(battery(levels, DAY).value[0, 0])
    assert battery([50.0, 49.0, 48.0, 47.0], DAY).value[0, 0] == pytest.approx(28.5)


def test_a_voltage_counts_where_the_site_tells_what_it_means():
    volts = [3.6 - 0.01 * day for day in range(20)]
    site = {"battery_full_v": 3.6, "battery_empty_v": 3.0}
    found = battery(volts, DAY, "battery_voltage", site)
    assert found.parts["slope"][0, 0] == pytest.approx(-100 / 60)
    assert found.value[0, 0] == pytest.approx((100 * (volts[-3] - 3.0) / 0.6 - 20) * 0.6)
    assert np.isnan(battery(volts, DAY, "battery_voltage").value[0, 0])
    told = {"battery_voltage": Rows.of(2, [0, 1], [DAY[0], DAY[0]], [3.3, 3.3])}
    meant = charge(Given(window="day", edges=DAY, rows=told, sites=[{}, site]))
    assert (meant.series.tolist(), meant.value.tolist()) == ([1], [pytest.approx(50.0)])


def noons(first: str, levels: Sequence[float]) -> Rows:
    """Give one reading a day at noon."""
    times = [np.datetime64(f"{first}T10:00") + np.timedelta64(day, "D") for day in range(len(levels))]
    return Rows.of(1, np.zeros(len(levels)), times, levels)


LEVELS = st.lists(st.sampled_from([90.0, 80.0, 70.0, np.nan]), max_size=40)


@settings(deadline=None, max_examples=30)
@given(LEVELS, LEVELS, st.integers(0, 20))
def test_what_comes_later_changes_no_day_of_a_battery(levels: list[float], volts: list[float], later: int):
    site, span = {"battery_full_v": 4.0, "battery_empty_v": 3.0}, days("2026-06-01", "2026-07-20")
    rows = {
        "battery": noons(f"2026-06-{1 + later:02}", levels),
        "battery_voltage": noons("2026-06-01", [3 + level / 100 for level in volts]),
    }
    whole = asked("battery_days_left", rows, span, [site])
    for day in range(0, len(span) - 1, 7):
        edges = span[day : day + 2]
        since, until = (
            int((edges[-1:] - np.timedelta64(29, "D")).view(np.int64)[0]),
            int(edges[-1:].view(np.int64)[0]),
        )
        there = {name: one.between(since, until) for name, one in rows.items()}
        alone = asked("battery_days_left", there, edges, [site])
        assert alone.value[0].tolist() == pytest.approx(whole.value[0, day : day + 1].tolist(), nan_ok=True)


def test_a_device_that_begins_to_tell_levels_is_known_by_its_voltage_until_they_are_enough():
    site, span = {"battery_full_v": 4.0, "battery_empty_v": 3.0}, days("2026-06-09", "2026-06-16")
    rows = {"battery": noons("2026-06-10", [50.0] * 4), "battery_voltage": noons("2026-06-01", [3.9] * 9)}
    level = asked("battery_days_left", rows, span, [site]).parts["level"][0]
    # Levels of the 10th to the 13th span three days on the last of these.
    assert level.round(9).tolist() == [90.0] * 4 + [50.0] * 4
    once = {**rows, "battery": noons("2026-06-05", [50.0])}
    assert asked("battery_days_left", once, span, [site]).parts["level"][0].round(9).tolist() == [90.0] * 8


def test_a_level_that_fell_silent_gives_way_to_a_voltage_that_did_not():
    site, span = {"battery_full_v": 4.0, "battery_empty_v": 3.0}, days("2026-06-09", "2026-06-12")
    rows = {"battery": noons("2026-06-01", [50.0] * 7), "battery_voltage": noons("2026-06-01", [3.9] * 14)}
    # The last level is of noon on the 7th.
    assert asked("battery_days_left", rows, span, [site]).parts["level"][0].round(9).tolist() == [50.0] + [90.0] * 3


def test_every_rule_finds_what_lies_beyond_its_limits():
    well = {
        "completeness_day": 1.0,
        "battery_days_left_day": 900.0,
        "lost_uplinks_day": 0.0,
        "radio_shift_day": 0.5,
        "doubtful_share_refused_day": 0.0,
        "doubtful_share_stuck_day": 0.0,
        "latency_day": 1.0,
    }
    bad = {
        "completeness_day": (0.8, 0.4),
        "battery_days_left_day": (30.0, 7.0),
        "lost_uplinks_day": (0.3, nan),
        "radio_shift_day": (-9.0, nan),
        "doubtful_share_refused_day": (0.1, 0.6),
        "doubtful_share_stuck_day": (0.5, nan),
        "latency_day": (-100.0, nan),
    }
    assert {rule.property for rule in RULES} == set(well) == set(bad)
    for rule in RULES:
        watch, visit = bad[rule.property]
        for value, fitness in ((well[rule.property], 0), (watch, 1), (visit, 2), (nan, 0)):
            if fitness < 2 or not np.isnan(value):
                score, reasons = worst({name: np.array([v]) for name, v in (well | {rule.property: value}).items()})
                assert score.tolist() == [fitness]
                assert reasons.tolist() == [1 << rule.bit if fitness else 0]
        assert rule.sentence(watch) != rule.sentence(watch, "de")
    assert len({rule.bit for rule in RULES}) == len(RULES)
    assert Fitness(2) is Fitness.VISIT


FROM_RAW = ("message_interval", "latency", "lost_uplinks", "doubtful_share", "valid_observations", "completeness")


@pytest.mark.parametrize("name", FROM_RAW)
def test_a_day_alone_is_the_same_as_among_many(name: str):
    """Give it only what its declaration says it looks at."""
    chance = np.random.default_rng(3)
    span = days("2026-03-27", "2026-04-02")
    count = 900
    time = np.sort(span[0] + chance.integers(0, 6 * DAY_MS, count).astype("timedelta64[ms]"))
    series = chance.integers(0, 3, count)
    late = time.astype(np.int64) + chance.integers(-5000, 90_000, count)
    rows = Rows.every(
        3, series, time, chance.normal(15, 3, count), received=late, revision=np.cumsum(chance.integers(0, 3, count))
    )
    rows = replace(rows, reasons=(rows.time % 5).astype(np.uint16))
    told = {"temperature": rows}
    if name == "completeness":
        told["expected_interval_day"] = interval([30.0, 40.0, 50.0], span)
    together = asked(name, told, span)
    reach = milliseconds(np.timedelta64(indicators()[name].lookback))
    for window, (begin, end) in enumerate(pairwise(span)):
        near = {
            each: one.take((one.time >= begin.astype(np.int64) - reach) & (one.time < end.astype(np.int64)))
            for each, one in told.items()
        }
        alone = asked(name, near, span[window : window + 2])
        assert alone.value[:, 0].tolist() == pytest.approx(together.value[:, window].tolist(), nan_ok=True)
        for part, matrix in alone.parts.items():
            assert matrix[:, 0].tolist() == pytest.approx(together.parts[part][:, window].tolist(), nan_ok=True)


def test_a_battery_day_alone_is_the_same_as_among_many():
    span = days("2026-05-20", "2026-06-05")
    together = battery([90.0 - day for day in range(60)], span)
    for window in range(len(span) - 1):
        late = len(span) - 2 - window
        levels = [90.0 - day for day in range(60 - late)]
        assert battery(levels, span[window : window + 2]).value[0, 0] == pytest.approx(together.value[0, window])


def test_the_shift_of_a_radio_is_that_from_the_median_of_the_week_before():
    span = days("2026-03-20", "2026-04-05")
    chance = np.random.default_rng(4)
    noise = np.round(chance.normal(5, 4, len(span) - 1), 1)
    told = {"radio_day": Rows.of(1, np.zeros(len(noise)), span[:-1], noise)}
    found = asked("radio_shift", told, span).value[0]
    for day in range(len(noise)):
        before = noise[max(day - 7, 0) : day]
        expected = noise[day] - median(before) if len(before) >= 3 else nan
        assert found[day] == pytest.approx(expected, nan_ok=True)
        alone = asked("radio_shift", {"radio_day": told["radio_day"].take(np.arange(max(day - 7, 0), day + 1))}, span)
        assert alone.value[0, day] == pytest.approx(expected, nan_ok=True)


def test_health_looks_at_all_that_sensors_say():
    assert {"distance", "occupied", "total_active_energy_import", "battery"} <= set(EVERYTHING)
    assert timedelta(hours=25) <= indicators()["message_interval"].lookback
