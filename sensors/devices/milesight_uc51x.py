"""Milesight UC511 and UC512: a valve with a pulse input for the water that flows through it.

``pulse1`` counts up for good; what akenza calls ``relativePulse1`` is the difference and is not read.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="milesight_uc51x",
    vendor="Milesight",
    model="UC511, UC512",
    source="akenza-io/device-type-library types/milesight/UC51X",
    fields={
        "pulse1": Field(property="total_volume", per="pulses_per_m3"),
        "batteryLevel": Field(property="battery"),
        "battery": Field(property="battery"),
    },
    codec="milesight_uc51x.js",
    required=("pulses_per_m3",),
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={"pulse1": 5, "relativePulse1": 4, "batteryLevel": 92},
            results={"total_volume": 0.005, "battery": 92.0},
            site={"pulses_per_m3": 1000},
            source="akenza-io/device-type-library types/milesight/UC51X/uplink.spec.js",
        ),
    ),
)
