"""A loading zone: vehicles may stand to load, and nobody may park."""

from __future__ import annotations

from sensors.kinds._space import OBSERVED
from sensors.model import KindExample, SensorKind

KIND = SensorKind(
    name="loading_zone",
    domain="parking",
    title="Loading zone",
    title_de="Ladezone",
    properties=OBSERVED,
    site={
        "max_stay_min": "minutes that a vehicle may stand to load",
        "hours": "when the zone is in force, as OSM opening_hours",
    },
    examples=(KindExample(site={"max_stay_min": 3}, reading={"occupied": 1.0}, derived={}),),
)
