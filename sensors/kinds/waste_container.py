"""A waste or recycling container, or a litter bin, whose sensor looks down from the lid at the content."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR, TEMPERATURE
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
    checks={"stuck_hours": 72.0},
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
    # An emptying is a step: half of it, at most 50, is the way from the middle between the readings before and after.
    checks={"spike": 50.0, "spike_hours": 2.0},
)

COLLECTED_LEVEL = ObservedProperty(
    name="collected_level",
    title="Filling level at collection",
    title_de="Füllstand bei der Leerung",
    unit="%",
    series=SeriesKind.EVENT,
    description="What the crew found as it emptied a container: a record of the collection. Above 100 it overflowed.",
    source="Emptying event by collection record: indicator rules, Waste",
    fail=(0.0, 200.0),
    suspect=(0.0, 100.0),
    max_hold=timedelta(days=14),
)

TILTED = ObservedProperty(
    name="tilted",
    title="Tilted",
    title_de="Gekippt",
    unit="1",
    series=SeriesKind.EVENT,
    description="1: the sensor did not hang upright as it measured, with the lid open or the container lying down.",
    source="position (normal, tilt) of Milesight's EM310-UDL and EM400: Milesight-IoT/SensorDecoders em-series",
    fail=(0.0, 1.0),
    max_hold=timedelta(hours=12),
)

CONTENT_HEIGHT = ObservedProperty(
    name="content_height",
    title="Height of the content",
    title_de="Höhe des Inhalts",
    unit="mm",
    series=SeriesKind.GAUGE,
    description="Height of a liquid above the bottom, by a sensor lying in it; a little below zero is its zero error.",
    source="liquid level of submersed pressure sensors: TheThingsNetwork/lorawan-devices vendor/ellenex/pls2-l",
    fail=(-1000.0, 100_000.0),
    suspect=(-100.0, 20_000.0),
    max_hold=timedelta(hours=12),
)


def filling_level(reading: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the filling level that a distance means at this site: nothing for an error code or without geometry.

    Nor for a sensor that does not hang upright, for it does not look at the content: the level is not known.
    100 * (empty - distance) / (empty - full) [%], kept within 0..100; the raw distance stays beside it. A content's
    height is empty - distance.
    """
    empty, full = site.get("distance_empty_mm"), site.get("distance_full_mm")
    height = reading.get("content_height")
    if empty is None or full is None or empty <= full or "filling_level" in reading or reading.get("tilted"):
        return {}
    distance = empty - height if height is not None else reading.get("distance")
    if distance is None or (height is None and not 0 < distance < REACH):
        return {}
    level = 100.0 * (empty - distance) / (empty - full)
    return {"filling_level": min(max(level, 0.0), 100.0)}  # in this order NaN stays what it is


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
    properties=(
        *(DISTANCE, FILLING_LEVEL, COLLECTED_LEVEL, TEMPERATURE, BATTERY, BATTERY_VOLTAGE, CONTENT_HEIGHT, TILTED),
        *(RSSI, SNR),
    ),
    site={
        "distance_empty_mm": "millimetres from the sensor to the bottom of the empty container",
        "distance_full_mm": "millimetres from the sensor to the content when the container is full",
        "capacity_l": "usable volume in litres",
        "fraction": "what is collected: glass, paper, packaging, organic, residual, textiles or litter",
        "container_site": "id of the container site that the container stands on",
        "emptying_weekdays": "weekdays of the planned rounds, a list: 1 Monday .. 7 Sunday",
        "emptying_weekdays_winter": "the same from October to March, where they differ then",
        "emptying_every_weeks": "weeks from round to round, 1 .. 8; 1 where it is not told",
        "emptying_week_of": "a date in a week with a round, 2026-01-05, where not every week has one",
        "emptying_hour": "local hour at which the round comes; 6 where it is not told",
        "emptyings_per_year_summer": "planned emptyings a year at the rhythm of summer, April to September "
        "(leerungshaeufigkeit_pro_jahr of leerungszeiten_sommer)",
        "emptyings_per_year_winter": "planned emptyings a year at the rhythm of winter "
        "(leerungshaeufigkeit_pro_jahr of leerungszeiten_winter)",
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
        KindExample(site=_SITE, reading={"distance": 900.0, "tilted": 1.0}, derived={}),
        KindExample(site=_SITE, reading={"distance": 900.0, "tilted": 0.0}, derived={"filling_level": 50.0}),
        KindExample(site=_SITE, reading={"content_height": 600.0}, derived={"filling_level": 50.0}),
        KindExample(site=_SITE, reading={"filling_level": 70.0, "distance": 900.0}, derived={}),
        KindExample(site=_SITE, reading={"temperature": 12.5}, derived={}),
    ),
)
