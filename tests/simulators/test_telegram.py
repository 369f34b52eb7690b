from __future__ import annotations

from dataclasses import replace

import pytest

from simulators.telegram import Telegram, flat, telegram
from simulators.uplink import Frame
from tests.simulators.cities import whole_city

CONTAINER = next(place for place in whole_city().places if place.kind == "waste_container")


BOSCH = "TheThingsNetwork/lorawan-devices vendor/bosch/tps110-0292-codec.yaml"
JENA = "an uplink of the city of Jena"
MILESIGHT = "Milesight-IoT/SensorDecoders em-series/em400-udl/README.md, there tilted"
YOBIIQ = "thingsboard/data-converters VENDORS/Yobiiq/EM4301, the first time moved"
ENERGY = "0101673b21b50203673b21b4030403080f040405000000000506000000000607000000000b0a00"

VECTORS = [
    ("", Frame.SPACE_CHANGE, [1, 0, 0], 0, Telegram(1, bytes.fromhex("01"), {}), BOSCH),
    ("", Frame.SPACE_HEARTBEAT, [1, -1, 0], 0, Telegram(2, bytes.fromhex("01ff"), {}), BOSCH),
    (
        "milesight_em310_udl",
        Frame.CONTAINER,
        [594, 0, 69],
        0,
        Telegram(85, bytes.fromhex("01754503825202040000"), {}),
        JENA,
    ),
    (
        "milesight_em400_udl",
        Frame.CONTAINER,
        [2116, 257, 92],
        0,
        Telegram(85, bytes.fromhex("01755c0367010104824408050000"), {}),
        MILESIGHT,
    ),
    ("", Frame.METER_ENERGY, [50_859_780, 0, 0], 1_731_928_500, Telegram(1, bytes.fromhex(ENERGY), {}), YOBIIQ),
    (
        "",
        Frame.METER_POWER,
        [331_371, 0, 0],
        1_708_618_500,
        Telegram(3, bytes.fromhex("fe0365d77304fe1300050e6b"), {}),
        YOBIIQ,
    ),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[1].name)
def test_devices_write_the_bytes_of_their_makers(vector: tuple[str, Frame, list[int], int, Telegram, str]):
    model, frame, reading, second, expected, source = vector
    sent = telegram(replace(CONTAINER, model=model), frame, reading, second * 1000)
    assert (sent.port, sent.payload.hex()) == (expected.port, expected.payload.hex()), source


def test_a_negative_temperature_is_written():
    sent = telegram(replace(CONTAINER, model="milesight_em400_udl"), Frame.CONTAINER, [500, -25, 90], 0)
    assert sent.payload.hex() == "01755a0367e7ff0482f401050000"
    assert sent.fields["temperature"] == -2.5


def test_flat_fields_are_named_as_the_properties():
    assert flat(Frame.LOT, [12, 0, 0]) == {"available_spot_number": 12}
    assert flat(Frame.METER, [1500, 250, 0]) == {"total_active_energy_import": 1.5, "active_power": 0.25}
    with pytest.raises(ValueError, match="SPACE_CHANGE"):
        flat(Frame.SPACE_CHANGE, [1, 0, 0])
