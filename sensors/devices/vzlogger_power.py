"""vzlogger: a channel of power, OBIS 16.7.0, in W.

The unit stands in vzlogger's configuration alone: these are the units of meters that speak SML.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vzlogger_power",
    vendor="volkszaehler.org",
    model="vzlogger: power",
    source="volkszaehler/vzlogger src/mqtt.cpp",
    fields={
        "value": Field(property="active_power", unit="W"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"value": 250.5},
            results={"active_power": 0.2505},
            source="the value is made up",
        ),
    ),
)
