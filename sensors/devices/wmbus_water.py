"""Water meters over wireless M-Bus, as wmbusmeters names what they send: iperl, multical21 and their like."""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="wmbus_water",
    vendor="wmbusmeters",
    model="Wireless M-Bus water meters",
    source="wmbusmeters/wmbusmeters README.md and drivers/src",
    fields={
        "total_m3": Field(property="total_volume"),
        "volume_flow_m3h": Field(property="volume_flow"),
        "flow_temperature_c": Field(property="water_temperature", missing=(127.0,)),
        "battery_v": Field(property="battery_voltage"),
    },
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={"max_flow_m3h": 0, "total_m3": 123.529},
            results={"total_volume": 123.529},
            source="wmbusmeters/wmbusmeters README.md",
        ),
        DeviceExample(
            kind="water_meter",
            fields={"total_m3": 6.408, "target_m3": 6.408, "flow_temperature_c": 127, "external_temperature_c": 19},
            results={"total_volume": 6.408, "water_temperature": nan},
            source="wmbusmeters/wmbusmeters README.md, multical21: 127 is a sensor that measured nothing",
        ),
    ),
)
