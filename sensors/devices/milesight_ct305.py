"""Milesight CT305: three current clamps, up to 500 A each; it counts ampere hours per phase."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._milesight_current import THREE_PHASES, decode_three

MODEL = DeviceModel(
    name="milesight_ct305",
    vendor="Milesight",
    model="CT305",
    source="Milesight-IoT/SensorDecoders ct-series/ct305",
    fields={
        **THREE_PHASES,
    },
    decode=decode_three,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("039710270000"),
            port=85,
            fields={"current_chn1_total": 100.0},
            results={"total_charge": 100.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct305/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("0499b80b"),
            port=85,
            fields={"current_chn1": 300.0},
            results={"current_l1": 300.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct305/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("0499ffff"),
            port=85,
            fields={},
            results={},
            source="Milesight-IoT/SensorDecoders ct-series/ct305/README.md, a failed reading",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("8499b80bd007c40905"),
            port=85,
            fields={"current_chn1": 250.0},
            results={"current_l1": 250.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct305/README.md, an alarm",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"totalCurrent": 100},
            results={"total_charge": 100.0},
            source="akenza-io/device-type-library types/milesight/CT305/uplink.spec.js",
        ),
    ),
)
