"""Milesight EM310-UDL: ultrasonic distance, for bins and containers."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._milesight import POSITION, put_distance, put_position, reader

MODEL = DeviceModel(
    name="milesight_em310_udl",
    vendor="Milesight",
    model="EM310-UDL",
    source="Milesight-IoT/SensorDecoders em-series/em310-udl",
    fields={
        "distance": Field(property="distance", missing=(65535.0,)),
        "battery": Field(property="battery"),
        "batteryLevel": Field(property="battery"),
        "position": POSITION,
    },
    decode=reader({(0x03, 0x82): (2, put_distance), (0x04, 0x00): (1, put_position)}),
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("01755c03824408040001"),
            port=85,
            fields={"battery": 92, "distance": 2116, "position": "tilt"},
            results={"distance": 2116.0, "battery": 92.0, "tilted": 1.0},
            source="thingsboard/data-converters VENDORS/Milesight/EM310-UDL/ChirpStack/uplink/payload.json",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("01754503825202040000"),
            port=85,
            fields={"distance": 594.0, "position": "normal", "battery": 69.0},
            results={"distance": 594.0, "battery": 69.0},
            source="uplink of the city of Jena, ChirpStack application TrashLevel_KSJ",
        ),
    ),
)
