"""Milesight EM300-DI with a Hall sensor: counts the turns of a water meter and converts them itself.

``water`` is the converted total; the conversion set in the device decides its unit, so the thing says how many of them
make one cubic metre (1000 for litres, 1 for cubic metres).
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="milesight_em300_di_hall",
    vendor="Milesight",
    model="EM300-DI (Hall)",
    source="Milesight-IoT/SensorDecoders em-series/em300-di-hall",
    fields={
        "water": Field(property="total_volume", per="units_per_m3"),
        "battery": Field(property="battery"),
    },
    codec="milesight_em300_di_hall.js",
    required=("units_per_m3",),
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={"water_conv": 1, "pluse_conv": 64.8, "water": "1500.60", "water_alarm": "water flow timeout alarm"},
            results={"total_volume": 1.5006},
            site={"units_per_m3": 1000},
            source="Milesight-IoT/SensorDecoders em-series/em300-di-hall/README.md",
        ),
        DeviceExample(
            kind="water_meter",
            fields={"battery": 100, "water_conv": 1, "pluse_conv": 1, "water": 0},
            results={"total_volume": 0.0, "battery": 100.0},
            site={"units_per_m3": 1000},
            source="Milesight-IoT/SensorDecoders em-series/em300-di-hall/README.md",
        ),
    ),
)
