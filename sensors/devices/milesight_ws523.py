"""Milesight WS523: a metering portable socket for one device."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._milesight_socket import FIELDS, decode

MODEL = DeviceModel(
    name="milesight_ws523",
    vendor="Milesight",
    model="WS523",
    source="Milesight-IoT/SensorDecoders ws-series/ws523",
    fields={
        **FIELDS,
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("08700105812c07c94a0003743009068309660000048007000000"),
            port=85,
            fields={
                "power_factor": 44,
                "current": 74,
                "voltage": 235.2,
                "power_consumption": 26_121,
                "active_power": 7,
            },
            results={
                "total_active_energy_import": 26.121,
                "active_power": 0.007,
                "voltage_l1": 235.2,
                "current_l1": 0.074,
                "power_factor": 0.44,
            },
            source="Milesight-IoT/SensorDecoders ws-series/ws523/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "current": 164,
                "factor": 82,
                "power": 1,
                "powerConsumption": 1110,
                "state": "OPEN",
                "voltage": 228.5,
            },
            results={
                "total_active_energy_import": 1.11,
                "active_power": 0.001,
                "voltage_l1": 228.5,
                "current_l1": 0.164,
                "power_factor": 0.82,
            },
            source="akenza-io/device-type-library types/milesight/WS52X/uplink.spec.js",
        ),
    ),
)
