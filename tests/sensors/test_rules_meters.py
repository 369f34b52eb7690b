"""The rules that real messages force on an ingester (formats survey 1.2), for networks without LoRaWAN."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sensors.decode import decode
from sensors.envelope import UnreadableError, Uplink
from sensors.quality import Quality
from sensors.readings import readings_of
from sensors.topics import envelope_of
from tests.sensors.cities import RECEIVED, by_id, device, flags, message, reasons, results, times

BIN = by_id(device("bin", "plain", "waste_container"), device("sr04", "plain", "waste_container"))
METER = device("m", "plain", "energy_meter")


def opened(topic: str, told: Any) -> tuple[Uplink, ...]:
    payload = told if isinstance(told, bytes) else json.dumps(told).encode()
    return tuple(envelope_of(topic).open(payload, topic))


def the_time(topic: str, told: Any) -> int | None:
    (uplink,) = opened(topic, told)
    return uplink.time


def reason(topic: str, payload: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        opened(topic, payload)
    return caught.value.reason


def test_rule_05_without_a_key_of_the_network_device_and_time_mark_the_observation():
    told = {"timestamp": 1_636_369_980_000, "value": 38118.6915}
    first, again = opened("vzlogger/data/chn0/agg", told), opened("vzlogger/data/chn0/agg", told)
    assert first == again
    assert first[0].key == ""


def test_rule_05_a_message_twice_is_the_same_rows_twice():
    told = message("/json/k/bin/attrs", {"filling_level": 0.4, "TimeInstant": "2026-03-29T01:00:00Z"})
    decoded = decode([told, told], BIN)
    assert set(times(decoded)) == {1_774_746_000_000}
    assert len(decoded.batch.datastreams) == len(set(decoded.batch.datastreams))


def test_rule_06_one_fiware_message_is_rows_at_their_own_times_late_and_out_of_order():
    told = [
        {"timestamp": "2026-03-29T02:00:00Z", "value": 0.5},
        {"timestamp": "2026-03-29T01:00:00Z", "value": 0.4},
    ]
    decoded = decode([message("/json/k/bin/attrs/filling_level", told)], BIN)
    rows = zip(times(decoded), decoded.batch.datastream.tolist(), decoded.batch.result.tolist(), strict=True)
    names = [stream.observed_property for stream in decoded.batch.datastreams]
    assert [(time, result) for time, place, result in rows if names[place] == "filling_level"] == [
        (1_774_749_600_000, 0.5),
        (1_774_746_000_000, 0.4),
    ]


def test_rule_06_one_senml_pack_is_rows_at_their_own_times():
    pack = [
        {"bn": "bin/", "bt": 1_774_746_000, "n": "filling_level", "v": 0.4},
        {"n": "filling_level", "t": -900, "v": 0.3},
    ]
    decoded = decode([message("senml/x", pack)], BIN)
    assert set(times(decoded)) == {1_774_746_000_000, 1_774_745_100_000}


def test_rule_06_a_relative_time_is_before_the_receipt_whenever_it_is_decoded():
    (uplink,) = opened("senml/m", [{"n": "active_power", "t": -5, "v": 1}])
    assert [time for time, _ in readings_of(uplink, METER, RECEIVED)] == [RECEIVED - 5000]
    assert [time for time, _ in readings_of(uplink, METER, RECEIVED + 60_000)] == [RECEIVED + 55_000]


@pytest.mark.parametrize(
    ("topic", "told", "expected"),
    [
        ("/json/k/d/attrs", {"TimeInstant": "2026-03-29T01:00:00.123456789Z"}, 1_774_746_000_123),
        ("wmbusmeters/m", {"id": "1", "timestamp": "2026-03-29T01:00:00.000001+00:00"}, 1_774_746_000_000),
        ("vzlogger/data/chn0/raw", {"timestamp": 1_636_369_980_000, "value": 1}, 1_636_369_980_000),
        ("tele/m/SENSOR", {"Time": 1_661_517_385}, 1_661_517_385_000),
        ("p07/events/rpc", {"method": "NotifyStatus", "params": {"ts": 1661517385.44, "em:0": {}}}, 1_661_517_385_440),
        ("tele/m/SENSOR", {"Time": "2021-07-13T09:20:26"}, 1_626_160_826_000),
        ("tele/m/SENSOR", {"Time": "2021-01-13T09:20:26"}, 1_610_526_026_000),
        ("tele/m/SENSOR", {"Time": "1970-01-01T00:33:28"}, None),
        ("p07/events/rpc", {"method": "NotifyStatus", "params": {"ts": 1.61, "em:0": {}}}, None),
        ("wmbusmeters/m", {"id": "1", "timestamp": "1111-11-11T11:11:11Z"}, None),
        ("/ul/k/d/attrs", b"2016-06-13T00:35:30Z|t|1", 1_465_778_130_000),
        ("tele/m/SENSOR", {"Time": "2026-10-25T02:30:00"}, None),
    ],
)
def test_rule_07_every_shape_of_time_is_read(topic: str, told: Any, expected: int | None):
    assert the_time(topic, told) == expected


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("/json/k/d/attrs", b'{"TimeInstant":"2020-0327T12:39:05.547336Z"}'),
        ("tele/m/SENSOR", b'{"Time":"2020-0327T12:39:05.547336Z"}'),
        ("zigbee2mqtt/m", b'{"last_seen":"2020-0327T12:39:05.547336Z"}'),
    ],
)
def test_rule_07_a_malformed_time_is_refused(topic: str, told: bytes):
    assert reason(topic, told) == "bad_time"


def test_rule_07_a_clock_that_was_never_set_gives_the_time_of_receipt_and_says_so():
    told = {"method": "NotifyStatus", "src": "m", "params": {"ts": 1.61, "em:0": {"active_power": 1}}}
    (uplink,) = opened("m07/events/rpc", told)
    uplink.fields, uplink.flat = {"active_power": 1.5}, True
    assert readings_of(uplink, METER, RECEIVED) == [(None, {"active_power": 1.5})]
    decoded = decode([message("/ul/k/m/attrs", b"1970-01-01T00:33:28Z|active_power|1.5")], by_id(METER))
    assert (times(decoded), flags(decoded)) == ([RECEIVED], {"active_power": Quality.UNKNOWN})


def test_rule_08_numbers_may_come_as_texts():
    decoded = decode([message("/ul/k/m/attrs", b"active_power|1.5|total_active_energy_import|7970.903")], by_id(METER))
    assert results(decoded) == {"active_power": 1.5, "total_active_energy_import": 7970.903}


def test_rule_08_numbers_and_texts_stand_side_by_side_unchanged():
    (uplink,) = opened("compteur/tele/SENSOR", {"ENERGY": {"Power": 860}, "TIC": {"PAPP": "00860"}})
    assert uplink.fields == {"ENERGY.Power": 860, "TIC.PAPP": "00860"}


def test_rule_09_a_bare_scalar_is_a_value_where_the_topic_names_it():
    assert opened("/json/k/d/attrs/h", b"70")[0].fields == {"h": 70}
    assert opened("/ul/k/d/attrs/h", b"70")[0].fields == {"h": "70"}


@pytest.mark.parametrize(
    "topic", ["tele/d/SENSOR", "zigbee2mqtt/d", "wmbusmeters/d", "vzlogger/data/chn0/raw", "d/events/rpc"]
)
@pytest.mark.parametrize(
    ("payload", "why"), [(b"70", "not_an_object"), (b"[1]", "not_an_object"), (b"online", "not_json")]
)
def test_rule_09_what_is_no_object_is_refused_elsewhere(topic: str, payload: bytes, why: str):
    assert reason(topic, payload) == why


def test_rule_09_a_list_is_several_measurements_where_the_format_says_so():
    assert len(opened("/json/k/d/attrs", [{"h": 1}, {"h": 2}])) == 2
    assert len(opened("senml/d", [{"n": "a", "t": 5, "v": 1}, {"n": "a", "t": 6, "v": 2}])) == 2


def test_rule_09_invalid_json_is_refused_and_says_how_to_look():
    sml = b'{"Time":"2023-01-27T17:20:45","MT631":{"Total_in":0001.000}}'
    decoded = decode([message("tele/tasmota_sml2mqtt/SENSOR", sml)], BIN)
    assert reasons(decoded) == ["not_json"]
    assert "json.tool" in decoded.rejected[0][1].detail


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/plug/LWT", b"Online"),
        ("plug/tele/LWT", b"Offline"),
        ("shellies/plus1pm/online", b"true"),
        ("shellies/plus1pm/online", b"false"),
        ("shellies/plus1pm/status/mqtt", b'{"connected":true}'),
        ("zigbee2mqtt/bridge/state", b"online"),
        ("zigbee2mqtt/bridge/state", b'{"state":"online"}'),
        ("zigbee2mqtt/my_plug/availability", b"offline"),
        ("vzlogger/data/chn0/uuid", b"a8da012a-9eb4-49ed-b7f3-38c95142a90c"),
        ("zigbee2mqtt/my_plug", b""),
        ("senml/d", b""),
    ],
)
def test_rule_10_state_and_last_wills_carry_nothing_and_are_not_refused(topic: str, payload: bytes):
    decoded = decode([message(topic, payload)], {})
    assert (len(decoded.batch), decoded.rejected, decoded.empty.tolist()) == (0, (), [0])


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("tele/plug/STATE", {"POWER": "ON", "Wifi": {"SSId": "SECRET", "Signal": -69}}),
        ("p11/events/rpc", {"method": "NotifyFullStatus", "params": {"em:0": {}, "wifi": {"ssid": "SECRET"}}}),
        ("p11/events/rpc", {"method": "NotifyStatus", "auth": "SECRET", "params": {"em:0": {}, "sys": "SECRET"}}),
        ("wmbusmeters/m", {"id": "1", "telegram": "SECRET", "device": "SECRET"}),
        ("vzlogger/data/chn0/raw", {"value": 1, "secret": "SECRET"}),
        ("zigbee2mqtt/p", {"power": 1, "device": {"networkKey": "SECRET"}}),
        ("v1.1/Datastreams(1)/Observations", {"result": 1, "parameters": {"key": "SECRET"}}),
        ("senml/d", [{"n": "a", "v": 1, "key": "SECRET"}]),
        ("/json/SECRET/d/attrs", {"h": 1}),
        ("/ul/SECRET/d/attrs", b"h|1"),
    ],
)
def test_rule_11_what_is_no_measurement_is_dropped(topic: str, told: Any):
    (uplink,) = opened(topic, told)
    assert "SECRET" not in repr(uplink)
