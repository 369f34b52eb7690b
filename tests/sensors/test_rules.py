"""The rules that real messages force on an ingester (formats survey 1.2), for LoRaWAN networks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sensors.decode import decode
from sensors.envelope import UnreadableError, Uplink
from sensors.quality import Quality
from sensors.topics import envelope_of
from tests.sensors.cities import by_id, device, flags, message, reasons, results, times

EUI = "24e124713c401925"
TTS = "v3/app@tenant/devices/dev1/up"
CHIRPSTACK = f"application/a/device/{EUI}/event/up"
CHIRPSTACK_V3 = f"application/1/device/{EUI}/rx"
LORIOT = "loriot/city"
THINGPARK = f"mqtt/things/{EUI.upper()}/uplink"
EVERY = (TTS, CHIRPSTACK, CHIRPSTACK_V3, LORIOT, THINGPARK)

BIN = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
BYTES = bytes.fromhex("01754503825202040000")
FIELDS = {"distance": 594, "position": "normal", "battery": 69}
TIME = "2026-03-29T01:00:00Z"
MILLISECONDS = 1_774_746_000_000


def wrapped(topic: str, **said: Any) -> dict[str, Any]:
    """Give the message in which the network of a topic would send an uplink with these parts."""
    ids = {"device_id": "dev1", "dev_eui": EUI.upper()}
    return {
        TTS: {"end_device_ids": ids, "uplink_message": said},
        CHIRPSTACK: {"deviceInfo": {"devEui": EUI}, **said},
        CHIRPSTACK_V3: {"devEUI": EUI, **said},
        LORIOT: {"cmd": "rx", "EUI": EUI.upper(), **said},
        THINGPARK: {"DevEUI_uplink": {"DevEUI": EUI.upper(), **said}},
    }[topic]


def opened(topic: str, told: Any) -> tuple[Uplink, ...]:
    payload = told if isinstance(told, bytes) else json.dumps(told).encode()
    return tuple(envelope_of(topic).open(payload, topic))


def only(topic: str, **said: Any) -> Uplink:
    (uplink,) = opened(topic, wrapped(topic, **said))
    return uplink


def refusal(topic: str, told: Any) -> tuple[str, str]:
    with pytest.raises(UnreadableError) as caught:
        opened(topic, told)
    return caught.value.reason, str(caught.value)


def test_rule_01_tts_omits_what_is_empty_zero_or_false():
    uplink = only(TTS, decoded_payload={"distance": 594})
    assert (uplink.frame_counter, uplink.port, uplink.base64, uplink.battery) == (0, 0, "", None)
    assert only(TTS, rx_metadata=[{"rssi": -80}, {"rssi": -100, "snr": -3}]).snr == 0
    assert only(TTS, rx_metadata=[{"gateway_ids": {}}, {"rssi": -100, "snr": -3}]).rssi == -100


def test_rule_01_tts_writes_nanoseconds_and_numbers_as_text():
    settings = {"frequency": "868300000"}
    assert only(TTS, received_at="2026-03-29T01:00:00.123456789Z", settings=settings).time == MILLISECONDS + 123
    assert only(TTS, f_cnt="7", f_port="85").frame_counter == 7


def test_rule_01_a_frame_without_data_is_no_observation_and_no_error():
    decoded = decode([message(TTS, wrapped(TTS, f_cnt=5)), message(CHIRPSTACK, wrapped(CHIRPSTACK, fCnt=5))], BIN)
    assert (len(decoded.batch), decoded.rejected, decoded.empty.tolist()) == (0, (), [0, 1])


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (TTS, {"frm_payload": "AXVFA4JSAgQAAA==", "decoded_payload_warnings": ["it's cold"]}),
        (TTS, {"frm_payload": "AXVFA4JSAgQAAA==", "decoded_payload": {}}),
        (TTS, {"frm_payload": "AXVFA4JSAgQAAA==", "decoded_payload": None}),
        (CHIRPSTACK, {"data": "AXVFA4JSAgQAAA=="}),
        (CHIRPSTACK_V3, {"data": "AXVFA4JSAgQAAA==", "objectJSON": ""}),
        (CHIRPSTACK_V3, {"data": "AXVFA4JSAgQAAA==", "objectJSON": '{"distance":'}),
        (LORIOT, {"data": "01754503825202040000"}),
        (THINGPARK, {"payload_hex": "01754503825202040000", "payload": None}),
    ],
)
def test_rule_02_without_a_codec_the_bytes_of_a_known_device_are_decoded_here(topic: str, said: dict[str, Any]):
    uplink = only(topic, **said)
    assert (uplink.fields, uplink.payload) == (None, BYTES)
    assert results(decode([message(topic, wrapped(topic, **said))], BIN))["distance"] == 594


def test_rule_02_bytes_that_nobody_can_decode_are_kept_with_their_reason():
    sent = message(TTS, wrapped(TTS, frm_payload="AXVF"))
    decoded = decode([sent], by_id(device(EUI, "plain", "waste_container")))
    assert reasons(decoded) == ["no_decoder"]
    assert decoded.rejected[0][1].message == sent


def test_rule_03_normalized_fields_count_only_where_the_device_says_nothing_itself():
    air = [{"air": {"temperature": 21.5, "location": "outdoor"}, "battery": 3.6, "cloud": {"cover": 5}}]
    assert only(TTS, decoded_payload=FIELDS, normalized_payload=air).fields == FIELDS
    assert only(TTS, normalized_payload=air).fields == {"temperature": 21.5, "battery_voltage": 3.6}
    assert only(TTS, decoded_payload={}, normalized_payload=air).fields == {"temperature": 21.5, "battery_voltage": 3.6}


def test_rule_03_each_normalized_time_is_an_uplink_of_its_own():
    told = [
        {"time": "2026-03-29T00:45:00Z", "soil": {"temperature": 9}},
        {"soil": {"temperature": 8, "depth": 10}},
        {"soil": {"temperature": 7, "moisture": 30}},
    ]
    uplinks = opened(TTS, wrapped(TTS, normalized_payload=told, received_at=TIME, frm_payload="AQ=="))
    assert [(each.time, each.fields, each.base64) for each in uplinks] == [
        (MILLISECONDS - 900_000, {"soil_temperature": 9}, "AQ=="),
        (MILLISECONDS, {"soil_temperature": 8, "soil_depth": 10, "soil_moisture": 30}, ""),
    ]


@pytest.mark.parametrize("nothing", [None, [], {}, "cold", 5, [5, None], [{"air": 5}], [{"unknown": {"path": 1}}]])
def test_rule_03_a_normalized_payload_that_tells_nothing_costs_nothing(nothing: Any):
    uplink = only(TTS, normalized_payload=nothing, frm_payload="AXVFA4JSAgQAAA==")
    assert (uplink.fields, uplink.payload) == (None, BYTES)


def test_rule_03_a_normalized_payload_longer_than_any_devices_is_refused():
    reason, sentence = refusal(TTS, wrapped(TTS, normalized_payload=[{"battery": 3}] * 300))
    assert (reason, sentence.endswith(".")) == ("too_large", True)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (TTS, {"rx_metadata": [{"rssi": -120, "snr": -3}, {"rssi": -80, "snr": -9.5, "time": TIME}]}),
        (CHIRPSTACK, {"rxInfo": [{"rssi": -120, "snr": -3}, {"rssi": -80, "snr": -9.5, "time": TIME}]}),
        (CHIRPSTACK, {"rxInfo": [{"rssi": -80, "snr": -3, "timeSinceGpsEpoch": "1439124408.309s"}], "time": TIME}),
        (CHIRPSTACK_V3, {"rxInfo": [{"rssi": -120, "loRaSNR": -3}, {"rssi": -80, "loRaSNR": -9.5, "time": TIME}]}),
        (LORIOT, {"cmd": "gw", "gws": [{"rssi": -120, "snr": -3}, {"rssi": -80, "snr": -9.5}], "ts": MILLISECONDS}),
        (
            THINGPARK,
            {"Lrrs": {"Lrr": [{"LrrRSSI": -120, "LrrSNR": -3}, {"LrrRSSI": "-80", "LrrSNR": "-9.5"}]}, "Time": TIME},
        ),
    ],
)
def test_rule_04_the_best_gateway_counts_and_never_one_row_per_gateway(topic: str, said: dict[str, Any]):
    uplink = only(topic, **said)
    assert (uplink.rssi, uplink.snr, uplink.time) == (-80, -3, MILLISECONDS)


def test_rule_05_every_network_has_its_own_mark_of_a_message():
    assert only(CHIRPSTACK, deduplicationId="a98ecdf0").key == "a98ecdf0"
    assert only(TTS, session_key_id="AXA50w==", f_cnt=1).key == f"{EUI.upper()}/AXA50w==/1"
    assert only(THINGPARK, FCntUp=1, Time=TIME).key == ""


def test_rule_05_tts_counts_frames_anew_in_every_session():
    assert only(TTS, session_key_id="a", f_cnt=1).key != only(TTS, session_key_id="b", f_cnt=1).key


def test_rule_05_loriot_reports_one_frame_twice_under_one_key_and_one_time():
    said = {"fcnt": 3, "port": 2, "ts": MILLISECONDS, "data": "0112"}
    first = only(LORIOT, rssi=-38, snr=8.5, **said)
    again = only(LORIOT, **{"cmd": "gw", "gws": [{"rssi": -38, "time": "2026-03-29T00:59:59.9Z"}], **said})
    assert (first.key, first.time) == (again.key, again.time) == (f"{EUI.upper()}/3/2", MILLISECONDS)


def test_rule_06_what_a_device_remembers_is_rows_at_their_own_times():
    meter = by_id(device(EUI, "milesight_em300_di", "energy_meter"))
    decoded = decode(
        [message(TTS, wrapped(TTS, frm_payload="IM6edEZjEAFdAgAAAQAA", f_port=85, received_at=TIME))], meter
    )
    assert set(times(decoded)) == {1_665_561_758_000}
    assert decoded.batch.result_time.astype("int64").min() > MILLISECONDS


def test_rule_06_a_frame_that_a_base_station_kept_back_counts_at_its_own_time():
    late = message(THINGPARK, wrapped(THINGPARK, Time="2026-03-29T02:00:00+01:00", Late="1", payload=FIELDS))
    assert set(times(decode([late], BIN))) == {MILLISECONDS}


def test_rule_06_the_last_status_counts_at_its_own_time_however_often_it_is_told():
    status = {"f_cnt": 14, "value": 90.1, "received_at": TIME}
    sent = [
        message(TTS, wrapped(TTS, f_cnt=count, received_at="2026-03-30T01:00:00Z", last_battery_percentage=status))
        for count in (20, 21)
    ]
    decoded = decode(sent, by_id(device(EUI, "plain", "waste_container")))
    assert decoded.batch.result.tolist() == [90.1, 90.1]
    assert set(times(decoded)) == {MILLISECONDS}
    assert set(decoded.batch.revision.tolist()) == {14}


@pytest.mark.parametrize(
    ("topic", "said", "expected"),
    [
        (TTS, {"received_at": "2026-03-29T01:00:00.123456789Z"}, MILLISECONDS + 123),
        (CHIRPSTACK, {"time": "2026-03-29T01:00:00.123456+00:00"}, MILLISECONDS + 123),
        (CHIRPSTACK, {"time": "2026-03-29T01:00:00.123+00:00"}, MILLISECONDS + 123),
        (CHIRPSTACK_V3, {"rxInfo": [{"time": None}], "publishedAt": TIME}, MILLISECONDS),
        (LORIOT, {"ts": MILLISECONDS}, MILLISECONDS),
        (LORIOT, {"ts": 1_774_746_000}, MILLISECONDS),
        (LORIOT, {"ts": 1_774_746_000.5}, MILLISECONDS + 500),
        (THINGPARK, {"Time": "2026-03-29T03:00:00.000+02:00"}, MILLISECONDS),
        (CHIRPSTACK_V3, {"time": "2020-0327T12:39:05.547336Z", "publishedAt": TIME}, MILLISECONDS),
        (CHIRPSTACK, {}, None),
    ],
)
def test_rule_07_every_shape_of_time_is_read(topic: str, said: dict[str, Any], expected: int | None):
    assert only(topic, **said).time == expected


@pytest.mark.parametrize("time", ["2020-0327T12:39:05.547336Z", "2026-03-29T01:00:00", "soon", True, [1], 1e300])
@pytest.mark.parametrize(
    ("topic", "name"),
    [(TTS, "received_at"), (CHIRPSTACK, "time"), (CHIRPSTACK_V3, "time"), (LORIOT, "ts"), (THINGPARK, "Time")],
)
def test_rule_07_a_time_that_is_none_is_refused_where_no_other_is_told(topic: str, name: str, time: Any):
    reason, sentence = refusal(topic, wrapped(topic, **{name: time}))
    assert (reason, sentence.endswith(".")) == ("bad_time", True)


def test_rule_08_numbers_and_texts_stand_side_by_side_unchanged():
    told = {"temp_SOIL": "13.25", "temp_SOIL_f": 13.25, "temp_DS18B20": "0.00", "Mod": 0.0}
    assert only(CHIRPSTACK, object=told).fields == told


def test_rule_08_a_number_as_text_is_a_number():
    written = message(CHIRPSTACK, wrapped(CHIRPSTACK, object={"distance": "594", "battery": 69.0}, time=TIME))
    decoded = decode([written], BIN)
    assert results(decoded)["distance"] == 594
    assert flags(decoded)["distance"] == Quality.GOOD
    assert only(THINGPARK, FPort="5", FCntUp="272806").frame_counter == 272_806


@pytest.mark.parametrize("topic", EVERY)
@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"70", "not_an_object"),
        (b'"online"', "not_an_object"),
        (b"[1]", "not_an_object"),
        (b"online", "not_json"),
        (b"", "not_json"),
        (b'{"Total_in":0001.000}', "not_json"),
        (b"\xff\xfe{}", "not_utf8"),
        (b"{}", "unreadable"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "unreadable"),
    ],
)
def test_rule_09_what_is_no_uplink_is_refused_with_a_sentence(topic: str, payload: bytes, why: str):
    reason, sentence = refusal(topic, payload)
    assert (reason, sentence.endswith((".", "`."))) == (why, True)


@pytest.mark.parametrize(
    "topic",
    [
        *(
            f"v3/app@tenant/devices/dev1/{kind}"
            for kind in ("join", "service/data", "location/solved", "up/normalized")
        ),
        *(f"v3/app/devices/dev1/down/{kind}" for kind in ("queued", "sent", "ack", "nack", "failed")),
        *(f"application/a/device/{EUI}/event/{kind}" for kind in ("join", "ack", "txack", "log", "location")),
        f"application/a/device/{EUI}/event/integration",
    ],
)
@pytest.mark.parametrize("payload", [b"{}", b'{"end_device_ids":{"device_id":"dev1"}}', b"online", b""])
def test_rule_10_what_a_network_tells_beside_uplinks_is_no_measurement_and_no_error(topic: str, payload: bytes):
    decoded = decode([message(topic, payload)], {})
    assert (len(decoded.batch), decoded.rejected, decoded.empty.tolist()) == (0, (), [0])


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        (LORIOT, {"cmd": "txd", "EUI": EUI, "seqdn": 4}),
        (LORIOT, {"cmd": "cq", "cache": []}),
        (THINGPARK, {"DevEUI_downlink_Sent": {"DevEUI": EUI}}),
        (THINGPARK, {"DevEUI_notification": {"DevEUI": EUI, "Type": "join"}}),
    ],
)
def test_rule_10_so_do_networks_with_one_topic_for_all(topic: str, told: dict[str, Any]):
    assert opened(topic, told) == ()


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (TTS, {"app_s_key": "SECRET", "rx_metadata": [{"uplink_token": "SECRET"}], "attributes": {"key": "SECRET"}}),
        (CHIRPSTACK, {"session": {"appSKey": "SECRET"}, "rxInfo": [{"context": "SECRET"}], "tags": {"key": "SECRET"}}),
        (CHIRPSTACK_V3, {"appSKey": "SECRET", "rxInfo": [{"context": "SECRET"}]}),
        (LORIOT, {"appskey": "SECRET", "nwkskey": "SECRET", "gws": [{"token": "SECRET"}]}),
        (THINGPARK, {"AppSKey": "SECRET", "CustomerData": {"alr": "SECRET"}, "Lrrs": {"Lrr": [{"key": "SECRET"}]}}),
        (TTS, {"normalized_payload": [{"battery": 3, "key": "SECRET"}], "last_battery_percentage": {"key": "SECRET"}}),
    ],
)
def test_rule_11_keys_in_an_envelope_are_dropped(topic: str, said: dict[str, Any]):
    assert "SECRET" not in repr(opened(topic, wrapped(topic, **said)))
