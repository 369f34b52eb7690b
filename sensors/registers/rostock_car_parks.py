"""Car parks of Rostock as gathered from press releases: their ``kind`` is how they are built."""

from __future__ import annotations

from sensors.registers._register import Register

REGISTER = Register(
    title="car parks of Rostock",
    source="the sources that its own column 'source' names",
    marks=frozenset({"capacity_year", "coord_quality"}),
    words={"kind": "construction"},
    kind="parking_lot",
)
