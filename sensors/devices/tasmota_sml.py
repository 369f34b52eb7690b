"""Tasmota reading an electricity meter's infrared port (SML script): kWh, and W under the name of the meter.

The script names both, so the object may be called anything and the fields as most published scripts call them.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="tasmota_sml",
    vendor="Tasmota",
    model="SML script",
    source="arendst/Tasmota docs: Smart Meter Interface",
    fields={
        "*.Total_in": Field(property="total_active_energy_import"),
        "*.E_in": Field(property="total_active_energy_import"),
        "*.Total_out": Field(property="total_active_energy_export"),
        "*.E_out": Field(property="total_active_energy_export"),
        "*.Power_curr": Field(property="active_power", unit="W"),
        "*.Power": Field(property="active_power", unit="W"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"MT631": {"Total_in": 1.0}},
            results={"total_active_energy_import": 1.0},
            source="formats survey, Tasmota message 4 (public source file, code index 410754200), its number mended",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"MT631.Total_in": 4201.5, "MT631.Total_out": 12.0, "MT631.Power_curr": -350},
            results={"total_active_energy_import": 4201.5, "total_active_energy_export": 12.0, "active_power": -0.35},
            source="arendst/Tasmota docs: Smart Meter Interface; the values are made up",
        ),
    ),
)
