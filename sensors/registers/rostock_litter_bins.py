"""Litter bins (Abfallbehälter) of Rostock."""

from __future__ import annotations

from sensors.registers._register import Register
from sensors.registers._rostock import PLACE, SCHEMA

REGISTER = Register(
    title="abfallbehaelter_hro",
    source=SCHEMA,
    marks=frozenset({"pflegeobjekt", "bewirtschafter"}),
    words={**PLACE, "bewirtschafter": "operator"},
    kind="waste_container",
    site={"fraction": "litter"},
)
