"""How much electricity a building takes in a year for each square metre."""

from __future__ import annotations

from processing.indicators._electricity_by import electricity_by
from processing.rolling import AREA

INDICATOR = electricity_by(
    AREA,
    500,
    words=("energy_intensity", "Energy intensity, electricity", "Stromkennwert"),
    description=(
        "Electricity of the last 365 local days, up to the end of the day it is told for, by the floor area of the "
        "site (floor_area_m2) as it is then: 365 times the mean of the known days, so that leap years and missing days "
        "do not matter; nine tenths of the time must be known. Of a group it is the energy of all members by the area "
        "of all."
    ),
    unit="kW.h/m2/a",
    source="Energy intensity kWh/(m2 a), as commonly taught; rolling 365 days: our definition",
)
