"""A cabinet that switches and feeds the street lights of some streets."""

from __future__ import annotations

from datetime import timedelta

from sensors.kinds._device import TEMPERATURE
from sensors.kinds._electricity import (
    ACTIVE_POWER,
    CURRENTS,
    FREQUENCY,
    POWER_FACTOR,
    SITE,
    TOTAL_ACTIVE_ENERGY_IMPORT,
    TOTAL_REACTIVE_ENERGY_IMPORT,
    VOLTAGES,
)
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

SWITCHED_ON = ObservedProperty(
    name="switched_on",
    title="Lights switched on",
    title_de="Beleuchtung eingeschaltet",
    unit="1",
    series=SeriesKind.STATE,
    description="Whether the cabinet feeds its lamps; burning by day is a fault.",
    source="smart-data-models/dataModel.Streetlighting StreetlightGroup.powerState (on, off)",
    fail=(0.0, 1.0),
    max_hold=timedelta(hours=24),
    categories=("off", "on"),
)

DOOR_OPEN = ObservedProperty(
    name="door_open",
    title="Door",
    title_de="Tür",
    unit="1",
    series=SeriesKind.STATE,
    description="Whether the cabinet's door stands open.",
    source="smart-data-models/dataModel.Streetlighting StreetlightControlCabinet; door contact: our definition",
    fail=(0.0, 1.0),
    max_hold=timedelta(hours=26),
    categories=("closed", "open"),
)

KIND = SensorKind(
    name="street_light_cabinet",
    domain="energy",
    title="Street light cabinet",
    title_de="Schaltschrank der Straßenbeleuchtung",
    properties=(
        SWITCHED_ON,
        ACTIVE_POWER,
        TOTAL_ACTIVE_ENERGY_IMPORT,
        TOTAL_REACTIVE_ENERGY_IMPORT,
        *VOLTAGES,
        *CURRENTS,
        POWER_FACTOR,
        FREQUENCY,
        DOOR_OPEN,
        TEMPERATURE,
    ),
    site={**SITE, "light_points": "number of light points that the cabinet feeds"},
    examples=(KindExample(site={"light_points": 84}, reading={"switched_on": 1.0, "active_power": 3.1}, derived={}),),
)
