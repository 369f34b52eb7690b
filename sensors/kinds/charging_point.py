"""A charging point for electric vehicles: its state, what it has given, and whether the bay before it is taken."""

from __future__ import annotations

from datetime import timedelta

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._electricity import ACTIVE_POWER, CURRENTS, SITE, TOTAL_ACTIVE_ENERGY_IMPORT, VOLTAGES
from sensors.kinds._space import OCCUPIED
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

CHARGING_STATUS = ObservedProperty(
    name="charging_status",
    title="Charging status",
    title_de="Ladezustand",
    unit="1",
    series=SeriesKind.STATE,
    description="What the point says of itself; finished means that a full vehicle still stands on the cable.",
    source="OCPP 1.6 StatusNotification; smart-data-models/dataModel.Transportation EVChargingStation.status",
    fail=(0.0, 6.0),
    max_hold=timedelta(hours=24),
    categories=("available", "preparing", "charging", "suspended", "finished", "reserved", "out_of_service"),
)

KIND = SensorKind(
    name="charging_point",
    domain="energy",
    title="Charging point",
    title_de="Ladepunkt",
    properties=(CHARGING_STATUS, ACTIVE_POWER, TOTAL_ACTIVE_ENERGY_IMPORT, OCCUPIED, *VOLTAGES, *CURRENTS),
    site={
        HOUSEHOLD: MEANING,
        **SITE,
        "parking_lot": "id of the car park that the charging point stands in",
        "connectors": "kinds of connector: type 2, CCS, CHAdeMO",
    },
    examples=(
        KindExample(site={"max_power_kw": 22}, reading={"charging_status": 2.0, "active_power": 10.8}, derived={}),
    ),
)
