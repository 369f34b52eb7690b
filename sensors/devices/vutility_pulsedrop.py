"""Vutility PulseDrop at an electricity meter: its cumulative count of pulses."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vutility_pulsedrop",
    vendor="Vutility",
    model="PulseDrop",
    source="the-real-vutility/payload-codecs pulsedrop_direct/index-readme.md",
    fields={
        "pulseCount": Field(property="total_active_energy_import", per="pulses_per_kwh"),
        "capacitorVoltage": Field(property="battery_voltage"),
    },
    codec="vutility_pulsedrop.js",
    required=("pulses_per_kwh",),
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "pulseCount": 3560,
                "capacitorVoltage": 3.8627450980392157,
                "temperatureCelsius": 18.823529411764703,
            },
            results={"total_active_energy_import": 3.56, "battery_voltage": 3.8627450980392157},
            site={"pulses_per_kwh": 1000},
            source="chirpstack/chirpstack-device-profiles vendors/vutility",
        ),
    ),
)
