"""Enless 600-036: a pulse counter with two inputs and an open collector; the first input counts the meter."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="enless_600_036",
    vendor="Enless Wireless",
    model="TX PULSE 600-036",
    source="akenza-io/device-type-library types/enless/600-036",
    fields={
        "pulseCh1": Field(property="total_active_energy_import", per="pulses_per_kwh"),
        "batteryLevel": Field(property="battery"),
    },
    codec="enless_600_036.js",
    required=("pulses_per_kwh",),
    examples=(
        DeviceExample(
            kind="energy_meter",
            site={"pulses_per_kwh": 100},
            fields={"pulseCh1": 32, "pulseCh2": 23, "pulseOc": 30, "pulseCh1State": "OPEN", "batteryLevel": 100},
            results={"total_active_energy_import": 0.32, "battery": 100.0},
            source="akenza-io/device-type-library types/enless/600-036/uplink.spec.js",
        ),
    ),
)
