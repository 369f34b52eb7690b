"""A car park that counts its spaces as a whole: at its barriers, or over its own space sensors.

A single space says in its site property ``parking_lot`` which car park it belongs to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

AVAILABLE_SPOT_NUMBER = ObservedProperty(
    name="available_spot_number",
    title="Free spaces",
    title_de="Freie Stellplätze",
    unit="{space}",
    series=SeriesKind.STATE,
    description="Spaces a driver could take now. Fewer than none cannot be; more than the capacity is doubted.",
    source="smart-data-models/dataModel.Parking OffStreetParking.availableSpotNumber",
    fail=(0.0, 100_000.0),
    max_hold=timedelta(hours=2),
    suspect_above_site="capacity",
)

OCCUPIED_SPOT_NUMBER = ObservedProperty(
    name="occupied_spot_number",
    title="Occupied spaces",
    title_de="Belegte Stellplätze",
    unit="{space}",
    series=SeriesKind.STATE,
    description="Spaces on which a vehicle stands; where only these are told, the capacity's remainder is free.",
    source="smart-data-models/dataModel.Parking OffStreetParking.occupiedSpotNumber",
    fail=(0.0, 100_000.0),
    max_hold=timedelta(hours=2),
    suspect_above_site="capacity",
)

OUT_OF_SERVICE_SLOT_NUMBER = ObservedProperty(
    name="out_of_service_slot_number",
    title="Spaces out of service",
    title_de="Gesperrte Stellplätze",
    unit="{space}",
    series=SeriesKind.STATE,
    description="Spaces that nobody may take now: works, events, a closed level. Told once a day at least.",
    source="smart-data-models/dataModel.Parking OffStreetParking.outOfServiceSlotNumber",
    fail=(0.0, 100_000.0),
    max_hold=timedelta(hours=24),
    suspect_above_site="capacity",
)

CLOSED = ObservedProperty(
    name="closed",
    title="Closed",
    title_de="Geschlossen",
    unit="1",
    series=SeriesKind.STATE,
    description="Whether nobody may drive in, as at night or for works. Told on change, and once a day at least.",
    source="smart-data-models/dataModel.Parking OffStreetParking.status (open, closed)",
    fail=(0.0, 1.0),
    max_hold=timedelta(hours=24),
    categories=("open", "closed"),
)


def _passed(name: str, title: str, title_de: str, way: str) -> ObservedProperty:
    return ObservedProperty(
        name=name,
        title=title,
        title_de=title_de,
        unit="{vehicle}",
        series=SeriesKind.COUNTER,
        description=f"Cumulative count of vehicles that drove {way}. It may start anew every night.",
        source="smart-data-models/dataModel.Parking ParkingAccess; indicator rules, Entry/exit balance",
        fail=(0.0, 1e9),
        max_hold=timedelta(hours=2),
    )


VEHICLES_IN = _passed("vehicles_in", "Vehicles in", "Eingefahrene Fahrzeuge", "in")
VEHICLES_OUT = _passed("vehicles_out", "Vehicles out", "Ausgefahrene Fahrzeuge", "out")


def free_spaces(reading: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the free spaces of a car park that tells only the occupied ones: capacity - occupied - out of service."""
    occupied, capacity = reading.get("occupied_spot_number"), site.get("capacity")
    if occupied is None or capacity is None or "available_spot_number" in reading:
        return {}
    free = capacity - occupied - reading.get("out_of_service_slot_number", 0.0)
    return {"available_spot_number": max(free, 0.0)}  # in this order NaN stays what it is


_SITE = {"capacity": 350}

KIND = SensorKind(
    name="parking_lot",
    domain="parking",
    title="Car park",
    title_de="Parkhaus oder Parkplatz",
    properties=(
        AVAILABLE_SPOT_NUMBER,
        OCCUPIED_SPOT_NUMBER,
        OUT_OF_SERVICE_SLOT_NUMBER,
        CLOSED,
        VEHICLES_IN,
        VEHICLES_OUT,
    ),
    site={
        "capacity": "all spaces, a number; what is out of service is told as observations, or by a later capacity",
        "vehicles_at_night": "vehicles that stand there between 3 and 5 h, to anchor counts of entries by; else 0",
        "counter_modulus_vehicles": "number at which counts of vehicles start again at 0, where they do",
        "counts_start_anew": "1 where counts of vehicles start at 0 every night",
    },
    required=("capacity",),
    derive=free_spaces,
    examples=(
        KindExample(site=_SITE, reading={"available_spot_number": 112.0}, derived={}),
        KindExample(site=_SITE, reading={"occupied_spot_number": 238.0}, derived={"available_spot_number": 112.0}),
        KindExample(
            site=_SITE,
            reading={"occupied_spot_number": 238.0, "out_of_service_slot_number": 12.0},
            derived={"available_spot_number": 100.0},
        ),
        KindExample(site=_SITE, reading={"occupied_spot_number": 351.0}, derived={"available_spot_number": 0.0}),
        KindExample(site=_SITE, reading={"vehicles_in": 1204.0, "vehicles_out": 1100.0}, derived={}),
    ),
)
