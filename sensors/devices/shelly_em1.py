"""Shelly meters with one clamp per phase pair (EM Gen3, Pro EM): the first clamp; negative power is fed in."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="shelly_em1",
    vendor="Shelly",
    model="EM Gen3, Pro EM-50",
    source="shelly-api-docs.shelly.cloud Gen2 components EM1, EM1Data",
    fields={
        "em1data:0.total_act_energy": Field(property="total_active_energy_import", unit="Wh"),
        "em1data:0.total_act_ret_energy": Field(property="total_active_energy_export", unit="Wh"),
        "em1:0.act_power": Field(property="active_power", unit="W"),
        "em1:0.voltage": Field(property="voltage_l1"),
        "em1:0.current": Field(property="current_l1"),
        "em1:0.pf": Field(property="power_factor"),
        "em1:0.freq": Field(property="frequency"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"em1:0": {"id": 0, "current": 16.714, "act_power": -1899.8, "voltage": 117.6}},
            results={"active_power": -1.8998, "voltage_l1": 117.6, "current_l1": 16.714},
            source="formats survey, Shelly message 5 (public source file, code index 65941548158)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "em1:0.voltage": 117.6,
                "em1:0.act_power": -1899.8,
                "em1:0.aprt_power": 1974.5,
                "em1:0.pf": 0.82,
                "em1:0.freq": 60.0,
            },
            results={"active_power": -1.8998, "voltage_l1": 117.6, "power_factor": 0.82, "frequency": 60.0},
            source="formats survey, Shelly message 6 (public source file, code index 65941548158)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"em1data:0.total_act_energy": 2776.3, "em1data:0.total_act_ret_energy": 571.5},
            results={"total_active_energy_import": 2.7763, "total_active_energy_export": 0.5715},
            source="shelly-api-docs.shelly.cloud Gen2 components EM1Data; the values are made up",
        ),
    ),
)
