"""Anything that names its fields as the kind names its properties, in the properties' own units."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel

MODEL = DeviceModel(
    name="plain",
    vendor="",
    model="Flat JSON, fields named as properties",
    source="Smile City's own definition",
    fields={},
    examples=(
        DeviceExample(
            kind="parking_lot",
            fields={"available_spot_number": 112},
            site={"capacity": 350},
            results={"available_spot_number": 112.0},
            source="Smile City's own definition",
        ),
        DeviceExample(
            kind="parking_spot",
            fields={"occupied": "free", "battery_voltage": "3.6"},
            results={"occupied": 0.0, "battery_voltage": 3.6},
            source="Smile City's own definition; numbers as strings: formats survey 1.2, rule 8",
        ),
    ),
)
