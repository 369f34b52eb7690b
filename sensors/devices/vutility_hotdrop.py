"""Vutility HotDrop: a current clamp that lives on what it measures; it counts ampere hours.

The voltage of its capacitor is its battery's.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vutility_hotdrop",
    vendor="Vutility",
    model="HotDrop",
    source="the-real-vutility/payload-codecs hotdrop_direct/chirpstack-v4/readme.md",
    fields={
        "ampHourAccumulation": Field(property="total_charge"),
        "averageAmps": Field(property="current_l1"),
        "capacitorVoltage": Field(property="battery_voltage"),
    },
    codec="vutility_hotdrop.js",
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "ampHourAccumulation": 0,
                "averageAmps": 0,
                "maximumAmps": 0,
                "minimumAmps": 0,
                "capacitorVoltage": 0,
                "temperatureCelsius": -40,
            },
            results={"total_charge": 0.0, "current_l1": 0.0, "battery_voltage": 0.0},
            source="chirpstack/chirpstack-device-profiles vendors/vutility",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "ampHourAccumulation": 356,
                "averageAmps": 12,
                "maximumAmps": 25.32,
                "minimumAmps": 2.52,
                "capacitorVoltage": 3.863,
                "temperatureCelsius": 18.824,
            },
            results={"total_charge": 356.0, "current_l1": 12.0, "battery_voltage": 3.863},
            source="the-real-vutility/payload-codecs hotdrop_direct/chirpstack-v4/readme.md",
        ),
    ),
)
