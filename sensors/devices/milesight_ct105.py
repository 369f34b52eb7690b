"""Milesight CT105: a current clamp round one conductor, up to 500 A; it counts ampere hours."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._milesight_current import ONE_PHASE, decode_one

MODEL = DeviceModel(
    name="milesight_ct105",
    vendor="Milesight",
    model="CT105",
    source="Milesight-IoT/SensorDecoders ct-series/ct105",
    fields={
        **ONE_PHASE,
    },
    decode=decode_one,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("039710270000"),
            port=85,
            fields={"total_current": 100.0},
            results={"total_charge": 100.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct105/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("0498b80b"),
            port=85,
            fields={"current": 30.0},
            results={"current_l1": 30.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct105/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("0498ffff"),
            port=85,
            fields={},
            results={},
            source="Milesight-IoT/SensorDecoders ct-series/ct105/README.md, a failed reading",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("8498b80bd007c40905"),
            port=85,
            fields={"current": 25.0},
            results={"current_l1": 25.0},
            source="Milesight-IoT/SensorDecoders ct-series/ct105/README.md, an alarm",
        ),
    ),
)
