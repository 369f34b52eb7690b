"""Envelopes of meters, plugs and other networks without LoRaWAN: what their own examples do not show."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decode import decode
from sensors.envelope import UnreadableError, Uplink
from sensors.envelopes import envelopes
from sensors.topics import envelope_of, matches
from tests.sensors.cities import RECEIVED, by_id, device, message, times

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS = (
    "tasmota",
    "shelly",
    "wmbusmeters",
    "vzlogger",
    "zigbee2mqtt",
    "sensorthings",
    "senml",
    "fiware",
    "ultralight",
    "sparkplug",
    "homie",
)
TOPICS = sorted({example.topic for name in OURS for example in envelopes()[name].examples})


def sent(topic: str, told: Any) -> Sequence[Uplink]:
    """Open what a device sent, by the envelope that listens on its topic."""
    payload = told if isinstance(told, bytes) else json.dumps(told).encode()
    return envelope_of(topic).open(payload, topic)


def only(topic: str, told: Any) -> Uplink:
    (uplink,) = sent(topic, told)
    return uplink


def refusal(topic: str, told: Any) -> str:
    with pytest.raises(UnreadableError) as caught:
        sent(topic, told)
    assert str(caught.value).endswith((".", "`."))
    return caught.value.reason


def meet(one: str, other: str) -> bool:
    """Tell whether some topic is covered by two filters."""
    left, right = one.split("/"), other.split("/")
    for ours, theirs in zip(left, right, strict=False):
        if "#" in (ours, theirs):
            return True
        if "+" not in (ours, theirs) and ours != theirs:
            return False
    longer = left if len(left) > len(right) else right
    return len(left) == len(right) or longer[min(len(left), len(right))] == "#"


def test_no_two_envelopes_have_the_same_claim_to_a_topic():
    claims = [(each.name, topic) for each in envelopes().values() for topic in each.topics]
    for name, topic in claims:
        for other, another in claims:
            if name < other and meet(topic, another):
                assert [level in "+#" for level in topic.split("/")] != [level in "+#" for level in another.split("/")]


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("tele/plug/SENSOR", "tasmota"),
        ("tele/haus/plug/SENSOR", "tasmota"),
        ("compteur/tele/SENSOR", "tasmota"),
        ("shelly/ug/heizraum/trockner/events/rpc", "shelly"),
        ("shellyemg3/status/em1:0", "shelly"),
        ("zigbee2mqtt/keller/status/plug", "zigbee2mqtt"),
        ("zigbee2mqtt/online", "zigbee2mqtt"),
        ("city/status/bin", "plain"),
        ("city/tele/SENSOR", "plain"),
        ("v1.1/Datastreams(7)/Observations", "sensorthings"),
        ("/json/key/dev/attrs", "fiware"),
        ("/ul/key/dev/attrs/t", "ultralight"),
        ("wmbusmeters/a/b", "wmbusmeters"),
        ("spBv1.0/g/NDATA/e", "sparkplug"),
        ("homie/status/d", "homie"),
        ("v3/app@ttn/devices/dev1/up", "tts"),
    ],
)
def test_the_filter_that_names_a_topic_most_closely_wins(topic: str, name: str):
    assert envelope_of(topic).name == name


# Tasmota


def test_tasmota_takes_seconds_since_1970_where_they_are_sent():
    assert only("tele/p/SENSOR", {"Time": "2019-09-04T14:31:29", "Epoch": 1_567_600_289}).time == 1_567_600_289_000
    assert only("tele/p/SENSOR", {"Time": 1_567_600_289}).time == 1_567_600_289_000
    assert only("tele/p/SENSOR", {"A": 1}).time is None


@pytest.mark.parametrize("time", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_tasmota_in_the_hour_of_the_clock_change_is_of_its_receipt(time: str):
    sound = message("tele/m/SENSOR", {"Time": time, "Distance": 1})
    assert only("tele/m/SENSOR", sound.payload).time is None


def test_tasmota_phases_are_numbered_from_one():
    fields = only("tele/p/SENSOR", {"ENERGY": {"Power": [1, 2, 3], "Voltage": None}}).fields
    assert fields == {"ENERGY.Power.1": 1, "ENERGY.Power.2": 2, "ENERGY.Power.3": 3}


def test_tasmota_keeps_nothing_of_the_citys_networks():
    uplink = only("tele/p/STATE", {"POWER": "ON", "Wifi": {"SSId": "ratsnetz", "BSSId": "82:2A", "Signal": -69}})
    assert uplink.rssi == -69
    assert "ratsnetz" not in repr(uplink)


# Zigbee2MQTT


def test_zigbee2mqtt_names_may_have_levels():
    told = {"power": 5, "last_seen": "2026-07-01T12:00:00+02:00", "update": {"state": "idle"}}
    uplink = only("zigbee2mqtt/rathaus/keller/plug", told)
    assert (uplink.device, uplink.time) == ("rathaus/keller/plug", 1_782_900_000_000)
    assert uplink.fields == {"power": 5, "update.state": "idle"}


def test_zigbee2mqtt_without_a_friendly_name_is_known_by_its_eui():
    assert only("zigbee2mqtt/0x00158D0001ABCDEF", {"power": 5}).device == "00158d0001abcdef"
    assert only("zigbee2mqtt/plug", {"device": {"ieeeAddr": "0x00158d0001abcdef"}}).alias == "00158d0001abcdef"


@pytest.mark.parametrize(
    "topic",
    [
        "zigbee2mqtt/bridge/devices",
        "zigbee2mqtt/rathaus/plug/availability",
        "zigbee2mqtt/plug/set",
        "zigbee2mqtt/plug/set/state",
        "zigbee2mqtt/plug/get",
    ],
)
def test_zigbee2mqtt_says_nothing_on_its_other_topics(topic: str):
    assert sent(topic, b"online") == ()
    assert sent("zigbee2mqtt/removed", b"") == ()


# SensorThings


def test_sensorthings_ids_may_be_quoted_and_results_many():
    uplink = only("v1.1/MultiDatastreams('abc')/Observations", {"result": [1, 2]})
    assert (uplink.device, uplink.fields) == ("abc", {"result.1": 1, "result.2": 2})


def test_sensorthings_without_phenomenon_time_takes_the_time_of_the_result():
    told = {"result": 1, "phenomenonTime": None, "resultTime": "2026-03-29T01:00:00Z"}
    assert only("v1.1/Datastreams(1)/Observations", told).time == 1_774_746_000_000
    assert sent("v1.1/Datastreams(1)/Observations", {"result": None}) == ()


@pytest.mark.parametrize(
    "topic", ["v1.1/Things(1)/Observations", "v1.1/Observations", "v1.1/Datastreams()/Observations"]
)
def test_sensorthings_that_name_no_datastream_are_refused(topic: str):
    assert refusal(topic, {"result": 1}) == "unknown_topic"


# SenML


def test_senml_base_values_are_added_until_they_change():
    pack = [{"bn": "m/", "bt": 1_774_746_000, "bv": 100, "n": "a", "v": 1}, {"n": "b"}, {"bv": 0, "n": "c", "v": 3}]
    assert only("senml/x", pack).fields == {"a": 101.0, "b": 100.0, "c": 3.0}


def test_senml_relative_times_count_from_the_receipt():
    pack = [{"n": "distance", "t": -60, "v": 594}, {"n": "distance", "t": -30, "v": 595}, {"n": "distance", "v": 596}]
    assert [(each.ago, each.time) for each in sent("senml/bin", pack)] == [(60_000, None), (30_000, None), (None, None)]
    catalogue = by_id(device("bin", "milesight_em310_udl", "waste_container"))
    decoded = decode([message("senml/bin", pack)], catalogue)
    assert sorted(set(times(decoded))) == [RECEIVED - 60_000, RECEIVED - 30_000, RECEIVED]


@pytest.mark.parametrize(
    ("record", "address"),
    [
        ({"bn": "urn:dev:mac:0024befffe804ff1_", "n": "temp"}, ("urn:dev:mac:0024befffe804ff1", "temp")),
        ({"n": "urn:dev:mac:0024befffe804ff1_temp"}, ("urn:dev:mac:0024befffe804ff1", "temp")),
        ({"n": "urn:dev:ow:10e2073a01080063:temp"}, ("urn:dev:ow:10e2073a01080063", "temp")),
        ({"n": "house/meter-1/power"}, ("house/meter-1", "power")),
        ({"n": "power"}, ("topic-7", "power")),
        ({"bn": "meter"}, ("topic-7", "meter")),
        ({"bn": "24-E1-24-71-3C-40-19-25", "n": "/d"}, ("24e124713c401925", "d")),
        ({}, ("topic-7", "value")),
    ],
)
def test_senml_names_are_taken_apart(record: dict[str, Any], address: tuple[str, str]):
    uplink = only("senml/a/topic-7", [record | {"v": 1}])
    assert (uplink.device, *(uplink.fields or {})) == address


def test_senml_a_pack_of_several_devices_is_several_uplinks():
    pack = [{"n": "a/x", "v": 1}, {"n": "b/x", "vb": True}, {"n": "a/y", "vs": "on", "s": 4}]
    assert [(each.device, each.fields) for each in sent("senml/t", pack)] == [
        ("a", {"x": 1, "y": "on", "y.sum": 4.0}),
        ("b", {"x": True}),
    ]


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ([{"n": "a", "v": 1, "must_": 1}], "unsupported"),
        ([{"n": "a", "v": 1, "bver": 11}], "unsupported"),
        ([{"n": "a", "v": 1, "bver": "x"}], "unsupported"),
        ([{"n": "a", "v": 1, "bt": "x"}], "unreadable"),
        ([{"n": 7, "v": 1}], "unreadable"),
        ([{"n": "a", "v": 1, "bt": 1e300}], "bad_time"),
        ([{"n": "a", "v": True, "bv": 1}], "unreadable"),
        ([{"n": "a", "v": 10**400, "bv": 1}], "unreadable"),
        ([7], "unreadable"),
    ],
)
def test_senml_that_cannot_be_understood_is_refused(pack: Any, reason: str):
    assert refusal("senml/t", pack) == reason


# FIWARE


def test_fiware_groups_have_their_own_times():
    told = [{"h": "45%", "TimeInstant": "2026-03-29T01:00:00Z"}, {"h": 47, "TimeInstant": {"value": "1774746900"}}]
    assert [(each.time, each.fields) for each in sent("/json/k/d/attrs", told)] == [
        (1_774_746_000_000, {"h": "45%"}),
        (1_774_746_900_000, {"h": 47}),
    ]


@pytest.mark.parametrize(
    ("payload", "value"), [(b"on line", "on line"), (b'"a"', "a"), (b"[1]", [1]), (b"false", False)]
)
def test_fiware_one_attribute_may_be_anything(payload: bytes, value: Any):
    assert only("/json/k/d/attrs/h", payload).fields == {"h": value}


def test_fiware_keeps_no_api_key():
    assert "geheim" not in repr(only("/json/geheim/d/attrs", {"h": 1}))


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("/json/k/d/attrs", b"70", "unreadable"),
        ("/json/k/d/attrs", b'{"actionType":"append","entities":[]}', "unsupported"),
        ("/json/k/d/attrs", b'[{"TimeInstant":"soon"}]', "bad_time"),
        ("/json/k/d/attrs/h", b"", "not_json"),
        ("/json/k/d/attrs/h", b"\xff", "not_utf8"),
        ("/ul/k/d/attrs", b"\xff", "not_utf8"),
        ("/ul/k/d/attrs", b"lonely", "unreadable"),
        ("/ul/k/d/attrs", b"2026-0329T01|a|1", "bad_time"),
        ("wmbusmeters/x", b'{"_":"telegram"}', "unreadable"),
        ("vzlogger/data/chn0/raw", b'{"timestamp":1}', "unreadable"),
        ("homie/5/x", b"1", "unsupported"),
        ("spBv1.0/a/NBIRTH/b", b"\x08", "unsupported"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(topic: str, payload: bytes, reason: str):
    assert refusal(topic, payload) == reason


def test_wmbusmeters_alarms_carry_nothing():
    assert sent("wmbusmeters/alarm", {"_": "alarm", "type": "inactivity"}) == ()


# What nobody should send

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("senml/t", b"[" + b'{"v":1},' * (MILLION - 1) + b'{"v":1}]'),
        ("/json/k/d/attrs", b"[" + b'{"h":1},' * (MILLION - 1) + b'{"h":1}]'),
        ("/json/k/d/attrs/h", b"[" + b'{"value":1},' * (MILLION - 1) + b'{"value":1}]'),
        ("/ul/k/d/attrs", b"a|1#" * MILLION),
        ("/ul/k/d/attrs", b"a|1|" * MILLION + b"b|1"),
        ("tele/p/SENSOR", b'{"a":[' + b"1," * MILLION + b"1]}"),
        ("p/events/rpc", b'{"method":"NotifyStatus","params":{"em:0":{"a":[' + b"1," * MILLION + b"1]}}}"),
        ("zigbee2mqtt/p", b'{"a":[' + b"1," * MILLION + b"1]}"),
        ("v1.1/Datastreams(1)/Observations", b'{"result":[' + b"1," * MILLION + b"1]}"),
    ],
)
@pytest.mark.timeout(20)
def test_a_million_entries_are_refused(topic: str, payload: bytes):
    assert refusal(topic, payload) == "too_large"


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/p/SENSOR", b'{"a":%s}'),
        ("p/events/rpc", b'{"method":"NotifyStatus","params":{"em:0":%s}}'),
        ("p/status/em:0", b'{"a":%s}'),
        ("zigbee2mqtt/p", b'{"a":%s}'),
        ("wmbusmeters/p", b'{"id":"1","a":%s}'),
        ("v1.1/Datastreams(1)/Observations", b'{"result":%s}'),
    ],
)
@pytest.mark.parametrize("depth", [20, 500, 100_000])
def test_deep_nesting_is_refused(topic: str, payload: bytes, depth: int):
    assert refusal(topic, payload % (b'{"a":' * depth + b"1" + b"}" * depth)) == "unreadable"


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-03-29T01:00:00Z")
names = st.sampled_from(
    ["n", "bn", "v", "t", "bt", "bv", "s", "params", "method", "src", "em:0", "ts", "result", "Time", "id", "value"]
) | st.text(max_size=4)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6), max_leaves=20
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(TOPICS), values | st.just("NotifyStatus"))
def test_whatever_is_sent_becomes_uplinks_or_a_sentence(topic: str, told: Any):
    payload = json.dumps(told).encode()
    for uplink in opened_or_refused(topic, payload):
        assert isinstance(uplink.device, str)
        assert isinstance(uplink.fields, dict)
        assert uplink.time is None or isinstance(uplink.time, int)
        assert uplink.rssi is None or isinstance(uplink.rssi, float)


def opened_or_refused(topic: str, payload: bytes) -> Sequence[Uplink]:
    """Open a message; an UnreadableError with a sentence is an answer too, any other exception is not."""
    with suppress(UnreadableError):
        return sent(topic, payload)
    refusal(topic, payload)
    return ()


def test_every_topic_of_an_example_is_listened_to_by_its_own_envelope():
    for name in OURS:
        for example in envelopes()[name].examples:
            assert any(matches(each, example.topic) for each in envelopes()[name].topics)
            assert envelope_of(example.topic).name == name
