"""GWFcoder water meter with the module RCM-LRW10: its volume in cubic metres, as its display shows it."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="gwf_coder",
    vendor="GWF",
    model="GWFcoder, RCM-LRW10",
    source="akenza-io/device-type-library types/GWF/GWFcoder",
    fields={
        "volume": Field(property="total_volume"),
    },
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={"meterMedium": "WATER", "actualityDuration": 456, "volume": 1.016, "relativeVolume": 0.516},
            results={"total_volume": 1.016},
            source="akenza-io/device-type-library types/GWF/GWFcoder/uplink.spec.js",
        ),
    ),
)
