"""What the envelopes of LoRaWAN networks tell beside the measurements, and what they do with what is broken."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from sensors.decode import decode
from sensors.envelope import Envelope, UnreadableError, Uplink
from sensors.envelopes import envelopes
from sensors.topics import envelope_of
from tests.sensors.cities import by_id, device, message, results, times

STATUS = "application/a/device/24e124128c010640/event/status"
STATUS_V3 = "application/1/device/24e124128c010640/status"
NETWORKS = [envelopes()[name] for name in ("tts", "chirpstack", "chirpstack_v3", "loriot", "thingpark")]


def opened(topic: str, told: Any) -> tuple[Uplink, ...]:
    return tuple(envelope_of(topic).open(json.dumps(told).encode(), topic))


def tts(status: Any, **frame: Any) -> tuple[Uplink, ...]:
    told = {"end_device_ids": {"device_id": "d"}, "uplink_message": {"last_battery_percentage": status, **frame}}
    return opened("v3/app/devices/d/up", told)


@pytest.mark.parametrize("topic", [STATUS, STATUS_V3])
@pytest.mark.parametrize(
    ("told", "level"),
    [
        ({"batteryLevel": 84.25, "externalPowerSource": False, "batteryLevelUnavailable": False}, 84.25),
        ({"batteryLevel": "84.25"}, 84.25),
        ({"batteryLevel": 0}, 0),
        ({"batteryLevel": 0, "externalPowerSource": True}, None),
        ({"batteryLevel": 0, "batteryLevelUnavailable": True}, None),
        ({"batteryLevel": 254}, None),
        ({"batteryLevel": True}, None),
        ({"batteryLevel": "full"}, None),
        ({"margin": 12}, None),
    ],
)
def test_the_status_of_chirpstack_is_a_battery_level_or_nothing(topic: str, told: dict[str, Any], level: float | None):
    ids = {"deviceInfo": {"devEui": "24e124128c010640"}} if topic == STATUS else {"devEUI": "24e124128c010640"}
    assert [uplink.battery for uplink in opened(topic, ids | told)] == ([] if level is None else [level])


def test_a_status_of_chirpstack_3_on_the_topic_of_4_is_read():
    (uplink,) = opened(STATUS, {"devEUI": "JOEkEowBBkA=", "batteryLevel": 9.84})
    assert (uplink.device, uplink.battery) == ("24e124128c010640", 9.84)


def test_a_status_becomes_a_row():
    told = {"deviceInfo": {"devEui": "24e124128c010640"}, "time": "2026-03-29T01:00:00+00:00", "batteryLevel": 50}
    decoded = decode(
        [message(STATUS, told)], by_id(device("24e124128c010640", "milesight_em310_udl", "waste_container"))
    )
    assert (results(decoded), times(decoded)) == ({"battery": 50}, [1_774_746_000_000])


@pytest.mark.parametrize(
    ("bat", "level"),
    [
        (0, None),
        (255, None),
        (1, 0),
        (254, 100),
        (143, 142 / 253 * 100),
        (-1, None),
        (256, None),
        (None, None),
        ([], None),
    ],
)
def test_loriot_tells_the_level_of_a_device_status(bat: Any, level: float | None):
    assert opened("loriot", {"cmd": "rx", "EUI": "1000000000000001", "bat": bat})[0].battery == level


def test_loriot_refuses_bytes_that_are_not_hexadecimal_and_a_frame_of_nobody():
    with pytest.raises(UnreadableError, match="hexadecimal digits"):
        opened("loriot", {"cmd": "rx", "EUI": "1000000000000001", "data": "ARI="})
    with pytest.raises(UnreadableError, match="'EUI' must be"):
        opened("loriot", {"cmd": "rx", "data": "01"})


@pytest.mark.parametrize("status", [None, 90, {}, {"value": None}, {"value": 101}, {"value": -1}, {"value": "NaN"}])
def test_a_battery_percentage_of_tts_that_is_none_is_left_out(status: Any):
    (uplink,) = tts(status, f_cnt=3)
    assert (uplink.battery, uplink.frame_counter) == (None, 3)


@pytest.mark.parametrize("when", [None, "", "soon", 1e300])
def test_a_status_without_a_time_is_as_old_as_its_uplink(when: Any):
    (uplink,) = tts({"value": 90, "received_at": when}, received_at="2026-03-29T01:00:00Z")
    assert (uplink.battery, uplink.time) == (90, 1_774_746_000_000)


def test_thingpark_tells_the_status_at_its_own_time():
    told = {"DevEUI": "402C765000000074", "Time": "2026-03-29T03:00:00+02:00", "payload_hex": "01"}
    uplinks = opened("thingpark", told | {"BatteryLevel": 1, "BatteryTime": "2026-03-28T02:00:00+01:00"})
    assert [(each.time, each.battery, each.base64) for each in uplinks] == [
        (1_774_746_000_000, None, "AQ=="),
        (1_774_659_600_000, 0, ""),
    ]
    assert len(opened("thingpark", told | {"BatteryLevel": 255, "BatteryTime": "2026-03-28T02:00:00+01:00"})) == 1


def test_thingpark_in_one_station_or_none_is_as_good_as_in_many():
    told = {"DevEUI": "402C765000000074", "LrrRSSI": "-80", "LrrSNR": 7}
    ways: list[Any] = [None, {}, {"Lrr": {"LrrRSSI": "-80", "LrrSNR": 7}}, {"Lrr": []}, {"Lrr": ["x"]}, "x"]
    for stations in ways:
        (uplink,) = opened("thingpark", told | {"Lrrs": stations})
        assert (uplink.rssi, uplink.snr) == (-80, 7)


def mutated(told: Any, chance: random.Random) -> Any:
    """Put something else in the place of about one part in ten."""
    if chance.random() < 0.1:
        return chance.choice([None, True, -1, 2**70, 1e308, "", "x", "2026", [], {}, [[]], {"a": {"b": []}}, "\x00é"])
    if isinstance(told, dict):
        return {name: mutated(value, chance) for name, value in told.items() if chance.random() > 0.05}
    return [mutated(value, chance) for value in told] if isinstance(told, list) else told


@pytest.mark.parametrize("envelope", NETWORKS, ids=lambda envelope: envelope.name)
def test_a_broken_message_is_read_or_refused_with_a_sentence(envelope: Envelope):
    chance = random.Random(envelope.name)
    for example in envelope.examples:
        names = [uplink["device"] for uplink in (example.uplink or {}, *example.further) if "device" in uplink]
        known = by_id(*(device(name, "milesight_em310_udl", "waste_container") for name in names))
        told = json.loads(example.payload)
        sent = [message(example.topic, mutated(told, chance)) for _ in range(400)]
        decoded = decode(sent, known)
        settled = {*decoded.message.tolist(), *(index for index, _ in decoded.rejected), *decoded.empty.tolist()}
        assert settled == set(range(len(sent)))
        wrong = [why.detail for _, why in decoded.rejected if "stumble" in why.detail or not why.detail.endswith(".")]
        assert wrong == []
