"""vzlogger: a channel of energy taken, OBIS 1.8.0, in Wh.

The unit stands in vzlogger's configuration alone: these are the units of meters that speak SML.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vzlogger_import",
    vendor="volkszaehler.org",
    model="vzlogger: energy taken",
    source="volkszaehler/vzlogger src/mqtt.cpp",
    fields={
        "value": Field(property="total_active_energy_import", unit="Wh"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={"value": 38_118.6915},
            results={"total_active_energy_import": 38.1186915},
            source="formats survey, vzlogger messages (public source file, code index 8890159671)",
        ),
    ),
)
