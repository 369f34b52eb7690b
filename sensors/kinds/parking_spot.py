"""A single parking space whose sensor says whether a vehicle stands on it."""

from __future__ import annotations

from sensors.kinds._space import OBSERVED
from sensors.model import KindExample, SensorKind

KIND = SensorKind(
    name="parking_spot",
    domain="parking",
    title="Parking space",
    title_de="Stellplatz",
    properties=OBSERVED,
    site={
        "parking_lot": "id of the car park that the space belongs to",
        "category": "whom the space is for: anyone, disabled, family, electric or camper",
        "max_stay_min": "minutes that a vehicle may stand, where that is limited",
        "hours": "when that limit is in force, as OSM opening_hours; always where it is not said",
    },
    examples=(KindExample(site={}, reading={"occupied": 1.0, "temperature": -1.0}, derived={}),),
)
