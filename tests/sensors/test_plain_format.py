"""A city's own JSON format, declared: where the device, the time and the values are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sensors.decode import decode
from sensors.envelope import UnreadableError
from sensors.plain_format import MOST, PlainFormat, format_of
from sensors.topics import envelope_of, listen_also
from tests.sensors.cities import by_id, device, message, results, times

TOML = """
name = "bins"
title = "Container der Stadt"
topics = ["stadt/abfall/+"]
device = "topic:-1"
time = "zeit"
battery = "geraet.akku"
values = { filling_level = "messwert.fuellstand", temperature = "messwert.temperatur" }
"""
BINS = format_of(TOML)
SENT = {
    "zeit": "2026-03-29T01:00:00Z",
    "messwert": {"fuellstand": 40},
    "geraet": {"akku": 77, "schluessel": "00112233"},
}


def opened(form: PlainFormat, told: Any, topic: str = "stadt/abfall/b7"):
    return form.open(json.dumps(told).encode(), topic)


def test_a_format_of_a_file_finds_device_time_values_and_battery():
    (uplink,) = opened(BINS, SENT)
    assert (uplink.device, uplink.time, uplink.battery) == ("b7", 1_774_746_000_000, 77.0)
    assert uplink.fields == {"filling_level": 40}
    assert "00112233" not in repr(uplink)


def test_a_citys_own_format_is_listened_to_and_decoded():
    listen_also([BINS.envelope()])
    try:
        assert envelope_of("stadt/abfall/b7").name == "bins"
        sent = [message("stadt/abfall/b7", SENT | {"messwert": {"fuellstand": 0.4}})]
        decoded = decode(sent, by_id(device("b7", "plain", "waste_container")))
    finally:
        listen_also([])
    assert results(decoded)["filling_level"] == 0.4
    assert set(times(decoded)) == {1_774_746_000_000}
    with pytest.raises(UnreadableError):
        envelope_of("stadt/abfall/b7")


def test_without_values_every_field_is_kept_as_it_is():
    form = PlainFormat(name="f", topics=("a/+",), device="id", time="t")
    (uplink,) = opened(form, {"id": 7, "t": 1_774_746_000, "power": {"l1": 1, "l2": [2, 3]}, "none": None}, "a/b")
    assert (uplink.device, uplink.time) == ("7", 1_774_746_000_000)
    assert uplink.fields == {"power.l1": 1, "power.l2.1": 2, "power.l2.2": 3}


def test_a_list_of_readings_is_as_many_uplinks_and_looks_around_itself_for_the_device():
    form = PlainFormat(name="f", topics=("a",), device="meter.id", time="at", values={"v": "val.2"}, each="rows")
    told = {"meter": {"id": "m"}, "rows": [{"at": 1_774_746_000, "val": [1, 2]}, {"at": 1_774_746_900, "val": [3, 4]}]}
    assert [(each.device, each.time, each.fields) for each in opened(form, told, "a")] == [
        ("m", 1_774_746_000_000, {"v": 2}),
        ("m", 1_774_746_900_000, {"v": 4}),
    ]


def test_a_message_that_is_a_list_itself():
    form = PlainFormat(name="f", topics=("a",), device="id", values={"v": "v"}, each=".")
    assert [each.device for each in opened(form, [{"id": "a", "v": 1}, {"id": "b", "v": 2}], "a")] == ["a", "b"]


def test_a_time_without_zone_is_the_citys():
    assert opened(BINS, {"zeit": "2026-07-01 12:00"})[0].time == 1_782_900_000_000


def test_an_empty_payload_carries_nothing():
    assert BINS.open(b"", "stadt/abfall/b7") == ()


@pytest.mark.parametrize(
    ("form", "told", "reason"),
    [
        (PlainFormat(name="f", topics=("a",), device="id"), {"v": 1}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="id"), {"id": True}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="id.x.y"), {"id": {"x": 1}}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="topic:9"), {"v": 1}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="topic:1"), [{"v": 1}], "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="topic:1", each="rows"), {"rows": 7}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="topic:1", each="."), {"rows": []}, "unreadable"),
        (PlainFormat(name="f", topics=("a",), device="topic:1", each="."), [{}] * (MOST + 1), "too_large"),
        (PlainFormat(name="f", topics=("a",), device="topic:1", time="t"), {"t": "soon"}, "bad_time"),
        (PlainFormat(name="f", topics=("a",), device="topic:1"), 70, "unreadable"),
    ],
)
def test_what_does_not_fit_the_format_is_refused_with_a_sentence(form: PlainFormat, told: Any, reason: str):
    with pytest.raises(UnreadableError) as caught:
        opened(form, told, "a")
    assert caught.value.reason == reason
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 'x'", "topics"),
        ("name = 'x'\ntopics = []\ndevice = 'id'", "listens on no topic"),
        ("name = 'x'\ntopics = ['a']\ndevice = 'topic:x'", "no level of a topic"),
        ("name = 'x'\ntopics = ['a']\ndevice = 'topic:0'", "no level of a topic"),
        ("name = 'x'\ntopics = ['a']\ndevice = 'id'\nvalue = 3", "value"),
        ("name = ", "no format"),
    ],
)
def test_a_file_that_is_no_format_is_refused_with_a_sentence(text: str, says: str):
    with pytest.raises(ValueError, match=says):
        format_of(text)
