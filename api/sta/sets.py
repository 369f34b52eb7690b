"""The eight entity sets of SensorThings: what each is called, what it leads to, and what is told of it.

Source: OGC 18-088 SensorThings API Part 1: Sensing, version 1.1, section 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a relation leads."""

    to: str
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySet:
    """One of the eight."""

    name: str
    singular: str
    fields: tuple[str, ...]
    """In the order in which they are told; what is not told of an entity is left out."""
    relations: Mapping[str, Relation]
    geometry: str = ""
    """Name of the field that is one."""
    times: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What an expression may begin with."""
        return ("@iot.id", "id", *self.fields, *self.relations)


def _one(to: str) -> Relation:
    return Relation(to, many=False)


def _many(to: str) -> Relation:
    return Relation(to, many=True)


_SETS = (
    EntitySet(
        name="Things",
        singular="Thing",
        fields=("name", "description", "properties"),
        relations={
            "Datastreams": _many("Datastreams"),
            "Locations": _many("Locations"),
            "HistoricalLocations": _many("HistoricalLocations"),
        },
    ),
    EntitySet(
        name="Locations",
        singular="Location",
        fields=("name", "description", "encodingType", "location", "properties"),
        relations={"Things": _many("Things"), "HistoricalLocations": _many("HistoricalLocations")},
        geometry="location",
    ),
    EntitySet(
        name="HistoricalLocations",
        singular="HistoricalLocation",
        fields=("time",),
        relations={"Thing": _one("Things"), "Locations": _many("Locations")},
        times=("time",),
    ),
    EntitySet(
        name="Datastreams",
        singular="Datastream",
        fields=(
            "name",
            "description",
            "observationType",
            "unitOfMeasurement",
            "observedArea",
            "phenomenonTime",
            "properties",
        ),
        relations={
            "Thing": _one("Things"),
            "Sensor": _one("Sensors"),
            "ObservedProperty": _one("ObservedProperties"),
            "Observations": _many("Observations"),
        },
        geometry="observedArea",
        times=("phenomenonTime",),
    ),
    EntitySet(
        name="Sensors",
        singular="Sensor",
        fields=("name", "description", "encodingType", "metadata", "properties"),
        relations={"Datastreams": _many("Datastreams")},
    ),
    EntitySet(
        name="ObservedProperties",
        singular="ObservedProperty",
        fields=("name", "definition", "description", "properties"),
        relations={"Datastreams": _many("Datastreams")},
    ),
    EntitySet(
        name="Observations",
        singular="Observation",
        fields=("phenomenonTime", "resultTime", "result", "resultQuality"),
        relations={"Datastream": _one("Datastreams"), "FeatureOfInterest": _one("FeaturesOfInterest")},
        times=("phenomenonTime", "resultTime"),
    ),
    EntitySet(
        name="FeaturesOfInterest",
        singular="FeatureOfInterest",
        fields=("name", "description", "encodingType", "feature", "properties"),
        relations={"Observations": _many("Observations")},
        geometry="feature",
    ),
)

SETS: Mapping[str, EntitySet] = MappingProxyType({one.name: one for one in _SETS})
OBSERVATIONS = SETS["Observations"]
