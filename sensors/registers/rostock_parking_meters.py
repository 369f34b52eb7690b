"""Ticket machines (Parkscheinautomaten) of Rostock: which kind they are watched as has to be said."""

from __future__ import annotations

from sensors.registers._register import Register
from sensors.registers._rostock import PLACE, SCHEMA

REGISTER = Register(
    title="parkscheinautomaten_hro",
    source=SCHEMA,
    marks=frozenset({"nummer", "handyparkzone"}),
    words={**PLACE, "nummer": "id", "bezeichnung": "name", "stellplaetze_pkw": "capacity"},
)
