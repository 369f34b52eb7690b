"""A car park that counts its free spaces as a whole, at its barriers or over its own space sensors."""

from __future__ import annotations

from datetime import timedelta

from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

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

KIND = SensorKind(
    name="parking_lot",
    domain="parking",
    title="Car park",
    title_de="Parkhaus oder Parkplatz",
    properties=(AVAILABLE_SPOT_NUMBER,),
    site={"capacity": "spaces in service, a number"},
    required=("capacity",),
    examples=(KindExample(site={"capacity": 350}, reading={"available_spot_number": 112.0}, derived={}),),
)
