"""Milesight EM300-DI at a water or gas meter: pulses are volume here, and the thing says how many make a cubic metre.

The bytes are those of the EM300-DI at an electricity meter.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices.milesight_em300_di import MODEL as _EM300_DI

MODEL = DeviceModel(
    name="milesight_em300_di_volume",
    vendor="Milesight",
    model="EM300-DI (water, gas)",
    source="Milesight-IoT/SensorDecoders em-series/em300-di",
    fields={
        "pulse": Field(property="total_volume", per="pulses_per_m3"),
        "battery": Field(property="battery"),
        "batteryLevel": Field(property="battery"),
    },
    decode=_EM300_DI.decode,
    history="history",
    required=("pulses_per_m3",),
    examples=(
        DeviceExample(
            kind="water_meter",
            payload=bytes.fromhex("05c815cd5b07"),
            port=85,
            fields={"pulse": 123_456_789},
            results={"total_volume": 123_456.789},
            site={"pulses_per_m3": 1000},
            source="Milesight-IoT/SensorDecoders em-series/em300-di/README.md, channel 05 c8",
        ),
        DeviceExample(
            kind="gas_meter",
            fields={"temperature": 27.2, "humidity": 46.5, "pulse": 256, "batteryLevel": 92},
            results={"total_volume": 2.56, "battery": 92.0},
            site={"pulses_per_m3": 100},
            source="akenza-io/device-type-library types/milesight/EM300-DI/uplink.spec.js",
        ),
    ),
)
