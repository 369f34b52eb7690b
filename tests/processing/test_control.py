"""Quality control: every check beside a few lines that walk from row to row, and what is made of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.check import MS_PER_HOUR
from processing.control import CAME, checks, control, judging, reach, words
from processing.control.stuck import greatest_between
from processing.rows import Rows
from sensors.kinds import properties
from sensors.model import ObservedProperty, SeriesKind
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from processing.control import Controlled

SERIES = 3
HOLD = 10
"""Minutes."""
Walk = Sequence[tuple[int, int, float, int]]
"""Rows as series, minute, value, flag; one per series and minute, sorted."""
WALKS = st.lists(
    st.tuples(
        st.integers(0, SERIES - 1),
        st.integers(0, 60),
        st.sampled_from([0.0, 1.0, 2.0, 3.0, 9.0, 99.0, float("nan")]),
        st.sampled_from([1, 1, 1, 2, 3, 4, 9]),
    ),
    max_size=30,
    unique_by=lambda row: row[:2],
).map(sorted)
GOOD = Quality.GOOD
UNKNOWN = Quality.UNKNOWN
SUSPECT = Quality.SUSPECT
FAIL = Quality.FAIL


def gauge(**checks: float) -> ObservedProperty:
    return ObservedProperty(
        name="level",
        title="Level",
        title_de="Stand",
        unit="1",
        series=SeriesKind.GAUGE,
        description="",
        source="",
        fail=(0.0, 50.0),
        suspect=(0.0, 5.0),
        max_hold=timedelta(minutes=HOLD),
        checks=checks,
    )


def rows_of(walk: Walk, count: int = SERIES) -> Rows:
    series, minute, value, flag = (list(column) for column in zip(*walk, strict=True)) if walk else ([],) * 4
    return Rows(
        count,
        np.array(series, dtype=np.int64),
        np.array(minute, dtype=np.int64) * 60_000,
        np.array(value, dtype=np.float64),
        np.array(flag, dtype=np.uint8),
    )


def one(*values: float, every: int = 1, **checks: float) -> list[int]:
    """Give the flags of one series of values, some minutes apart."""
    rows = rows_of([(0, every * place, value, GOOD) for place, value in enumerate(values)], 1)
    return [int(flag) for flag in control(rows, gauge(**checks), [{}]).flags]


def reasons(found: Controlled, check: str) -> list[bool]:
    return [bool(reason & checks()[check].mask) for reason in found.reasons]


def is_neighbour(row: tuple[int, int, float, int]) -> bool:
    """Tell whether a row may speak for others: it has a result that can be true."""
    return row[3] not in {FAIL, Quality.MISSING} and 0 <= row[2] <= 50


def beside(walk: Walk, say: Any) -> list[int]:
    """Ask for each row of each series what a check says of it, given all of its series that may speak."""
    flags = []
    for row in walk:
        mine = [other for other in walk if other[0] == row[0] and is_neighbour(other)]
        flags.append(int(say(mine, mine.index(row))) if row in mine else 0)
    return flags


def same(walk: Walk, check: str, prop: ObservedProperty, say: Any) -> None:
    """Compare the flags that one check alone adds with those of the walk."""
    rows = rows_of(walk)
    ours = control(rows, prop, [{}] * SERIES, names=["gross_range", check])
    expected = beside(walk, say)
    assert reasons(ours, check) == [flag >= SUSPECT for flag in expected]
    gross = control(rows, prop, [{}] * SERIES, names=["gross_range"]).flags
    worst = np.maximum(severity(gross), severity(np.array(expected, dtype=np.uint8)))
    known = gross != Quality.MISSING
    assert ours.flags[known].tolist() == flag_of(worst)[known].tolist()
    assert (ours.flags[~known] == Quality.MISSING).all()


@given(WALKS)
def test_gross_range(walk: Walk):
    def say(row: tuple[int, int, float, int]) -> int:
        value, came = row[2], row[3]
        if np.isnan(value) or came == Quality.MISSING:
            return Quality.MISSING
        tested = FAIL if not 0 <= value <= 50 else SUSPECT if value > 5 else GOOD
        return int(max(tested, came, key=lambda flag: severity(np.array([flag], dtype=np.uint8))[0]))

    ours = control(rows_of(walk), gauge(), [{}] * SERIES, names=["gross_range"])
    assert ours.flags.tolist() == [say(row) for row in walk]


@given(WALKS, st.sampled_from([0.4, 1.0, 3.0]))
def test_spike(walk: Walk, limit: float):
    def say(mine: Walk, place: int) -> int:
        if not 0 < place < len(mine) - 1:
            return UNKNOWN
        before, row, after = mine[place - 1 : place + 2]
        if row[1] - before[1] > HOLD or after[1] - row[1] > HOLD:
            return UNKNOWN
        off = abs(row[2] - (before[2] + after[2]) / 2)
        return FAIL if off > 2 * limit else SUSPECT if off > limit else GOOD

    same(walk, "spike", gauge(spike=limit, spike_fail=2 * limit), say)


@given(WALKS, st.sampled_from([6.0, 30.0, 200.0]))
def test_rate_of_change(walk: Walk, limit: float):
    def say(mine: Walk, place: int) -> int:
        if place == 0 or mine[place][1] - mine[place - 1][1] > HOLD:
            return UNKNOWN
        (_, a, x, _), (_, b, y, _) = mine[place - 1 : place + 1]
        return SUSPECT if abs(y - x) > limit * ((b - a) * 60_000 / MS_PER_HOUR) else GOOD

    same(walk, "rate_of_change", gauge(rate=limit), say)


@given(WALKS, st.sampled_from([3, 5, 12]), st.sampled_from([0.0, 1.0, 2.0]))
def test_stuck(walk: Walk, minutes: int, tolerance: float):
    def say(mine: Walk, place: int) -> int:
        begin = mine[place][1] - minutes
        held = max((at for at in range(place + 1) if mine[at][1] <= begin), default=None)
        if held is None or any(b[1] - a[1] > HOLD for a, b in pairwise(mine[held : place + 1])):
            return UNKNOWN
        values = [row[2] for row in mine[held : place + 1]]
        return SUSPECT if max(values) - min(values) <= tolerance else GOOD

    same(walk, "stuck", gauge(stuck_hours=minutes / 60, stuck_within=tolerance), say)


@given(WALKS)
def test_time_gap_leaves_its_reason_and_no_flag(walk: Walk):
    def say(mine: Walk, place: int) -> int:
        return SUSPECT if place == 0 or mine[place][1] - mine[place - 1][1] > HOLD else GOOD

    rows = rows_of(walk)
    ours = control(rows, gauge(), [{}] * SERIES, names=["gross_range", "time_gap"])
    assert reasons(ours, "time_gap") == [flag >= SUSPECT for flag in beside(walk, say)]
    assert ours.flags.tolist() == control(rows, gauge(), [{}] * SERIES, names=["gross_range"]).flags.tolist()


@pytest.mark.parametrize(("late", "flag"), [(0, GOOD), (-5 * 60_000, GOOD), (-5 * 60_000 - 1, SUSPECT), (9e10, GOOD)])
def test_a_clock_that_is_ahead_is_doubted_and_one_that_is_late_is_not(late: float, flag: int):
    rows = rows_of([(0, 10, 1.0, GOOD)], 1)
    rows = replace(rows, received=rows.time + int(late))
    assert control(rows, gauge(), [{}]).flags.tolist() == [flag]


def test_lateness_is_doubted_where_that_is_declared():
    rows = rows_of([(0, 10, 1.0, GOOD), (0, 11, 1.0, GOOD)], 1)
    rows = replace(rows, received=rows.time + np.array([3_600_000, 3_600_001]))
    assert control(rows, gauge(late_hours=1.0), [{}]).flags.tolist() == [GOOD, SUSPECT]


def test_the_first_and_the_last_have_no_spike_and_an_edge_is_not_one():
    assert one(1, 5, 1, 1, spike=3) == [GOOD, SUSPECT, GOOD, GOOD]
    assert one(5, 1, 1, 5, spike=3) == [GOOD] * 4
    assert one(1, 5, 1, every=HOLD + 1, spike=3) == [GOOD] * 3


def test_neighbours_of_a_spike_lie_within_an_hour_or_what_is_declared():
    hourly = [(0, minute, value, GOOD) for minute, value in ((0, 1.0), (60, 5.0), (121, 1.0))]
    for hours, flag in ((1.0, GOOD), (2.0, SUSPECT)):
        slow = replace(gauge(spike=3.0, spike_hours=hours), max_hold=timedelta(hours=12))
        assert control(rows_of(hourly, 1), slow, [{}]).flags.tolist() == [GOOD, flag, GOOD]
        assert reach(slow, [{}]).after == hours * MS_PER_HOUR


def test_a_result_that_cannot_be_true_makes_no_spike_of_its_neighbours():
    assert one(1, 1, 99, 1, 1, spike=3) == [GOOD, GOOD, FAIL, GOOD, GOOD]


def test_two_of_one_instant_have_no_rate():
    rows = rows_of([(0, 0, 1.0, GOOD), (0, 0, 5.0, GOOD), (0, 1, 1.0, GOOD)], 1)
    assert control(rows, gauge(rate=1.0), [{}]).flags.tolist() == [GOOD, GOOD, SUSPECT]


def test_stuck_means_time_and_not_a_number_of_rows():
    """Ten rows within a minute are no standstill, three rows over half an hour are one."""
    walk = [(0, 0, 1.0, GOOD)] * 10 + [(0, minute, 1.0, GOOD) for minute in (10, 20, 30)]
    found = control(rows_of(walk, 1), gauge(stuck_hours=0.5), [{}])
    assert found.flags.tolist() == [GOOD] * 12 + [SUSPECT]


def test_small_steps_that_add_up_are_no_standstill():
    creeping = [0.1 * minute for minute in range(20)]
    assert one(*creeping, stuck_hours=0.1, stuck_within=0.2) == [GOOD] * 20
    assert one(*[1.0, 1.1] * 10, stuck_hours=0.1, stuck_within=0.2) == [GOOD] * 6 + [SUSPECT] * 14


def test_a_state_may_stand_for_days():
    occupied = replace(properties()["occupied"], checks={"stuck_hours": 1.0})
    rows = rows_of([(0, minute, 1.0, GOOD) for minute in range(0, 2880, 60)], 1)
    assert (control(rows, occupied, [{}]).flags == GOOD).all()


def test_a_site_has_thresholds_of_its_own():
    walk = [(series, minute, value, GOOD) for series in range(SERIES) for minute, value in enumerate((1, 5, 1))]
    sites: list[dict[str, Any]] = [
        {},
        {"checks": {"level": {"spike": 15}}},
        {"checks": {"level": {"spike": "much"}, "other": {"spike": 15}}},
    ]
    found = control(rows_of(walk), gauge(spike=3.0), sites)
    assert found.flags.reshape(SERIES, 3)[:, 1].tolist() == [SUSPECT, GOOD, SUSPECT]
    sites[1]["checks"]["level"] = {"fail_above": 4}
    assert control(rows_of(walk), gauge(), sites).flags.reshape(SERIES, 3)[:, 1].tolist() == [GOOD, FAIL, GOOD]


def test_more_than_a_site_is_made_for_is_doubted():
    prop = replace(properties()["available_spot_number"], checks={})
    rows = rows_of([(series, 0, 30.0, GOOD) for series in range(SERIES)])
    found = control(rows, prop, [{"capacity": 20}, {"capacity": 40}, {}])
    assert found.flags.tolist() == [SUSPECT, GOOD, GOOD]


def test_nonsense_at_a_site_counts_for_nothing():
    rows = rows_of([(0, 0, 1.0, GOOD)], 1)
    for nonsense in (None, 3, "spike", {"level": 3}, {"level": {"spike": True}}, {"level": {"spike": float("nan")}}):
        assert control(rows, gauge(spike=1.0), [{"checks": nonsense}]).flags.tolist() == [GOOD]


def test_reasons_are_kept_and_said_in_words():
    walk = [(0, minute, value, flag) for minute, (value, flag) in enumerate([(1, 1), (9, 1), (1, 3), (70, 1)])]
    found = control(rows_of(walk, 1), gauge(spike=3.0, rate=60.0), [{}])
    spike, rate, gross = (checks()[name].mask for name in ("spike", "rate_of_change", "gross_range"))
    assert found.reasons.tolist() == [0, spike | rate | gross, rate | CAME, gross]
    assert words(int(spike | CAME)) == (
        "leaves the course of the values before and after it",
        "was doubted when it came in",
    )
    assert words(int(spike), "de") == ("weicht vom Verlauf der Werte davor und danach ab",)
    assert words(0) == ()


def test_nothing_one_row_and_twenty_thousand_series():
    prop = gauge(spike=1.0, rate=1.0, stuck_hours=1.0)
    for count in (0, 1, 2):
        found = control(rows_of([], count), prop, [{}] * count, names=checks())
        assert found.flags.tolist() == found.reasons.tolist() == []
    assert control(rows_of([(1, 0, 1.0, GOOD)]), prop, [{}] * SERIES).flags.tolist() == [GOOD]
    many, good = np.arange(20_000, dtype=np.int64), np.ones(200_000, dtype=np.uint8)
    rows = Rows(len(many), np.repeat(many, 10), np.tile(np.arange(10) * 60_000, len(many)), np.ones(200_000), good)
    rows = rows.with_value(np.where(rows.series == 17, 30.0, 1.0))
    found = control(rows, prop, [{}] * len(many))
    assert np.unique(rows.series[found.flags == SUSPECT]).tolist() == [17]
    assert (found.flags != FAIL).all()


ALL = gauge(spike=1.0, rate=120.0, stuck_hours=0.1, stuck_within=1.0)


@given(WALKS, st.integers(0, 60), st.integers(0, 60))
def test_no_flag_depends_on_rows_out_of_reach(walk: Walk, start: int, end: int):
    """Read only the rows of a span and as far around it as declared: its rows get what all of them give."""
    far = reach(ALL, [{}] * SERIES)
    assert far.before == 16 * 60_000
    assert far.after == HOLD * 60_000
    rows = rows_of(walk)
    low, high = start * 60_000, end * 60_000
    around = (rows.time >= low - far.before) & (rows.time <= high + far.after)
    inside = (rows.time >= low) & (rows.time <= high)
    whole, part = control(rows, ALL, [{}] * SERIES), control(rows.take(around), ALL, [{}] * SERIES)
    assert part.flags[inside[around]].tolist() == whole.flags[inside].tolist()
    assert part.reasons[inside[around]].tolist() == whole.reasons[inside].tolist()


@given(WALKS)
def test_a_series_alone_gives_the_same_as_among_many(walk: Walk):
    whole = control(rows_of(walk), ALL, [{}] * SERIES)
    for series in range(SERIES):
        mine = [(0, *row[1:]) for row in walk if row[0] == series]
        alone = control(rows_of(mine, 1), ALL, [{}])
        assert alone.flags.tolist() == whole.flags[rows_of(walk).series == series].tolist()


def test_parts_of_many_rows_give_the_same_as_all_at_once(monkeypatch: pytest.MonkeyPatch):
    chance = np.random.default_rng(5)
    walk = [(series, minute, float(chance.integers(0, 3)), GOOD) for series in range(SERIES) for minute in range(50)]
    whole = control(rows_of(walk), ALL, [{}] * SERIES)
    monkeypatch.setattr("processing.control.AT_ONCE", 20)
    assert control(rows_of(walk), ALL, [{}] * SERIES).reasons.tolist() == whole.reasons.tolist()
    assert len(set(whole.reasons.tolist())) > 2


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=20), st.data())
def test_the_greatest_of_any_span(values: list[float], data: st.DataObject):
    spans = [sorted(data.draw(st.tuples(*[st.integers(0, len(values) - 1)] * 2))) for _ in range(5)]
    first, last = np.array(spans).T
    ours = greatest_between(np.array(values), first, last)
    assert ours.tolist() == [max(values[a : b + 1]) for a, b in spans]


def test_reach_is_that_of_the_checks_that_are_made():
    states = reach(properties()["occupied"], [{}])
    assert (states.before, states.after) == (0, 0)
    own = [{}, {"checks": {"level": {"stuck_hours": 5}}}]
    assert reach(gauge(), own).before == 5 * 3_600_000 + HOLD * 60_000
    assert reach(gauge(), [{}], names=["time_gap"]).before == HOLD * 60_000


@pytest.mark.parametrize("name", checks())
def test_declaration(name: str):
    check = checks()[name]
    assert check.name == name
    assert 0 <= check.bit < 15
    assert check.title != check.title_de
    assert check.reason != check.reason_de
    assert len(check.description) > 50
    assert check.source
    assert set(check.decisive) <= set(check.thresholds)
    assert set(check.defaults(gauge())) <= set(check.thresholds)


def test_bits_and_thresholds_belong_to_one_check():
    bits = [check.bit for check in checks().values()]
    names = [name for check in checks().values() for name in check.thresholds]
    assert len(set(bits)) == len(bits)
    assert len(set(names)) == len(names)
    assert set(judging()) == set(checks()) - {"time_gap", "peers"}


@pytest.mark.parametrize("prop", properties().values(), ids=properties())
def test_what_properties_declare_is_known_to_a_check(prop: ObservedProperty):
    known = {name for check in checks().values() for name in check.thresholds}
    assert set(prop.checks) <= known
    assert all(limit > 0 for limit in prop.checks.values())
    with pytest.raises(TypeError):
        prop.checks["spike"] = 1.0  # type: ignore[index]  # this is what must not be possible
