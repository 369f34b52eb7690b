"""Places to park (Parkmöglichkeiten) of Rostock."""

from __future__ import annotations

from sensors.registers._register import Register
from sensors.registers._rostock import PLACE, SCHEMA

REGISTER = Register(
    title="parkmoeglichkeiten_hro",
    source=SCHEMA,
    marks=frozenset({"standort", "stellplaetze_pkw"}),
    words={**PLACE, "uuid": "id", "standort": "name", "betreiber": "operator", "stellplaetze_pkw": "capacity"},
    kind="parking_lot",
)
