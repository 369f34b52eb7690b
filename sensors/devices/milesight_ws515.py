"""Milesight WS515: a metering wall socket for one device."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._milesight_socket import FIELDS, decode

MODEL = DeviceModel(
    name="milesight_ws515",
    vendor="Milesight",
    model="WS515",
    source="Milesight-IoT/SensorDecoders ws-series/ws515",
    fields={
        **FIELDS,
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("08700105816107c9a8000374830806831d000000048023000000"),
            port=85,
            fields={"power_factor": 97, "current": 168, "voltage": 217.9, "power_consumption": 29, "active_power": 35},
            results={
                "total_active_energy_import": 0.029,
                "active_power": 0.035,
                "voltage_l1": 217.9,
                "current_l1": 0.168,
                "power_factor": 0.97,
            },
            source="Milesight-IoT/SensorDecoders ws-series/ws515/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"current": 168, "factor": 97, "powerConsumption": 29, "powerOn": True, "voltage": 217.9},
            results={
                "total_active_energy_import": 0.029,
                "voltage_l1": 217.9,
                "current_l1": 0.168,
                "power_factor": 0.97,
            },
            source="akenza-io/device-type-library types/milesight/WS51X/uplink.spec.js",
        ),
    ),
)
