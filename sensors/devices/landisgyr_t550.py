"""Landis+Gyr T550 (UH50) heat meter with a LoRaWAN module: energy, volume, power, flow and both temperatures.

The codec reads energy in the unit of the meter's register, ``energyUnit``; this model is for a meter set to kWh.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="landisgyr_t550",
    vendor="Landis+Gyr",
    model="T550 (UH50)",
    source="akenza-io/device-type-library types/landisgyr/T550",
    fields={
        "energy": Field(property="total_heat_energy"),
        "power": Field(property="thermal_power"),
        "volume": Field(property="total_volume"),
        "flow": Field(property="volume_flow"),
        "flowTemp": Field(property="flow_temperature"),
        "backFlowTemp": Field(property="return_temperature"),
    },
    examples=(
        DeviceExample(
            kind="heat_meter",
            fields={
                "energyUnit": "KWH",
                "energy": 2_474_867,
                "volume": 37_582.52,
                "power": 30.6,
                "flow": 0.6,
                "flowTemp": 111.5,
                "backFlowTemp": 66.7,
            },
            results={
                "total_heat_energy": 2_474_867.0,
                "thermal_power": 30.6,
                "total_volume": 37_582.52,
                "volume_flow": 0.6,
                "flow_temperature": 111.5,
                "return_temperature": 66.7,
            },
            source="akenza-io/device-type-library types/landisgyr/T550/uplink.spec.js",
        ),
    ),
)
