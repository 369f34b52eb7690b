"""What a rule would have done: counted and compared with loops over its alerts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.alerting.evaluate import Episodes
from processing.alerts import rules
from processing.rehearsal import FLAP, figures, foresight, swept, values, within
from processing.rows import NEVER

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
HORIZON = timedelta(hours=5)
ALERTS = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(1, 600), min_size=0, max_size=8)),
    max_size=3,
    unique_by=lambda x: x[0],
)


def episodes(*rows: tuple[int, int, int, int]) -> Episodes:
    """Make alerts of thing, since, fired and ended [min]; an end of -1 is none."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
    ended = np.where(columns[:, 3] < 0, NEVER, columns[:, 3] * MINUTE)
    return Episodes(columns[:, 0], columns[:, 1] * MINUTE, columns[:, 2] * MINUTE, ended, np.zeros(len(columns)))


def laid(things: list[tuple[int, list[int]]]) -> Episodes:
    """Lay alerts and pauses of random lengths one after the other."""
    rows = []
    for thing, lengths in things:
        edges = np.cumsum(lengths)
        rows += [(thing, int(a), int(a) + (b - a) // 2, int(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return episodes(*rows)


def test_alerts_are_counted_and_measured():
    some = episodes((0, 0, 10, 70), (0, 100, 110, 170), (1, 300, 300, -1))
    told = figures(some, 0, 7 * DAY)
    assert (told.alerts, told.things, told.unended, told.flaps) == (3, 2, 1, 1)
    assert (told.weekly, told.median_h) == (3.0, 1.0)
    assert told.total_h == pytest.approx(1 + 1 + 7 * 24 - 5)


def test_nothing_is_nothing():
    told = figures(episodes(), 0, DAY)
    assert (told.alerts, told.total_h, np.isnan(told.median_h)) == (0, 0.0, True)
    none = foresight(episodes(), episodes())
    assert (none.events, none.foreseen, none.needless) == (0, 0, 0)
    assert np.isnan(none.lead(0.5))


def test_a_span_is_half_open_and_what_ends_later_has_not_ended():
    found = within(episodes((0, 0, 5, 20), (0, 30, 30, 90), (0, 100, 100, 120)), 30 * MINUTE, 60 * MINUTE)
    assert (found.fired.tolist(), found.ended.tolist()) == ([30 * MINUTE], [NEVER])


def test_alerts_are_compared_with_what_they_warn_of():
    alerts = episodes((0, 0, 10, 20), (0, 100, 100, 150), (1, 0, 0, 5), (2, 205, 205, 210))
    events = episodes((0, 130, 130, 140), (1, 1000, 1000, 1010), (2, 200, 200, 220))
    found = foresight(alerts, events, HORIZON)
    assert (found.events, found.foreseen) == (3, 1)
    assert found.lead_h.tolist() == [2.0]
    assert found.needless == 1  # that of thing 1: its event came after the horizon; that of thing 2 fired amid it


@given(ALERTS, ALERTS)
def test_any_alerts_and_events_are_compared_like_by_a_loop(warnings, happenings):
    alerts, events = laid(warnings), laid(happenings)
    found = foresight(alerts, events, HORIZON)
    real = merged(events)
    leads, reach = [], 5 * HOUR
    for thing, since, _ in real:
        before = max((e for t, s, e in real if t == thing and s < since), default=-NEVER)
        mine = sorted(f for t, f in zip(alerts.thing, alerts.fired, strict=True) if t == thing and f >= before)
        mine = [f for f in mine if since - reach <= f <= since]
        leads += [(since - mine[0]) / HOUR] if mine else []
    assert (found.events, found.lead_h.tolist()) == (len(real), sorted(leads))
    useful = [
        any(t == thing and (fired <= s <= fired + reach or s < fired < e) for t, s, e in real)
        for thing, fired in zip(alerts.thing, alerts.fired, strict=True)
    ]
    assert found.needless == useful.count(False)


def merged(events: Episodes) -> list[tuple[int, int, int]]:
    """Put events that follow within the time of a flap together, one by one."""
    rows = sorted(zip(events.thing.tolist(), events.since.tolist(), events.ended.tolist(), strict=True))
    found: list[tuple[int, int, int]] = []
    for thing, since, ended in rows:
        if found and found[-1][0] == thing and since - found[-1][2] <= FLAP / timedelta(milliseconds=1):
            found[-1] = (thing, found[-1][1], ended)
        else:
            found.append((thing, since, ended))
    return found


@given(ALERTS)
def test_flaps_are_counted_like_by_a_loop(things):
    alerts = laid(things)
    rows = sorted(zip(alerts.thing, alerts.fired, alerts.ended, strict=True))
    flaps = sum(a[0] == b[0] and b[1] - a[2] <= HOUR for a, b in pairwise(rows))
    assert figures(alerts, 0, 7 * DAY).flaps == flaps


def test_another_limit_keeps_its_distance_to_where_it_is_over():
    nearly = rules()["car_park_nearly_full"]
    tried = swept(nearly, "below", values("0.1:0.3:0.1"))
    limits = [(rule.when[0].below, rule.when[0].clear) for rule in tried]
    assert limits == [pytest.approx((below, below + 0.05)) for below in (0.1, 0.2, 0.3)]
    assert [rule.pending for rule in swept(nearly, "pending", values("0,5"))] == [timedelta(0), timedelta(minutes=5)]


@pytest.mark.parametrize(
    ("name", "tried", "say"),
    [
        ("colour", "1:2:1", "cannot be tried"),
        ("above", "1:2:1", "has no 'above'"),
        ("below", "1:2", "write 0.7:0.95:0.05"),
        ("below", "2:1:1", "has no values"),
        ("below", "0:1:0.001", "too many"),
        ("below", ",".join(map(str, range(99))), "too many"),
    ],
)
def test_what_cannot_be_tried_is_told(name: str, tried: str, say: str):
    with pytest.raises(ValueError, match=say):
        swept(rules()["car_park_nearly_full"], name, values(tried))
