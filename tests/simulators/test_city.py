from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decode import decode
from sensors.geojson import things_from_geojson
from sensors.model import Message
from simulators.city import City, milliseconds
from simulators.fault import Fault
from simulators.faults import NO_COUNTER, Faults
from simulators.rhythm import DAY
from simulators.run import rostock
from simulators.uplink import REJOIN, Uplinks, join
from tests.simulators.cities import NOON, small_city, whole_city, written

SPAN = 2 * DAY


def same(one: Uplinks, other: Uplinks) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Uplinks))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, SPAN), max_size=4))
def test_the_same_seed_tells_the_same_story_however_it_is_cut(seed: int, cuts: list[int]):
    begin = milliseconds(NOON)
    edges = [begin, *(begin + cut for cut in sorted(cuts)), begin + SPAN]
    pieces = small_city(seed)
    parts = [pieces.events(a, b) for a, b in reversed(list(pairwise(edges)))]
    cut, whole = join(reversed(parts)), small_city(seed).events(begin, begin + SPAN)
    assert len(whole) > 100
    assert same(cut, whole)
    assert written(pieces, cut.take(slice(0, 50))) == written(small_city(seed), whole.take(slice(0, 50)))


def test_another_seed_tells_another_story():
    one, other = (small_city(seed).events(NOON, NOON + timedelta(hours=6)) for seed in (1, 2))
    assert not same(one, other)


def test_events_are_in_order_and_within_the_span():
    end = NOON + timedelta(hours=3)
    uplinks = whole_city().events(NOON, end)
    assert (np.diff(uplinks.time) >= 0).all()
    assert uplinks.time[0] >= milliseconds(NOON)
    assert uplinks.time[-1] < milliseconds(end)
    assert (uplinks.sampled < uplinks.time).all()


def test_an_empty_span_has_no_events():
    assert len(small_city().events(NOON, NOON)) == 0


def test_a_day_is_ten_to_twenty_thousand_messages_and_something_happens_every_few_seconds():
    uplinks = whole_city().events(NOON - timedelta(days=1), NOON)
    assert 10_000 < len(uplinks) < 20_000
    by_day = whole_city().events(NOON - timedelta(hours=6), NOON)
    assert np.median(np.diff(by_day.time)) < 5_000


def test_frame_counters_count_by_one_from_each_join():
    uplinks = small_city().events(NOON, NOON + timedelta(days=REJOIN + 1))
    for device in np.unique(uplinks.device):
        steps = np.diff(uplinks.counter[uplinks.device == device])
        joins = steps != 1
        assert joins.sum() in (1, 2)
        assert (uplinks.counter[uplinks.device == device][1:][joins] == 0).all()


def test_no_device_says_two_things_at_one_time_with_one_counter():
    uplinks = whole_city().events(NOON, NOON + timedelta(days=1))
    keys = set(zip(uplinks.device.tolist(), uplinks.time.tolist(), strict=True))
    assert len(keys) == len(uplinks)


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        milliseconds(NOON.replace(tzinfo=None))
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1000


def test_rostock_has_what_it_should():
    city = City()
    kinds = [place.kind for place in city.places]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "parking_lot": 12,
        "parking_spot": 50,
        "loading_zone": 5,
        "fire_access_zone": 5,
        "waste_container": 70,
        "energy_meter": 61,
    }
    assert {place.network for place in city.places} == {"tts", "chirpstack", "plain"}


def test_what_is_told_for_faults_is_what_is_said_without():
    city = whole_city()
    uplinks = city.events(NOON, NOON + timedelta(minutes=30))
    told = city.told(uplinks)
    assert [told.write(row, 0, NO_COUNTER) for row in range(len(told))] == written(city, uplinks)


def test_a_jump_moves_only_the_clocks_of_devices_that_have_one():
    city = whole_city()
    uplinks = city.events(NOON, NOON + timedelta(minutes=30))
    told = city.told(uplinks)
    moved = [told.write(row, -DAY, NO_COUNTER) != told.write(row, 0, NO_COUNTER) for row in range(len(told))]
    assert moved == told.clocked.tolist()
    assert 0 < sum(moved) < len(moved)


def test_a_register_that_began_anew_is_read_as_told():
    city = whole_city()
    uplinks = city.events(NOON, NOON + timedelta(minutes=30))
    meters = city.told(uplinks.take(city.told(uplinks).counter != NO_COUNTER))
    letters = [meters.write(row, 0, 7) for row in range(len(meters))]
    devices = {device.id: (device,) for device in things_from_geojson(rostock()).devices}
    batch = decode([Message("city", *letter, milliseconds(NOON)) for letter in letters], devices).batch
    names = [batch.datastreams[index].observed_property for index in batch.datastream]
    results = {float(value) for name, value in zip(names, batch.result, strict=True) if "energy" in name}
    assert 0.007 in results
    assert results <= {0.0, 0.007}


def test_only_what_is_cut_or_wrong_is_rejected():
    city, faults = whole_city(), Faults(1, dict.fromkeys(Fault, 0.05))
    letters = faults.through(city.told(city.events(NOON, NOON + timedelta(hours=3)))) + faults.rest()
    devices = {device.id: (device,) for device in things_from_geojson(rostock()).devices}
    read = decode([Message("city", *letter, milliseconds(NOON)) for letter in letters], devices)
    counts = faults.headings
    assert len(read.rejected) == counts[Fault.TRUNCATED] + counts[Fault.WRONG] > 0
    assert all(counts[fault] for fault in Fault)
