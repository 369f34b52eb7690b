"""Recycling sites (Containerstellplätze) of Rostock."""

from __future__ import annotations

from sensors.registers._register import Register
from sensors.registers._rostock import PLACE, SCHEMA

REGISTER = Register(
    title="containerstellplaetze_hro",
    source=SCHEMA,
    marks=frozenset({"anzahl_glas", "anzahl_papier"}),
    words={
        **PLACE,
        "bezeichnung": "name",
        "bewirtschafter_glas": "operator",
        "anzahl_glas": "glass_containers",
        "anzahl_papier": "paper_containers",
        "anzahl_altkleider": "textile_containers",
    },
    kind="container_site",
)
