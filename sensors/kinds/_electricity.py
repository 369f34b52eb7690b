"""What is measured of electricity, shared by meters, plants, charging points and cabinets: one name, one meaning."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sensors.model import ObservedProperty, SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_AC = "smart-data-models/dataModel.Energy ACMeasurement"
_HOLD = timedelta(minutes=30)
TARIFFS = (1, 2, 3, 4)
PHASES = (1, 2, 3)

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

TOTAL_ACTIVE_ENERGY_EXPORT = ObservedProperty(
    name="total_active_energy_export",
    title="Energy fed into the grid",
    title_de="Eingespeiste Energie",
    unit="kWh",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative reading of what was fed in, over all phases and tariffs.",
    source=f"{_AC}.totalActiveEnergyExport; OBIS 1-0:2.8.0",
    fail=(0.0, 1e9),
    max_hold=timedelta(hours=2),
)

TOTAL_REACTIVE_ENERGY_IMPORT = ObservedProperty(
    name="total_reactive_energy_import",
    title="Reactive energy taken from the grid",
    title_de="Bezogene Blindarbeit",
    unit="kvarh",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative reading of reactive energy taken from the grid.",
    source=f"{_AC}.totalReactiveEnergyImport; OBIS 1-0:3.8.0; UCUM has no var: annotated volt amperes",
    fail=(0.0, 1e9),
    max_hold=timedelta(hours=2),
)

TOTAL_REACTIVE_ENERGY_EXPORT = ObservedProperty(
    name="total_reactive_energy_export",
    title="Reactive energy fed into the grid",
    title_de="Eingespeiste Blindarbeit",
    unit="kvarh",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative reading of reactive energy fed into the grid.",
    source=f"{_AC}.totalReactiveEnergyExport; OBIS 1-0:4.8.0",
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

POWER_FACTOR = ObservedProperty(
    name="power_factor",
    title="Power factor",
    title_de="Leistungsfaktor",
    unit="1",
    series=SeriesKind.GAUGE,
    description="Active by apparent power over all phases, negative while feeding in; some meters send percent.",
    source=f"{_AC}.totalPowerFactor; OBIS 1-0:13.7.0",
    fail=(-1.0, 1.0),
    max_hold=_HOLD,
)

FREQUENCY = ObservedProperty(
    name="frequency",
    title="Mains frequency",
    title_de="Netzfrequenz",
    unit="Hz",
    series=SeriesKind.GAUGE,
    description="Frequency of the grid at the meter, 50 Hz in Europe.",
    source=f"{_AC}.frequency; OBIS 1-0:14.7.0; doubted outside EN 50160: 47 to 52 Hz",
    fail=(0.0, 100.0),
    suspect=(47.0, 52.0),
    max_hold=_HOLD,
    checks={"spike": 1.0, "peers": 0.5},
)

TOTAL_CHARGE = ObservedProperty(
    name="total_charge",
    title="Charge counted",
    title_de="Gezählte Ladung",
    unit="A.h",
    series=SeriesKind.COUNTER,
    description="Cumulative ampere hours of a current clamp, over all its phases; energy only by an assumed voltage.",
    source="ampere hours of clamps by Milesight, Vutility and Ewattch; our definition",
    fail=(0.0, 1e10),
    max_hold=timedelta(hours=2),
)


def _tariff(way: str, number: int) -> ObservedProperty:
    bought = way == "import"
    obis = f"1-0:{1 if bought else 2}.8.{number}"
    return ObservedProperty(
        name=f"total_active_energy_{way}_tariff_{number}",
        title=f"Energy {'taken from' if bought else 'fed into'} the grid, tariff {number}",
        title_de=f"{'Bezogene' if bought else 'Eingespeiste'} Energie, Tarif {number}",
        unit="kWh",
        series=SeriesKind.COUNTER,
        description=f"The meter's cumulative reading of its tariff register {number}, over all phases.",
        source=f"{_AC}.totalActiveEnergy{way.title()} per tariff; OBIS {obis}",
        fail=(0.0, 1e9),
        max_hold=timedelta(hours=2),
    )


def _voltage(phase: int) -> ObservedProperty:
    return ObservedProperty(
        name=f"voltage_l{phase}",
        title=f"Voltage, phase {phase}",
        title_de=f"Spannung, Phase {phase}",
        unit="V",
        series=SeriesKind.GAUGE,
        description=f"Voltage between phase {phase} and neutral.",
        source=f"{_AC}.phaseVoltage.L{phase}; OBIS 1-0:{12 + 20 * phase}.7.0; EN 50160: 230 V, -15 to +10 %",
        fail=(0.0, 1000.0),
        suspect=(195.5, 253.0),
        max_hold=_HOLD,
        checks={"spike": 20.0, "stuck_hours": 6.0, "peers": 15.0},
    )


def _current(phase: int) -> ObservedProperty:
    return ObservedProperty(
        name=f"current_l{phase}",
        title=f"Current, phase {phase}",
        title_de=f"Strom, Phase {phase}",
        unit="A",
        series=SeriesKind.GAUGE,
        description=f"Current in phase {phase}; some meters sign it as they sign power.",
        source=f"{_AC}.current.L{phase}; OBIS 1-0:{11 + 20 * phase}.7.0",
        fail=(-10_000.0, 10_000.0),
        max_hold=_HOLD,
    )


IMPORT_TARIFFS = tuple(_tariff("import", number) for number in TARIFFS)
EXPORT_TARIFFS = tuple(_tariff("export", number) for number in TARIFFS)
VOLTAGES = tuple(_voltage(phase) for phase in PHASES)
CURRENTS = tuple(_current(phase) for phase in PHASES)

SITE = {
    "max_power_kw": "greatest power the connection can carry in kilowatts",
    "contract_power_kw": "mean power of a quarter hour that the contract grants, in kilowatts",
    "counter_modulus_kwh": "kilowatt hours at which the meter starts again at zero, where it does",
    "pulses_per_kwh": "pulses per kilowatt hour as printed on the meter, where a pulse counter reads it",
    "transformer_ratio": "what the meter's readings are multiplied by, where it sits behind current transformers",
    "nominal_voltage_v": "volts by which the ampere hours of a current clamp are taken for energy, 230 in Europe",
    "tariffs": "how many tariff registers the meter has, where it sends no total",
}


def totals(reading: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the energy [kWh] of a meter that does not tell it: the sum of its tariffs, or charge by nominal voltage.

    The latter takes the power factor for 1: it is apparent energy, the most that it can have been.
    """
    found = total_of_tariffs(reading, site)
    name, volts = TOTAL_ACTIVE_ENERGY_IMPORT.name, site.get("nominal_voltage_v")
    if TOTAL_CHARGE.name in reading and isinstance(volts, int | float) and name not in reading:
        found.setdefault(name, reading[TOTAL_CHARGE.name] * volts / 1000)
    return found


def total_of_tariffs(reading: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the totals of a meter that sends only its tariff registers: their sum [kWh], where all of them were told.

    How many there are the site may say (``tariffs``); else two or more told together are taken for all. Registers that
    all stand at zero are those of a meter that does not use them.
    """
    wanted = site.get("tariffs")
    totals: dict[str, float] = {}
    for way in ("import", "export"):
        total = f"total_active_energy_{way}"
        told = [reading[name] for number in TARIFFS if (name := f"{total}_tariff_{number}") in reading]
        complete = len(told) == wanted if isinstance(wanted, int | float) else len(told) >= 2
        if total not in reading and complete and any(told):
            totals[total] = sum(told)
    return totals
