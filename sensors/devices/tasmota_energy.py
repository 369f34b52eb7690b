"""Tasmota on a plug or meter with an energy chip: energy in kWh, power in W; three phases come as lists."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="tasmota_energy",
    vendor="Tasmota",
    model="ENERGY (plugs, three-phase meters)",
    source="arendst/Tasmota docs: JSON Status Responses, ENERGY",
    fields={
        "ENERGY.Total": Field(property="total_active_energy_import"),
        "ENERGY.ExportActive": Field(property="total_active_energy_export"),
        "ENERGY.Power": Field(property="active_power", unit="W"),
        "ENERGY.Power.1": Field(property="active_power", unit="W", plus=("ENERGY.Power.2", "ENERGY.Power.3")),
        "ENERGY.Voltage": Field(property="voltage_l1"),
        "ENERGY.Current": Field(property="current_l1"),
        **{f"ENERGY.Voltage.{phase}": Field(property=f"voltage_l{phase}") for phase in (1, 2, 3)},
        **{f"ENERGY.Current.{phase}": Field(property=f"current_l{phase}") for phase in (1, 2, 3)},
        "ENERGY.Factor": Field(property="power_factor"),
        "ENERGY.Frequency": Field(property="frequency"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "ENERGY": {
                    "TotalStartTime": "2021-07-10T11:54:41",
                    "Total": 0.003,
                    "Today": 0.003,
                    "Power": 22,
                    "ApparentPower": 24,
                    "ReactivePower": 11,
                    "Factor": 0.9,
                    "Voltage": 246,
                    "Current": 0.098,
                }
            },
            results={
                "total_active_energy_import": 0.003,
                "active_power": 0.022,
                "voltage_l1": 246.0,
                "current_l1": 0.098,
                "power_factor": 0.9,
            },
            source="formats survey, Tasmota message 3 (public source file, code index 11244709458)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"ENERGY.Total": 7970.903, "ENERGY.Power": 860, "ENERGY.Current": 4.0, "TIC.PAPP": "00860"},
            results={"total_active_energy_import": 7970.903, "active_power": 0.86, "current_l1": 4.0},
            source="formats survey, Tasmota message 2 (public source file, code index 26119243776)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "ENERGY.Total": 120.5,
                "ENERGY.Power.1": 100,
                "ENERGY.Power.2": 200,
                "ENERGY.Power.3": 0,
                "ENERGY.Voltage.1": 230,
                "ENERGY.Voltage.2": 231,
            },
            results={
                "total_active_energy_import": 120.5,
                "active_power": 0.3,
                "voltage_l1": 230.0,
                "voltage_l2": 231.0,
            },
            source="arendst/Tasmota docs: lists of three phases; the values are made up",
        ),
    ),
)
