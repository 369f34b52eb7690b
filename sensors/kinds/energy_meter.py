"""An electricity meter of a building or installation: what it has counted, in and out, and what it draws now."""

from __future__ import annotations

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR
from sensors.kinds._electricity import (
    ACTIVE_POWER,
    CURRENTS,
    EXPORT_TARIFFS,
    FREQUENCY,
    IMPORT_TARIFFS,
    POWER_FACTOR,
    SITE,
    TOTAL_ACTIVE_ENERGY_EXPORT,
    TOTAL_ACTIVE_ENERGY_IMPORT,
    TOTAL_CHARGE,
    TOTAL_REACTIVE_ENERGY_EXPORT,
    TOTAL_REACTIVE_ENERGY_IMPORT,
    VOLTAGES,
    totals,
)
from sensors.model import KindExample, SensorKind

_TARIFF_1, _TARIFF_2 = IMPORT_TARIFFS[0].name, IMPORT_TARIFFS[1].name

KIND = SensorKind(
    name="energy_meter",
    domain="energy",
    title="Electricity meter",
    title_de="Stromzähler",
    properties=(
        TOTAL_ACTIVE_ENERGY_IMPORT,
        ACTIVE_POWER,
        TOTAL_ACTIVE_ENERGY_EXPORT,
        *IMPORT_TARIFFS,
        *EXPORT_TARIFFS,
        TOTAL_REACTIVE_ENERGY_IMPORT,
        TOTAL_REACTIVE_ENERGY_EXPORT,
        *VOLTAGES,
        *CURRENTS,
        POWER_FACTOR,
        FREQUENCY,
        TOTAL_CHARGE,
        BATTERY,
        BATTERY_VOLTAGE,
        RSSI,
        SNR,
    ),
    site={
        **SITE,
        HOUSEHOLD: MEANING,
        "floor_area_m2": "heated floor area behind the meter in square metres",
        "inhabitants": "people who live behind the meter, for its electricity by inhabitant",
        "pv_plant": "id of the photovoltaic plant behind the same connection, a thing of its own",
        "meters_load": "true where the meter counts all that is used behind it, and not what the grid delivers",
        "weather_station": "id of the weather station whose temperature counts for the building",
    },
    derive=totals,
    examples=(
        KindExample(site={}, reading={"total_active_energy_import": 50859.78}, derived={}),
        KindExample(
            site={}, reading={_TARIFF_1: 2423.5, _TARIFF_2: 100.0}, derived={"total_active_energy_import": 2523.5}
        ),
        KindExample(site={}, reading={_TARIFF_1: 2423.5}, derived={}),
        KindExample(site={}, reading={_TARIFF_1: 0.0, _TARIFF_2: 0.0}, derived={}),
        KindExample(site={"tariffs": 1}, reading={_TARIFF_1: 5.0}, derived={"total_active_energy_import": 5.0}),
        KindExample(site={}, reading={"total_charge": 100.0}, derived={}),
        KindExample(
            site={"nominal_voltage_v": 230},
            reading={"total_charge": 100.0},
            derived={"total_active_energy_import": 23.0},
        ),
        KindExample(site={"tariffs": 3}, reading={_TARIFF_1: 5.0, _TARIFF_2: 1.0}, derived={}),
    ),
)
