"""One opened uplink becomes readings, each with its time."""

from __future__ import annotations

import pytest

from sensors.envelope import Gateway, UnreadableError, Uplink
from sensors.readings import readings_of
from tests.sensors.cities import RECEIVED, device

COUNTER = device("c", "milesight_em300_di", "energy_meter")
METER = device("m", "yobiiq_em4301", "energy_meter")
LOT = device("l", "plain", "parking_lot")


def test_a_reading_has_the_networks_time_unless_the_device_told_its_own():
    assert readings_of(Uplink("c", time=5, fields={"pulse": 2000}), COUNTER, RECEIVED) == [
        (5, {"total_active_energy_import": 2.0})
    ]
    own = {"activePowerL123": 1000, "timestamp": 1_731_929_100}
    assert readings_of(Uplink("m", time=5, fields=own), METER, RECEIVED) == [(1_731_929_100_000, {"active_power": 1.0})]
    later = own | {"dataloggerTimestamp": 1_731_928_500}
    assert readings_of(Uplink("m", time=5, fields=later), METER, RECEIVED)[0][0] == 1_731_928_500_000


def test_a_remembered_reading_from_the_future_or_an_unset_clock_is_left_out():
    def remembered(seconds: float) -> Uplink:
        return Uplink("c", fields={"history": [{"timestamp": seconds, "pulse": 1000}]})

    latest = RECEIVED / 1000 + 300
    assert len(readings_of(remembered(latest), COUNTER, RECEIVED)) == 1
    for seconds in (latest + 1, 60):
        with pytest.raises(UnreadableError, match="times that cannot be true"):
            readings_of(remembered(seconds), COUNTER, RECEIVED)
        beside = remembered(seconds)
        beside.fields = {**(beside.fields or {}), "pulse": 3000}
        assert readings_of(beside, COUNTER, RECEIVED) == [(None, {"total_active_energy_import": 3.0})]


def test_flat_json_without_any_field_carries_no_observation():
    assert readings_of(Uplink("l", fields={}, flat=True), LOT, RECEIVED) == []


def test_an_own_time_without_zone_is_refused():
    with pytest.raises(UnreadableError, match=r"'timestamp'.*no zone"):
        readings_of(Uplink("m", fields={"activePowerL123": 1, "timestamp": "2024-11-18T11:35:00"}), METER, RECEIVED)


def test_strength_and_noise_of_the_radio_are_kept_where_a_site_asks():
    heard = (Gateway(rssi=-103, snr=1.0), Gateway(rssi=-90, snr=-1.5))
    for site, radio in (
        ({}, []),
        ({"observe_radio": "yes"}, []),
        ({"observe_radio": True}, [(5, {"rssi": -90.0, "snr": 1.0})]),
    ):
        meter = device("c", "milesight_em300_di", "energy_meter", **site)
        told = readings_of(Uplink("c", time=5, fields={"pulse": 2000}, gateways=heard), meter, RECEIVED)
        assert told == [(5, {"total_active_energy_import": 2.0}), *radio]
    asked = device("c", "milesight_em300_di", "energy_meter", observe_radio=True)
    assert len(readings_of(Uplink("c", time=5, fields={"pulse": 2000}), asked, RECEIVED)) == 1
    assert readings_of(Uplink("c", time=5, fields={}, gateways=heard), asked, RECEIVED) == []
