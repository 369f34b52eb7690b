"""A fire-access zone: whoever stands here blocks the fire brigade."""

from __future__ import annotations

from sensors.kinds._space import OBSERVED
from sensors.model import KindExample, SensorKind

KIND = SensorKind(
    name="fire_access_zone",
    domain="parking",
    title="Fire-access zone",
    title_de="Feuerwehrzufahrt",
    properties=OBSERVED,
    site={
        "max_stay_min": "minutes after which a vehicle counts as blocking, 0 for at once",
        "hours": "when it must be free, as OSM opening_hours; always where nothing is said",
    },
    examples=(KindExample(site={"max_stay_min": 3}, reading={"occupied": 1.0}, derived={}),),
)
