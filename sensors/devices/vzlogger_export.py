"""vzlogger: a channel of energy fed in, OBIS 2.8.0, in Wh.

The unit stands in vzlogger's configuration alone: these are the units of meters that speak SML.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vzlogger_export",
    vendor="volkszaehler.org",
    model="vzlogger: energy fed in",
    source="volkszaehler/vzlogger src/mqtt.cpp",
    fields={
        "value": Field(property="total_active_energy_export", unit="Wh"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"value": 42_601.9535},
            results={"total_active_energy_export": 42.6019535},
            source="formats survey, vzlogger messages (public source file, code index 8890159671)",
        ),
    ),
)
