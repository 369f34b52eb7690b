"""A waste or recycling container, or a litter bin, whose sensor looks down from the lid at the content."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sensors.kinds._device import BATTERY, TEMPERATURE
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

REACH = 10_000.0
"""Millimetres: the farthest that container sensors claim to see. A reading there is an error code, as is 0."""

DISTANCE = ObservedProperty(
    name="distance",
    title="Distance to the content",
    title_de="Abstand zum Inhalt",
    unit="mm",
    series=SeriesKind.GAUGE,
    description="Way from the sensor to the surface of the content; 0 and the end of the scale are error codes.",
    source="distance in mm: Milesight, Dragino and Decentlab codecs; error codes: indicator rules, Fill level",
    fail=(1.0, REACH - 1.0),
    max_hold=timedelta(hours=12),
)

FILLING_LEVEL = ObservedProperty(
    name="filling_level",
    title="Filling level",
    title_de="Füllstand",
    unit="%",
    series=SeriesKind.GAUGE,
    description="Share of the depth that is filled: 100 * (empty - distance) / (empty - full), kept within 0..100.",
    source="smart-data-models/dataModel.WasteManagement WasteContainer.fillingLevel, there 0..1; our formula",
    fail=(0.0, 100.0),
    max_hold=timedelta(hours=12),
)


def filling_level(reading: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the filling level that a distance means at this site: nothing for an error code or without geometry.

    100 * (empty - distance) / (empty - full) [%], kept within 0..100; the raw distance stays beside it.
    """
    distance = reading.get("distance")
    empty, full = site.get("distance_empty_mm"), site.get("distance_full_mm")
    if distance is None or empty is None or full is None or empty <= full or not 0 < distance < REACH:
        return {}
    level = 100.0 * (empty - distance) / (empty - full)
    return {"filling_level": min(100.0, max(0.0, level))}


def geometry(site: Mapping[str, Any]) -> str:
    """Object to a container whose full mark lies below its empty mark; an empty string is no objection."""
    if site["distance_empty_mm"] > site["distance_full_mm"] >= 0:
        return ""
    return "distance_empty_mm must be greater than distance_full_mm: both are measured down from the sensor"


_SITE = {"distance_empty_mm": 1500, "distance_full_mm": 300}

KIND = SensorKind(
    name="waste_container",
    domain="waste",
    title="Waste container",
    title_de="Abfallbehälter",
    properties=(DISTANCE, FILLING_LEVEL, TEMPERATURE, BATTERY),
    site={
        "distance_empty_mm": "millimetres from the sensor to the bottom of the empty container",
        "distance_full_mm": "millimetres from the sensor to the content when the container is full",
        "capacity_l": "usable volume in litres",
        "fraction": "what is collected: glass, paper, residual or litter",
    },
    required=("distance_empty_mm", "distance_full_mm"),
    objection=geometry,
    derive=filling_level,
    examples=(
        KindExample(site=_SITE, reading={"distance": 1500.0}, derived={"filling_level": 0.0}),
        KindExample(site=_SITE, reading={"distance": 900.0}, derived={"filling_level": 50.0}),
        KindExample(site=_SITE, reading={"distance": 250.0}, derived={"filling_level": 100.0}),
        KindExample(site=_SITE, reading={"distance": 2116.0, "battery": 92.0}, derived={"filling_level": 0.0}),
        KindExample(site=_SITE, reading={"distance": 0.0}, derived={}),
        KindExample(site=_SITE, reading={"distance": REACH}, derived={}),
        KindExample(site={}, reading={"distance": 900.0}, derived={}),
        KindExample(site=_SITE, reading={"temperature": 12.5}, derived={}),
    ),
)
