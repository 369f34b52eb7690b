"""Zigbee2MQTT: any metering plug or meter, whose fields it names alike: W, kWh, A, V.

Only for what hangs on the mains: battery devices give their own voltage, in mV, under the same name.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="zigbee2mqtt_plug",
    vendor="Zigbee2MQTT",
    model="Metering plugs",
    source="Koenkk/zigbee2mqtt.io docs: exposes power, energy, produced_energy, voltage, current",
    fields={
        "energy": Field(property="total_active_energy_import"),
        "produced_energy": Field(property="total_active_energy_export"),
        "power": Field(property="active_power", unit="W"),
        "voltage": Field(property="voltage_l1"),
        "voltage_phase_b": Field(property="voltage_l2"),
        "voltage_phase_c": Field(property="voltage_l3"),
        "current": Field(property="current_l1"),
        "current_phase_b": Field(property="current_l2"),
        "current_phase_c": Field(property="current_l3"),
        "power_factor": Field(property="power_factor"),
        "ac_frequency": Field(property="frequency"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"energy": 12.5, "power": 860, "voltage": 231, "current": 3.8, "linkquality": 90, "state": "ON"},
            results={"total_active_energy_import": 12.5, "active_power": 0.86, "voltage_l1": 231.0, "current_l1": 3.8},
            source="Koenkk/zigbee2mqtt.io docs: exposes; the values are made up",
        ),
    ),
)
