"""Shelly plugs and relays that measure (Plus 1PM, Plug S, PM Mini; generations 2 and 3): energy in Wh, power in W."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="shelly_pm",
    vendor="Shelly",
    model="Plus 1PM, Plus Plug S, PM Mini Gen3",
    source="shelly-api-docs.shelly.cloud Gen2 components Switch, PM1",
    fields={
        **{
            f"{part}.{name}": meaning
            for part in ("switch:0", "pm1:0")
            for name, meaning in {
                "aenergy.total": Field(property="total_active_energy_import", unit="Wh"),
                "ret_aenergy.total": Field(property="total_active_energy_export", unit="Wh"),
                "apower": Field(property="active_power", unit="W"),
                "voltage": Field(property="voltage_l1"),
                "current": Field(property="current_l1"),
                "pf": Field(property="power_factor"),
                "freq": Field(property="frequency"),
                "temperature.tC": Field(property="temperature"),
            }.items()
        },
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "switch:0": {
                    "id": 0,
                    "source": "init",
                    "output": False,
                    "apower": 0.0,
                    "voltage": 232.7,
                    "current": 0.0,
                    "aenergy": {"total": 0.0, "minute_ts": 1_661_517_385},
                    "temperature": {"tC": 39.2, "tF": 102.5},
                }
            },
            results={"total_active_energy_import": 0.0, "active_power": 0.0, "voltage_l1": 232.7, "current_l1": 0.0},
            source="formats survey, Shelly message 1 (public source file, code index 12705458817)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"switch:0.voltage": 232.7},
            results={"voltage_l1": 232.7},
            source="formats survey, Shelly message 2, a partial status (public source file, code index 12705458817)",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"pm1:0.apower": 1250.0, "pm1:0.aenergy.total": 12_500.0, "pm1:0.freq": 50.0},
            results={"total_active_energy_import": 12.5, "active_power": 1.25, "frequency": 50.0},
            source="shelly-api-docs.shelly.cloud Gen2 components PM1; the values are made up",
        ),
    ),
)
