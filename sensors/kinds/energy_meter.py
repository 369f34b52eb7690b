"""An electricity meter of a building or installation: what it has counted, and what it draws now."""

from __future__ import annotations

from datetime import timedelta

from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

TOTAL_ACTIVE_ENERGY_IMPORT = ObservedProperty(
    name="total_active_energy_import",
    title="Energy taken from the grid",
    title_de="Bezogene Energie",
    unit="kWh",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative reading over all phases and tariffs. It may start anew or roll over.",
    source="smart-data-models/dataModel.Energy ACMeasurement.totalActiveEnergyImport; OBIS 1-0:1.8.0",
    fail=(0.0, 1e9),
    max_hold=timedelta(hours=2),
)

ACTIVE_POWER = ObservedProperty(
    name="active_power",
    title="Active power",
    title_de="Wirkleistung",
    unit="kW",
    series=SeriesKind.GAUGE,
    description="Power drawn now over all phases; negative where more is fed in than drawn.",
    source="smart-data-models/dataModel.Energy ACMeasurement.totalActivePower; OBIS 1-0:16.7.0",
    fail=(-1e5, 1e5),
    max_hold=timedelta(minutes=30),
    suspect_above_site="max_power_kw",
)

KIND = SensorKind(
    name="energy_meter",
    domain="energy",
    title="Electricity meter",
    title_de="Stromzähler",
    properties=(TOTAL_ACTIVE_ENERGY_IMPORT, ACTIVE_POWER),
    site={
        "floor_area_m2": "heated floor area behind the meter in square metres",
        "max_power_kw": "greatest power the connection can carry in kilowatts",
        "counter_modulus_kwh": "kilowatt hours at which the meter starts again at zero, where it does",
        "pulses_per_kwh": "pulses per kilowatt hour as printed on the meter, where a pulse counter reads it",
    },
    examples=(KindExample(site={}, reading={"total_active_energy_import": 50859.78}, derived={}),),
)
