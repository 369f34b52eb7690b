"""Charging stations for electric vehicles (Ladestationen) of Rostock."""

from __future__ import annotations

from sensors.registers._register import Register
from sensors.registers._rostock import PLACE, SCHEMA

REGISTER = Register(
    title="ladestationen_elektrofahrzeuge_hro",
    source=SCHEMA,
    marks=frozenset({"verbund", "anzahl_ladepunkte"}),
    words={
        **PLACE,
        "uuid": "id",
        "bezeichnung": "name",
        "betreiber": "operator",
        "arten_ladepunkte": "connectors",
    },
    kind="charging_point",
)
