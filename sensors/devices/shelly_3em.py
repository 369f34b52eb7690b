"""Shelly three-phase meters (Pro 3EM, 3EM Gen3): totals over the phases, energy in Wh, negative power is fed in."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="shelly_3em",
    vendor="Shelly",
    model="Pro 3EM, 3EM-63 Gen3",
    source="shelly-api-docs.shelly.cloud Gen2 components EM, EMData",
    fields={
        "emdata:0.total_act": Field(property="total_active_energy_import", unit="Wh"),
        "emdata:0.total_act_ret": Field(property="total_active_energy_export", unit="Wh"),
        "em:0.total_act_power": Field(property="active_power", unit="W"),
        **{f"em:0.{name}_voltage": Field(property=f"voltage_l{phase}") for phase, name in enumerate("abc", start=1)},
        **{f"em:0.{name}_current": Field(property=f"current_l{phase}") for phase, name in enumerate("abc", start=1)},
        "em:0.a_freq": Field(property="frequency"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "em:0": {
                    "id": 0,
                    "a_act_power": 500.0,
                    "b_act_power": 600.0,
                    "c_act_power": 400.0,
                    "total_act_power": 1500.0,
                    "a_voltage": 230.1,
                    "b_current": 2.6,
                }
            },
            results={"active_power": 1.5, "voltage_l1": 230.1, "current_l2": 2.6},
            source="shelly-api-docs.shelly.cloud Gen2 components EM; the values are made up",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"emdata:0.total_act": 10_500.0, "emdata:0.total_act_ret": 250.0},
            results={"total_active_energy_import": 10.5, "total_active_energy_export": 0.25},
            source="shelly-api-docs.shelly.cloud Gen2 components EMData; the values are made up",
        ),
    ),
)
