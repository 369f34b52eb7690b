"""Adeunis PULSE 4: a pulse counter on a meter; its first channel, and what it counted in the periods before."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="adeunis_pulse4",
    vendor="Adeunis",
    model="PULSE 4",
    source="akenza-io/device-type-library types/adeunis/pulse4",
    fields={"counterValue": Field(property="total_active_energy_import", per="pulses_per_kwh")},
    codec="adeunis_pulse4.js",
    required=("pulses_per_kwh",),
    examples=(
        DeviceExample(
            kind="energy_meter",
            site={"pulses_per_kwh": 1000},
            fields={
                "counterValue": 295,
                "counterValueT1": 294,
                "counterValueT2": 292,
                "counterValueT3": 289,
                "counterValueT4": 285,
            },
            results={"total_active_energy_import": 0.295},
            source="akenza-io/device-type-library types/adeunis/pulse4/uplink.spec.js",
        ),
        DeviceExample(
            kind="energy_meter",
            site={"pulses_per_kwh": 1000},
            fields={"frameCounter": 0, "lowBattery": False, "configurationDone": False},
            results={},
            source="akenza-io/device-type-library types/adeunis/pulse4/uplink.spec.js: a configuration frame",
        ),
    ),
)
