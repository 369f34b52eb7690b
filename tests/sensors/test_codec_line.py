"""The codec that a device model names, from bytes alone or before the network's fields, up to the rows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from sensors import devices
from sensors.codec import codec, know
from sensors.decode import decode
from sensors.device import DeviceModel, Field
from sensors.interpret import plan_of
from tests.sensors.cities import RECEIVED, by_id, device, message, reasons, results, times
from tests.sensors.test_codec import BIN, FRAME, uplink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensors.model import Message

EUI = "24e124713c401925"
FILE = "harbour/bin.js"


def model(name: str, **said: Any) -> DeviceModel:
    fields = {
        "distance": Field(property="distance", unit="mm"),
        "millivolt": Field(property="battery_voltage", unit="mV"),
    }
    return DeviceModel(name=name, vendor="Hafenbau", model="Bin 3", source="made up", fields=fields, **said)


MODELS = [
    model("harbour_bin", codec=FILE),
    model("harbour_bin_wins", codec=FILE, codec_wins=True),
    model("harbour_bin_own", codec=FILE, decode=lambda _payload, _port: {"distance": 7}),
]


@pytest.fixture(autouse=True)
def harbour() -> Iterator[None]:
    devices.know(MODELS)
    know({FILE: BIN})
    yield
    know({})
    devices.know(())
    plan_of.cache_clear()


def event(payload: bytes, port: int = 2, **more: Any) -> Message:
    body = {
        "deviceInfo": {"devEui": EUI},
        "time": "2027-01-15T07:59:30.000+00:00",
        "fPort": port,
        "data": base64.b64encode(payload).decode(),
        **more,
    }
    return message(f"application/1/device/{EUI}/event/up", body)


def of(name: str = "harbour_bin") -> dict[str, Any]:
    return by_id(device(EUI, name, "waste_container"))


def test_bytes_alone_become_observations_by_the_codec_that_the_model_names():
    decoded = decode([event(FRAME)], of())
    told = results(decoded)
    assert (told["distance"], told["battery_voltage"]) == (1650.0, 3.5)
    assert told["filling_level"] == 50.0
    assert set(times(decoded)) == {RECEIVED - 30_000}


def test_the_codec_gets_the_time_of_the_event_and_else_that_of_receipt():
    know({FILE: uplink("return {data: {distance: input.recvTime.getTime() % 100000}}")})
    untimed = event(FRAME)
    assert results(decode([event(FRAME)], of()))["distance"] == (RECEIVED - 30_000) % 100_000
    bare = message(untimed.topic, {"deviceInfo": {"devEui": EUI}, "fPort": 2, "data": base64.b64encode(FRAME).decode()})
    assert results(decode([bare], of()))["distance"] == RECEIVED % 100_000


def test_the_networks_fields_come_before_the_codec_unless_the_model_says_that_it_wins():
    sent = [event(FRAME, object={"distance": 900})]
    assert results(decode(sent, of()))["distance"] == 900.0
    assert results(decode(sent, of("harbour_bin_wins")))["distance"] == 1650.0


def test_a_codec_that_wins_leaves_the_networks_fields_where_there_are_no_bytes():
    sent = [event(b"", object={"distance": 900})]
    assert results(decode(sent, of("harbour_bin_wins")))["distance"] == 900.0


def test_the_models_own_decoder_comes_before_the_codec():
    assert results(decode([event(FRAME)], of("harbour_bin_own")))["distance"] == 7.0


@pytest.mark.parametrize("name", ["harbour_bin", "harbour_bin_wins"])
def test_the_codecs_errors_reject_the_message_in_its_own_words(name: str):
    decoded = decode([event(FRAME, port=5, object={"distance": 900} if "wins" in name else None)], of(name))
    assert reasons(decoded) == ["codec_error"]
    detail = decoded.rejected[0][1].detail
    assert detail == (
        f"the codec '{FILE}' did not read the bytes 06720dac on port 5: it says: port 5 carries no measurement."
    )


def test_a_codec_that_is_not_there_says_where_to_put_it():
    know({})
    assert codec(FILE) is None
    decoded = decode([event(FRAME)], of())
    assert reasons(decoded) == ["no_codec"]
    assert f"'{FILE}'" in decoded.rejected[0][1].detail
    assert "SMILECITY_CODECS" in decoded.rejected[0][1].detail


def test_a_batch_goes_on_beside_a_codec_that_fails():
    decoded = decode([event(b"\x01"), event(FRAME), event(FRAME, port=9)], of())
    assert reasons(decoded) == ["codec_error", "codec_error"]
    assert [index for index, _ in decoded.rejected] == [0, 2]
    assert results(decoded)["distance"] == 1650.0


def test_a_codec_that_has_not_changed_stays_warm_when_codecs_are_read_again():
    first = codec(FILE)
    know({FILE: BIN, "other.js": BIN})
    assert codec(FILE) is first
    know({FILE: BIN + "\n"})
    assert codec(FILE) is not first
    assert codec("other.js") is None
