"""How much electricity a building takes in a year for each of its inhabitants."""

from __future__ import annotations

from processing.indicators._electricity_by import electricity_by
from processing.rolling import PEOPLE

INDICATOR = electricity_by(
    PEOPLE,
    20,
    words=("energy_per_inhabitant", "Electricity by inhabitant", "Strom je Einwohner"),
    description=(
        "Electricity of the last 365 local days, up to the end of the day it is told for, by the number of people who "
        "live behind the meter (inhabitants of the site) as it is then: 365 times the mean of the known days; nine "
        "tenths of the time must be known. Of a group it is the energy of all members that say how many they are by "
        "all their inhabitants: not of the whole city, unless all of its meters do."
    ),
    unit="kW.h/{inhabitant}/a",
    source="kWh by inhabitant, as commonly taught; rolling 365 days: our definition",
)
