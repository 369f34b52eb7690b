"""Ellenex PLS2-L: level of a liquid in metres, by pressure at the bottom of a tank or an underground container.

``level`` is the height of the liquid here; other vendors call the way down to the content so.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="ellenex_pls2_l",
    vendor="Ellenex",
    model="PLS2-L",
    source="TheThingsNetwork/lorawan-devices vendor/ellenex/pls2-l-codec.yaml",
    fields={
        "level": Field(property="content_height", unit="m"),
        "batteryVoltage": Field(property="battery_voltage"),
    },
    codec="ellenex_pls2_l.js",
    examples=(
        DeviceExample(
            kind="waste_container",
            fields={"level": 4.62, "batteryVoltage": 3.4},
            results={"content_height": 4620.0, "battery_voltage": 3.4},
            source="TheThingsNetwork/lorawan-devices vendor/ellenex/pls2-l-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            fields={"level": -0.24, "batteryVoltage": 3.4},
            results={"content_height": -240.0, "battery_voltage": 3.4},
            source="TheThingsNetwork/lorawan-devices vendor/ellenex/pls2-l-codec.yaml, its zero error",
        ),
    ),
)
