"""Vutility PulseDrop at a water or gas meter: its cumulative count of pulses."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vutility_pulsedrop_volume",
    vendor="Vutility",
    model="PulseDrop (water, gas)",
    source="the-real-vutility/payload-codecs pulsedrop_direct/index-readme.md",
    fields={
        "pulseCount": Field(property="total_volume", per="pulses_per_m3"),
        "capacitorVoltage": Field(property="battery_voltage"),
    },
    codec="vutility_pulsedrop.js",
    required=("pulses_per_m3",),
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={
                "pulseCount": 3560,
                "capacitorVoltage": 3.8627450980392157,
                "temperatureCelsius": 18.823529411764703,
            },
            results={"total_volume": 3.56, "battery_voltage": 3.8627450980392157},
            site={"pulses_per_m3": 1000},
            source="chirpstack/chirpstack-device-profiles vendors/vutility",
        ),
    ),
)
