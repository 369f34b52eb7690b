from __future__ import annotations

import numpy as np

from simulators.rhythm import DAY
from simulators.spaces import HEARTBEAT, KINDS
from simulators.steps import held, means
from simulators.uplink import Frame
from tests.simulators.cities import small_city, whole_city

MONDAY = 20_619
"""2026-06-15, counted since 1970."""


def test_every_change_turns_the_state():
    spaces = whole_city().spaces
    changes, state = spaces.changes(MONDAY), spaces.before(MONDAY).copy()
    for row, value in zip(changes.row, changes.value, strict=True):
        assert value == 1 - state[row]
        state[row] = value
    assert state.tolist() == spaces.before(MONDAY + 1).tolist()


def test_heartbeats_repeat_the_state_at_their_moment():
    spaces = whole_city().spaces
    uplinks = spaces.uplinks(MONDAY)
    beats = uplinks.take(uplinks.frame == Frame.SPACE_HEARTBEAT)
    row = beats.device - uplinks.device.min()
    state = held(spaces.changes(MONDAY), spaces.before(MONDAY), row.astype(np.int64), beats.sampled)
    assert beats.reading[:, 0].tolist() == state.tolist()
    assert np.bincount(row).tolist() == [DAY // HEARTBEAT] * len(spaces.before(MONDAY))


def test_spaces_are_taken_as_often_as_their_rhythm_says_and_fire_lanes_hardly_ever():
    city = whole_city()
    rhythms = np.array([place.rhythm for place in city.places if place.kind in KINDS])
    days = range(MONDAY, MONDAY + 14)
    edges = np.array([0, DAY])
    share = np.mean([means(city.spaces.changes(d), city.spaces.before(d), d * DAY + edges)[:, 0] for d in days], axis=0)
    by_rhythm = {name: share[rhythms == name].mean() for name in np.unique(rhythms)}
    assert by_rhythm["fire_lane"] < 0.08
    assert 0.15 < by_rhythm["loading"] < 0.40
    assert 0.25 < by_rhythm["centre"] < 0.55
    assert by_rhythm["residential"] > 0.55


def test_stays_last_about_as_long_as_the_habit_says():
    city = whole_city()
    wanted = np.array([place.habit["stay_min"] for place in city.places if place.kind in KINDS])
    short = wanted == 45.0
    arrivals, minutes = 0, 0.0
    for day in range(MONDAY, MONDAY + 21):
        changes, edges = city.spaces.changes(day), np.array([day * DAY, (day + 1) * DAY])
        arrivals += int(short[changes.row[changes.value == 1]].sum())
        minutes += means(changes, city.spaces.before(day), edges)[short].sum() * 24 * 60
    stay = minutes / arrivals
    assert 38 < stay < 52


def test_a_day_does_not_depend_on_what_was_asked_before():
    asked, fresh = small_city(), small_city()
    for day in range(MONDAY - 3, MONDAY + 3):
        asked.spaces.changes(day)
    for one, other in zip(asked.spaces.changes(MONDAY), fresh.spaces.changes(MONDAY), strict=True):
        assert np.array_equal(one, other)
