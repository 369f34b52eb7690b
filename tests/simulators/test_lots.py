from __future__ import annotations

import numpy as np

from simulators.lots import KEEP_ALIVE, MINUTES
from simulators.rhythm import DAY, MINUTE
from simulators.uplink import Frame, rank
from tests.simulators.cities import whole_city

WEDNESDAY, SUNDAY = 20_621, 20_625
"""2026-06-17 and 2026-06-21, counted since 1970."""


def test_a_number_is_sent_at_most_once_a_minute_and_at_least_each_quarter_hour():
    uplinks = whole_city().lots.uplinks(WEDNESDAY)
    for device in np.unique(uplinks.device):
        gaps = np.diff(uplinks.time[uplinks.device == device])
        assert gaps.min() >= MINUTE
        assert gaps.max() <= KEEP_ALIVE * MINUTE


def test_free_spaces_never_leave_their_range():
    lots = whole_city().lots
    uplinks = lots.uplinks(SUNDAY)
    free = uplinks.reading[:, 0]
    assert (free >= 0).all()
    assert (free <= lots.capacity[uplinks.device]).all()


def test_the_day_goes_on_where_the_day_before_ended():
    lots = whole_city().lots
    first = lots.changes(SUNDAY).value.reshape(-1, MINUTES)[:, 0]
    assert (np.abs(first - lots.before(SUNDAY)) <= 0.03 * lots.capacity + 2).all()


def test_the_city_centre_is_fuller_by_day_and_the_beach_on_sunday():
    city = whole_city()
    names = [place.rhythm for place in city.places if place.kind == "parking_lot"]
    shares = {
        day: city.lots.changes(day).value.reshape(-1, MINUTES) / city.lots.capacity[:, None]
        for day in (WEDNESDAY, SUNDAY)
    }
    centre, beach = names.index("centre"), names.index("beach")
    assert shares[WEDNESDAY][centre, 9 * 60] > 2 * shares[WEDNESDAY][centre, 0]
    assert shares[SUNDAY][beach, 12 * 60] > shares[WEDNESDAY][beach, 12 * 60]


def test_only_numbers_that_changed_or_are_due_are_sent():
    uplinks = whole_city().lots.uplinks(WEDNESDAY)
    minute = (uplinks.sampled - WEDNESDAY * DAY) // MINUTE
    order = rank(uplinks.device)
    repeated = np.flatnonzero((order[1:] > 0) & (np.diff(uplinks.reading[:, 0]) == 0)) + 1
    assert len(repeated) > 0
    closing = (minute[repeated] == MINUTES - 1) & (uplinks.frame[repeated] == Frame.BARRIERS)
    assert (closing | (minute[repeated] % KEEP_ALIVE == 0)).all()


def test_barriers_count_from_midnight_on_and_miss_some():
    lots = whole_city().lots
    uplinks = lots.uplinks(WEDNESDAY)
    told = uplinks.take(uplinks.frame == Frame.BARRIERS)
    assert sorted(set(told.device.tolist())) == lots.gates.tolist() == [0, 2, 3]
    counted, passed = lots.counted(WEDNESDAY), lots.passed(WEDNESDAY)
    for place, row in enumerate(lots.gates):
        mine = told.reading[told.device == row]
        assert (np.diff(mine[:, 1:], axis=0) >= 0).all()
        assert mine[-1, 1:].tolist() == counted[:, row, -1].tolist()
        missed = passed[:, place].sum(axis=1) - mine[-1, 1:]
        assert (missed >= 0).all()
        assert (missed == 0).all() == (place == 0)
    others = np.setdiff1d(np.arange(len(lots.capacity)), lots.gates)
    assert not counted[:, others].any()
