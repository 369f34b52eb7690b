from __future__ import annotations

import numpy as np
import pytest

from simulators.meters import FIRST_DAY, QUARTER
from simulators.rhythm import DAY, HOUR
from simulators.uplink import Frame
from tests.simulators.cities import whole_city

WEDNESDAY, SUNDAY = 20_621, 20_625
"""2026-06-17 and 2026-06-21, counted since 1970."""


def test_registers_only_grow_and_go_on_over_midnight():
    meters, day = whole_city().meters, WEDNESDAY * DAY
    readings = meters.register(WEDNESDAY, day + np.arange(24) * HOUR)
    assert (np.diff(readings) >= 0).all()
    end = meters.register(WEDNESDAY, np.array([day + DAY - 1]))
    begin = meters.register(WEDNESDAY + 1, np.array([day + DAY]))
    assert (begin - end >= 0).all()
    assert (begin - end < 5).all()


def test_energy_is_power_over_time():
    meters, day = whole_city().meters, WEDNESDAY * DAY
    row, begin = np.arange(45), day + 37 * QUARTER
    for minutes in (1, 7, 14):
        time = np.full(45, begin + minutes * 60_000)
        energy = meters.energy(WEDNESDAY, row, time) - meters.energy(WEDNESDAY, row, np.full(45, begin))
        assert np.abs(energy - meters.power(WEDNESDAY, row, time) * minutes / 60).max() <= 1


def test_offices_work_on_wednesday_and_rest_on_sunday():
    city, noon = whole_city(), np.array([9 * HOUR])
    rhythms = np.array([place.rhythm for place in city.places if place.kind == "energy_meter"])
    office = np.flatnonzero(rhythms == "office")
    working = city.meters.power(WEDNESDAY, office, np.repeat(WEDNESDAY * DAY + noon, len(office)))
    resting = city.meters.power(SUNDAY, office, np.repeat(SUNDAY * DAY + noon, len(office)))
    assert (working > 1.8 * resting).all()
    assert (resting > 0).all()


def test_no_meter_draws_more_than_its_connection_carries():
    city = whole_city()
    limit = np.array([place.site["max_power_kw"] for place in city.places if place.kind == "energy_meter"])
    for day in range(20_465, 20_480):
        count = len(limit)
        row = np.repeat(np.arange(count), 96)
        power = city.meters.power(day, row, day * DAY + np.tile(np.arange(96) * QUARTER, count)).reshape(count, 96)
        assert (power.max(axis=1) / 1000 < limit).all()


def test_lorawan_meters_send_the_mark_and_plain_ones_their_own_moment():
    city = whole_city()
    uplinks = city.meters.uplinks(WEDNESDAY)
    marked = uplinks.frame != Frame.METER
    assert (uplinks.sampled[marked] % QUARTER == 0).all()
    assert (uplinks.sampled[~marked] % QUARTER > 0).all()
    assert (uplinks.time > uplinks.sampled).all()
    assert (uplinks.time < (WEDNESDAY + 1) * DAY).all()


def test_there_were_no_meters_before_their_first_day():
    meters = whole_city().meters
    assert meters.register(FIRST_DAY, np.array([FIRST_DAY * DAY])).min() > 0
    with pytest.raises(ValueError, match="2020-01-01"):
        meters.register(FIRST_DAY - 1, np.array([(FIRST_DAY - 1) * DAY]))
