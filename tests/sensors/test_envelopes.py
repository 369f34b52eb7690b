"""Network envelopes: every example opens as it says, and every rule that real messages force is kept."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from sensors import envelopes as package
from sensors.discovery import module_names
from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink
from sensors.envelopes import envelopes
from sensors.topics import matches

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = [pytest.param(each, example, id=each.name) for each in envelopes().values() for example in each.examples]
UP = "v3/app/devices/dev1/up"
EVENT = "application/a/device/24e124713c401925/event/up"


def only(name: str) -> Callable[[bytes, str], Uplink]:
    """Open messages of an envelope that hold one uplink each."""

    def open_(payload: bytes, topic: str) -> Uplink:
        (uplink,) = envelopes()[name].open(payload, topic)
        return uplink

    return open_


TTS, CHIRPSTACK, PLAIN = only("tts"), only("chirpstack"), only("plain")


def tts(**frame: Any) -> bytes:
    """Make a small uplink of The Things Stack."""
    times = {"received_at": "2026-03-29T01:00:02Z"}
    return json.dumps({"end_device_ids": {"device_id": "dev1"}, **times, "uplink_message": frame}).encode()


def refusal(open_, payload: bytes, topic: str) -> tuple[str, str]:
    with pytest.raises(UnreadableError) as caught:
        open_(payload, topic)
    return caught.value.reason, str(caught.value)


def test_an_envelope_is_found_by_its_file():
    assert tuple(envelopes()) == module_names(package)
    assert set(envelopes()) >= {"tts", "chirpstack", "plain"}


@pytest.mark.parametrize("envelope", envelopes().values(), ids=lambda envelope: envelope.name)
def test_an_envelope_is_well_formed(envelope: Envelope):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", envelope.name)
    assert envelope.title
    assert envelope.source
    assert envelope.topics
    assert envelope.examples


@pytest.mark.parametrize(("envelope", "example"), EXAMPLES)
def test_an_example_opens_as_it_says(envelope: Envelope, example: EnvelopeExample):
    assert any(matches(topic, example.topic) for topic in envelope.topics)
    assert example.source
    if example.refused:
        assert refusal(envelope.open, example.payload, example.topic)[0] == example.refused
        return
    uplinks = envelope.open(example.payload, example.topic)
    told = [] if example.uplink is None else [example.uplink, *example.further]
    assert [{name: getattr(uplink, name) for name in say} for uplink, say in zip(uplinks, told, strict=True)] == [
        dict(say) for say in told
    ]


def test_tts_leaves_out_what_is_zero_or_empty():
    uplink = TTS(tts(decoded_payload={}), UP)
    assert (uplink.frame_counter, uplink.port, uplink.base64, uplink.fields, uplink.rssi) == (0, 0, "", None, None)


def test_tts_event_time_is_the_gateways_then_the_networks_then_the_applications():
    gateway, network = {"time": "2026-03-29T01:00:00.123456789Z"}, {"received_at": "2026-03-29T01:00:01Z"}
    assert TTS(tts(rx_metadata=[{"rssi": -90}, gateway], **network), UP).time == 1_774_746_000_123
    assert TTS(tts(rx_metadata=[{"rssi": -90}], **network), UP).time == 1_774_746_001_000
    assert TTS(tts(), UP).time == 1_774_746_002_000


def test_an_unreadable_time_gives_way_to_the_next():
    malformed = {"time": "2020-0327T12:39:05.547336Z"}
    assert TTS(tts(rx_metadata=[malformed]), UP).time == 1_774_746_002_000


def test_a_message_whose_every_time_is_unreadable_is_refused():
    reason, sentence = refusal(CHIRPSTACK, b'{"time":"2020-0327T12:39:05.547336Z","deviceInfo":{}}', EVENT)
    assert reason == "bad_time"
    assert "2020-0327" in sentence


def test_the_best_gateway_counts_and_there_is_one_uplink():
    uplink = TTS(tts(rx_metadata=[{"rssi": -120, "snr": -3}, {"rssi": -80, "snr": -9.5}, {"rssi": None}, {}]), UP)
    assert (uplink.rssi, uplink.snr) == (-80, -3)


def test_a_gateway_that_notes_nonsense_costs_nothing():
    uplink = TTS(tts(f_cnt=7, rx_metadata=[{"rssi": "loud", "snr": True, "time": 1.5}]), UP)
    assert (uplink.rssi, uplink.snr, uplink.frame_counter) == (None, None, 7)


def test_numbers_may_come_as_strings():
    assert TTS(tts(f_cnt="12", f_port="85"), UP).frame_counter == 12


def test_chirpstack_without_a_codec_gives_the_bytes():
    uplink = CHIRPSTACK(b'{"deviceInfo":{"devEui":"24E124713C401925"},"data":"AQ=="}', EVENT)
    assert (uplink.device, uplink.fields, uplink.payload, uplink.time) == ("24e124713c401925", None, b"\x01", None)


def test_a_device_without_identifiers_is_named_by_the_topic():
    assert CHIRPSTACK(b'{"deviceInfo":{}}', EVENT).device == "24e124713c401925"
    assert TTS(b'{"end_device_ids":{},"uplink_message":{}}', UP).device == "dev1"


def test_bytes_that_are_not_base64_are_refused_only_when_asked_for():
    uplink = CHIRPSTACK(b'{"deviceInfo":{},"data":"***","object":{"a":1}}', EVENT)
    assert uplink.fields == {"a": 1}
    with pytest.raises(UnreadableError, match="base64"):
        _ = uplink.payload


def test_plain_takes_time_apart_from_the_fields():
    uplink = PLAIN(b'{"time": 1774746000, "distance": 5}', "city/waste/bin-7")
    assert (uplink.time, uplink.fields, uplink.device) == (1_774_746_000_000, {"distance": 5}, "bin-7")


def test_plain_refuses_a_domain_that_no_kind_has():
    reason, sentence = refusal(PLAIN, b"{}", "city/wast/7")
    assert reason == "unknown_topic"
    assert sentence == "no sensor kind listens on 'city/wast/7'. Did you mean 'city/waste/7'?"


def test_plain_refuses_a_time_without_zone_and_says_what_to_send():
    reason, sentence = refusal(PLAIN, b'{"time": "2026-03-29T02:30:00", "distance": 5}', "city/waste/7")
    assert reason == "bad_time"
    assert "Send Z for UTC or an offset" in sentence


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"online", "not_json"),
        (b'{"Total_in":0001.000}', "not_json"),
        (b'{"a":', "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b"\xff\xfe{}", "not_utf8"),
        (b"70", "not_an_object"),
        (b'["a"]', "not_an_object"),
        (b'"online"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a":1e999}', "unreadable"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "unreadable"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_reason(payload: bytes, reason: str):
    assert refusal(PLAIN, payload, "city/waste/7")[0] == reason


@pytest.mark.parametrize("payload", [b"[]", b"5", b"{}", b'{"end_device_ids":7}', b'{"uplink_message":{}}'])
def test_an_object_of_another_shape_is_refused(payload: bytes):
    reason, sentence = refusal(TTS, payload, UP)
    assert reason in {"not_an_object", "unreadable"}
    assert sentence.endswith(".")


def test_nothing_else_of_the_message_is_kept():
    secret = b'{"end_device_ids":{"device_id":"d"},"session_keys":"00112233","uplink_message":{"app_s_key":"44556677"}}'
    assert "00112233" not in repr(TTS(secret, UP))
    assert "44556677" not in repr(TTS(secret, UP))


def test_payload_round_trips():
    sent = bytes(range(50))
    assert TTS(tts(frm_payload=base64.b64encode(sent).decode()), UP).payload == sent
