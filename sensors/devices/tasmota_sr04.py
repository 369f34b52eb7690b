"""Tasmota with an ultrasonic sensor of the HC-SR04 family: distance in cm, for bins and shafts."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="tasmota_sr04",
    vendor="Tasmota",
    model="SR04",
    source="arendst/Tasmota docs: HC-SR04",
    fields={
        "SR04.Distance": Field(property="distance", unit="cm"),
    },
    examples=(
        DeviceExample(
            kind="waste_container",
            fields={"SR04": {"Distance": 73.702}},
            results={"distance": 737.02},
            source="formats survey, Tasmota message 5 (public source file, code index 1343151498)",
        ),
    ),
)
