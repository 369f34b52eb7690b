"""Which devices a message names, in any spelling, in its topic or anywhere in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Message
from sensors.naming import addressed, named_in, named_in_topic, spelled

EUI = "24e124713c401925"


def test_every_spelling_is_one():
    for said in ("24-E1-24-71-3C-40-19-25", "24:e1:24:71:3c:40:19:25", "24E124713C401925", f" {EUI} "):
        assert spelled(said) == EUI
    assert spelled("Haushalt-7") == "haushalt-7"


def test_a_topic_names_its_levels_several_together_and_identifiers_in_them():
    named = named_in_topic("v3/app@ttn/devices/eui-24-E1-24-71-3C-40-19-25/up")
    assert {EUI, "up", "app@ttn", "devices", "v3/app@ttn"} <= set(named)
    assert "hof/t9" in named_in_topic("hof/t9/status/switch:0")
    assert EUI not in named_in_topic(f"city/energy/ff{EUI}")  # of something longer


def test_a_payload_names_what_stands_in_quotation_marks_and_words():
    broken = Message("s", "gateway/up", f'{{"id": "KWH - 22310024", "eui": {EUI.upper()}, meter-7, 12'.encode(), 0)
    assert {"kwh - 22310024", EUI, "meter-7", "gateway"} <= set(named_in(broken))
    assert "12" not in named_in(broken)  # a number is no name


@given(st.binary(max_size=300), st.text(max_size=60))
def test_whatever_comes_is_looked_through(payload: bytes, topic: str):
    assert all(name == spelled(name) for name in named_in(Message("s", topic, payload, 0)))


def test_a_message_is_addressed_to_the_one_device_that_its_topic_names():
    known = {"zaehler-6", "zaehler-7", EUI}
    assert addressed("city/energy/zaehler-6", known) == "zaehler-6"
    assert addressed("application/1/device/24E124713C401925/event/up", known) == EUI
    assert addressed("zaehler-6/zaehler-7", known) == ""
    assert addressed("city/energy/nobody", known) == ""
