"""Readings go to the thing that their device observed at their own time, and are read by the site as it was then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from sensors.decode import decode
from sensors.model import Calibration, Device, Thing
from tests.sensors.cities import by_id, message

MOVED = "2026-03-01T12:00:00Z"
INSTANT = int(datetime.fromisoformat(MOVED).timestamp() * 1000)
LATER = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp() * 1000)
SITE = {"distance_empty_mm": 1000, "distance_full_mm": 0}


def bin_(name: str) -> Thing:
    return Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, properties=SITE)


OLD = Device(id="d", model="plain", thing=bin_("old"), valid_to=INSTANT)
NEW = Device(id="d", model="plain", thing=bin_("new"), valid_from=INSTANT)


def told(time: str, *devices: Device, distance: int = 400) -> list[tuple[str, float]]:
    decoded = decode([message("city/waste/d", {"time": time, "distance": distance}, LATER)], by_id(*devices))
    assert [why.reason for _, why in decoded.rejected] == []
    batch = decoded.batch
    return [(batch.datastreams[code].name, result) for code, result in zip(batch.datastream, batch.result, strict=True)]


def test_a_late_reading_goes_to_where_the_device_was():
    assert told("2026-03-01T11:59:59.999Z", OLD, NEW) == [("old/distance", 400.0), ("old/filling_level", 60.0)]
    assert told(MOVED, OLD, NEW) == [("new/distance", 400.0), ("new/filling_level", 60.0)]


def test_a_reading_of_no_time_goes_to_where_the_device_is_when_it_comes():
    decoded = decode([message("city/waste/d", {"distance": 400}, LATER)], by_id(OLD, NEW))
    assert {stream.thing for stream in decoded.batch.datastreams} == {"new"}


def test_a_reading_of_a_time_at_which_the_device_observed_nothing_waits_with_a_sentence():
    ended = replace(NEW, valid_to=INSTANT + 1000)
    decoded = decode([message("city/waste/d", {"distance": 400}, LATER)], by_id(OLD, ended))
    ((_, why),) = decoded.rejected
    assert why.reason == "unassigned_device"
    assert "observed no thing at 2026-04-01T00:00:00.000Z" in why.detail
    assert len(decoded.batch) == 0


def test_a_site_is_read_as_it_was():
    hung_higher = Calibration(since=INSTANT, properties={"distance_empty_mm": 2000})
    device = Device(id="d", model="plain", thing=replace(bin_("b"), calibrations=(hung_higher,)))
    assert told("2026-02-01T00:00:00Z", device)[1] == ("b/filling_level", 60.0)
    assert told("2026-03-02T00:00:00Z", device)[1] == ("b/filling_level", 80.0)


def test_a_reading_whose_clock_is_wrong_goes_to_where_the_device_is_when_it_comes():
    assert told("1970-01-01T00:00:05Z", OLD, NEW)[0] == ("new/distance", 400.0)
    hung_higher = Calibration(since=INSTANT, properties={"distance_empty_mm": 2000})
    device = Device(id="d", model="plain", thing=replace(bin_("b"), calibrations=(hung_higher,)))
    assert told("1970-01-01T00:00:05Z", device)[1] == ("b/filling_level", 80.0)


def test_a_result_is_doubted_by_the_site_as_it_was():
    fewer = Calibration(since=INSTANT, properties={"capacity": 80})
    lot = Thing(id="l", name="l", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 350})
    device = Device(id="d", model="plain", thing=replace(lot, calibrations=(fewer,)))
    times = ("2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z")
    told = [message("city/parking/d", {"time": time, "available_spot_number": 300}, LATER) for time in times]
    assert decode(told, by_id(device)).batch.quality.tolist() == [1, 3]


def test_remembered_readings_go_each_to_its_own_thing():
    device = Device(id="d", model="milesight_em300_di", thing=replace(METER, id="first"), valid_to=INSTANT)
    moved = replace(device, thing=replace(METER, id="second"), valid_from=INSTANT, valid_to=None)
    remembered = [
        {"timestamp": INSTANT // 1000 + shift, "pulse": pulse} for shift, pulse in ((-60, 1), (0, 2), (60, 3))
    ]
    uplink = {"deviceInfo": {"devEui": "d"}, "time": MOVED, "object": {"history": remembered}}
    decoded = decode([message("application/a/device/d/event/up", uplink, LATER)], by_id(device, moved))
    things = [decoded.batch.datastreams[code].thing for code in decoded.batch.datastream]
    assert things == ["first", "second", "second"]
    assert np.array_equal(decoded.batch.result, [0.001, 0.002, 0.003])


METER = Thing(id="m", name="m", kind="energy_meter", longitude=12.1, latitude=54.1, properties={"pulses_per_kwh": 1000})
