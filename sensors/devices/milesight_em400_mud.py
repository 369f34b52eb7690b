"""Milesight EM400-MUD: ultrasonic distance with temperature and position, for containers."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._milesight import POSITION, put_distance, put_position, put_temperature, reader

_DECODE = reader(
    {
        (0x03, 0x67): (2, put_temperature),
        (0x04, 0x82): (2, put_distance),
        (0x05, 0x00): (1, put_position),
        (0x83, 0x67): (3, put_temperature),
        (0x84, 0x82): (3, put_distance),
    }
)

MODEL = DeviceModel(
    name="milesight_em400_mud",
    vendor="Milesight",
    model="EM400-MUD",
    source="Milesight-IoT/SensorDecoders em-series/em400-mud",
    fields={
        "distance": Field(property="distance", missing=(65535.0,)),
        "temperature": Field(property="temperature"),
        "battery": Field(property="battery"),
        "batteryLevel": Field(property="battery"),
        "position": POSITION,
        "tilt": Field(property="tilted", missing=(0.0,)),
    },
    decode=_DECODE,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("01755c0367010104824408050001"),
            port=85,
            fields={"battery": 92, "temperature": 25.7, "distance": 2116, "position": "tilt"},
            results={"distance": 2116.0, "temperature": 25.7, "battery": 92.0, "tilted": 1.0},
            source="TheThingsNetwork/lorawan-devices vendor/milesight-iot/em400-mud-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("8367e800018482410601"),
            port=85,
            fields={"temperature": 23.2, "distance": 1601},
            results={"distance": 1601.0, "temperature": 23.2},
            source="Milesight-IoT/SensorDecoders em-series/em400-mud/README.md, a threshold alarm",
        ),
        DeviceExample(
            kind="waste_container",
            fields={"batteryLevel": 92, "temperature": 25.7, "distance": 2116, "tilt": True},
            results={"distance": 2116.0, "temperature": 25.7, "battery": 92.0, "tilted": 1.0},
            source="akenza-io/device-type-library types/milesight/EM400-MUD/uplink.spec.js",
        ),
    ),
)
