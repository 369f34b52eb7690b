"""Which products of the recorded collection decode to their expected values: ``python -m tests.sensors.coverage``.

The collection lies beside the repository, where it is there at all. A vector passes when the fields that its codec
makes mean what ``EXPECTED`` says, and when our own decoder, where the product has one, reads the same out of its bytes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from math import isclose, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensors.device import FieldError
from sensors.devices import models
from sensors.interpret import plan_of, results_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "data"
SITE = dict.fromkeys(("pulses_per_kwh", "pulses_per_m3", "units_per_m3"), 1.0)
"""A pulse is a unit here: the collection expects counts."""

PARKING, WASTE, METER, WATER, HEAT = "parking_spot", "waste_container", "energy_meter", "water_meter", "heat_meter"
PRODUCTS: dict[str, tuple[str, str]] = {
    "parking_lot_sensor": ("bosch_parking_lot_sensor", PARKING),
    "tps110-0292": ("bosch_parking_lot_sensor", PARKING),
    "parkinglotsensor": ("bosch_parking_lot_sensor", PARKING),
    "parkinglotsensor0_39": ("bosch_parking_lot_sensor", PARKING),
    "nps310sm": ("nwave_nps310", PARKING),
    "nps405": ("nwave_nps405", PARKING),
    "ldds75": ("dragino_ldds75", WASTE),
    "ldds75-114": ("dragino_ldds75", WASTE),
    "ldds20": ("dragino_ldds20", WASTE),
    "ldds20-114": ("dragino_ldds20", WASTE),
    "ldds45": ("dragino_ldds45", WASTE),
    "ldds04": ("dragino_ldds04", WASTE),
    "dds04-lb": ("dragino_dds04_lb", WASTE),
    "dds20-lb": ("dragino_dds20_lb", WASTE),
    "dds75-lb": ("dragino_dds75_lb", WASTE),
    "ndds20": ("dragino_ndds20", WASTE),
    "ndds75": ("dragino_ndds75", WASTE),
    "llds12": ("dragino_llds12", WASTE),
    "filling-degree-sensor": ("teneo_filling_degree", WASTE),
    "pls2-l": ("ellenex_pls2_l", WASTE),
    "elsys": ("elsys_elt_2", WASTE),
    "elt-2": ("elsys_elt_2", WASTE),
    "elt-2-radar": ("elsys_elt_2", WASTE),
    "elt-2-ultrasonic": ("elsys_elt_2", WASTE),
    "elt-2-ultrasonic-10m": ("elsys_elt_2", WASTE),
    "em310-udl": ("milesight_em310_udl", WASTE),
    "em400-mud": ("milesight_em400_mud", WASTE),
    "em400-tld": ("milesight_em400_tld", WASTE),
    "em400-udl": ("milesight_em400_udl", WASTE),
    "em400-uld": ("milesight_em400_udl", WASTE),
    "em500-udl": ("milesight_em500_udl", WASTE),
    "em300-di": ("milesight_em300_di", METER),
    "em300-di-hall": ("milesight_em300_di_hall", WATER),
    "uc51x": ("milesight_uc51x", WATER),
    "ct101-ct103": ("milesight_ct101", METER),
    **{name: (f"milesight_{name}", METER) for name in ("ct101", "ct103", "ct105", "ct303", "ct305", "ct310")},
    **{name: (f"milesight_{name}", METER) for name in ("ws513", "ws515", "ws523", "ws525")},
    "ws51x": ("milesight_ws513", METER),
    "ws52x": ("milesight_ws523", METER),
    "em4301": ("yobiiq_em4301", METER),
    "hotdrop": ("vutility_hotdrop", METER),
    "pulsedrop": ("vutility_pulsedrop", METER),
    "voltdrop": ("vutility_voltdrop", METER),
    "mcf-lw12met": ("enginko_mcf_lw12met", METER),
    "egk-lw22plg": ("enginko_egk_lw22plg", METER),
    "squid-hc-lorawan": ("ewattch_squid_hc", METER),
    "t550": ("landisgyr_t550", HEAT),
    "gwfcoder": ("gwf_coder", WATER),
    "pulse4": ("adeunis_pulse4", METER),
    "600-036": ("enless_600_036", METER),
    "levelsense": ("pipiot_level_sense", WASTE),
}
"""The collection's name of a product, in lower case: the model, and a kind of thing that it observes."""

_WATT = 1e-3
_CM = 10.0
_CHARGE = {f"channel{clamp}": ("total_charge", 1000.0) for clamp in range(1, 13)}
EXPECTED: dict[str, tuple[str, float]] = {
    "occupied": ("occupied", 1.0),
    "temperature": ("temperature", 1.0),
    "battery": ("battery", 1.0),
    "batteryLevel": ("battery", 1.0),
    "battery_voltage": ("battery_voltage", 1.0),
    "batteryVoltage": ("battery_voltage", 1.0),
    "capacitorVoltage": ("battery_voltage", 1.0),
    "Bat": ("battery_voltage", 1.0),
    "BatV": ("battery_voltage", 1.0),
    "vdd": ("battery_voltage", 1e-3),
    "distance": ("distance", 1.0),
    "Distance": ("distance", 1.0),
    "distance1": ("distance", _CM),
    "distance1_cm": ("distance", _CM),
    "Lidar_distance": ("distance", _CM),
    "level": ("content_height", 1000.0),
    "ultrasonicDistanceExt": ("distance", 1.0),
    "counterValue": ("total_active_energy_import", 1.0),
    "pulseCh1": ("total_active_energy_import", 1.0),
    "pulse": ("total_active_energy_import", 1.0),
    "pulseCount": ("total_active_energy_import", 1.0),
    "pulse1": ("total_volume", 1.0),
    "water": ("total_volume", 1.0),
    "volume": ("total_volume", 1.0),
    "energy": ("total_heat_energy", 1.0),
    "flowTemp": ("flow_temperature", 1.0),
    "backFlowTemp": ("return_temperature", 1.0),
    "flow": ("volume_flow", 1.0),
    "activeEnergy": ("total_active_energy_import", _WATT),
    "activeEnergyImportL123T1": ("total_active_energy_import", _WATT),
    "activePowerL123": ("active_power", _WATT),
    "power_consumption": ("total_active_energy_import", _WATT),
    "powerConsumption": ("total_active_energy_import", _WATT),
    "active_power": ("active_power", _WATT),
    "voltage": ("voltage_l1", 1.0),
    "voltageL1N": ("voltage_l1", 1.0),
    "voltageL2N": ("voltage_l2", 1.0),
    "currentL1": ("current_l1", 1e-3),
    "frequency": ("frequency", 1.0),
    "power_factor": ("power_factor", 1e-2),
    "factor": ("power_factor", 1e-2),
    "averageAmps": ("current_l1", 1.0),
    "ampHourAccumulation": ("total_charge", 1.0),
    "total_current": ("total_charge", 1.0),
    "totalCurrent": ("total_charge", 1.0),
    "current_chn1_total": ("total_charge", 1.0),
    "current": ("current_l1", 1.0),
    "current_chn1": ("current_l1", 1.0),
}
"""What a published codec's value is, as (property, factor), written down without looking at the models."""
HEIGHT = dict.fromkeys(("distance", "Distance"), ("content_height", 1.0))
OWN: dict[str, dict[str, tuple[str, float]]] = {
    **dict.fromkeys(("dragino_ldds20", "dragino_dds20_lb", "dragino_ndds20"), HEIGHT),
    "teneo_filling_degree": {"distance": ("distance", _CM), "battery": ("battery_voltage", 1.0)},
    "vutility_voltdrop": {"currentL1": ("current_l1", 1.0), "voltageL1": ("voltage_l1", 1.0)},
    "landisgyr_t550": {"power": ("thermal_power", 1.0)},
    **{f"milesight_{name}": {"current": ("current_l1", 1e-3)} for name in ("ws513", "ws515", "ws523", "ws525")},
}
"""Where a product means something else by a name than the others."""
NOTHING_MEASURED = {
    "voltageL1": (1023.984375,),
    "currentL1": (4095.9375,),
    "temperature": (327.6, 327.67),
    "Distance": (0, 20),
    "distance": (0, 65535, -1),
}
DEFECTIVE = {
    "0cf6010103000c01dd01ff": "the published example of the DDS75-LB is a temperature sensor's",
    "cbf60b0d0376010add7fff": "the published example of the DDS75-LB is a temperature sensor's",
}
"""Vectors that are wrong themselves, and why."""

OUTCOMES = ("passed", "silent", "refused", "defective")


@dataclass(slots=True)
class Tally:
    """What became of the vectors of one product."""

    model: str = ""
    vectors: int = 0
    passed: int = 0
    silent: int = 0
    """Frames that measure nothing, of which nothing comes out: device information, answers, errors."""
    defective: int = 0
    refused: int = 0
    """Frames that a published codec refuses and we do not read either."""
    failed: list[str] = field(default_factory=list)


def recorded(name: str) -> list[dict[str, Any]]:
    """Read a file of the collection; nothing where it is not there."""
    path = COLLECTION / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def samples(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the fields of each reading in a vector, as its codec writes them."""
    told = entry.get("expected") or {}
    if "akenza" in entry["style"]:
        yield from _samples_by_topic(told)
        return
    for each in told if isinstance(told, list) else [told]:
        yield each
        yield from each.get("history", ())


def _samples_by_topic(told: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give akenza's samples: one topic's data once per reading, other topics beside the first."""
    readings: list[dict[str, Any]] = [{}]
    seen: Counter[Any] = Counter()
    for sample in told:
        topic = sample["topic"] if sample["topic"] is not None else id(sample)
        place = seen[topic]
        seen[topic] += 1
        if place == len(readings):
            readings.append({})
        readings[place].update(sample["data"])
    yield from readings


def expected_of(model: str, kind: str, fields: Mapping[str, Any]) -> dict[str, float]:
    """Put what a codec wrote into our properties and units, as far as the kind observes them."""
    meant = {**EXPECTED, **_CHARGE, **OWN.get(model, {})}
    plan = plan_of(model, kind, flat=False)
    results: dict[str, float] = {}
    for name, value in fields.items():
        prop, factor = meant.get(name, ("", 0.0))
        number = _number(value)
        if plan.observes(prop) and number is not None and number not in NOTHING_MEASURED.get(name, ()):
            summed = results.get(prop, 0.0) if name in _CHARGE else 0.0
            results[prop] = summed + number * factor
    return results


def _number(value: Any) -> float | None:
    if isinstance(value, dict):
        value = value.get("data", value.get("value"))
    text = str(value).removesuffix(" mm")
    try:
        return float(value) if isinstance(value, bool) else float(text)
    except ValueError:
        return None


def checked(entry: Mapping[str, Any], model: str, kind: str) -> str:
    """Tell what became of one vector: passed, silent, refused, or a sentence about what is wrong."""
    if entry["bytes"] in DEFECTIVE:
        return "defective"
    wanted: list[dict[str, float]] = []
    for fields in samples(entry):
        expected = expected_of(model, kind, fields)
        wrong = _difference(expected, _results(model, kind, fields))
        if wrong:
            return f"fields: {wrong}"
        wanted.append(expected)
    read = _from_bytes(entry, model, kind)
    if "expected" not in entry:
        return "refused" if not any(read) else "a frame that its codec refuses gives results"
    if models()[model].decode is not None and not _cut_short(entry):
        for name, value in ((name, value) for each in wanted for name, value in _readable(each, model).items()):
            apart = min((_difference({name: value}, each) for each in read), key=len)
            if apart:
                return f"bytes: {apart}"
    return "passed" if any(wanted) else "silent"


def _results(model: str, kind: str, fields: Mapping[str, Any]) -> dict[str, float]:
    try:
        return results_of(plan_of(model, kind, flat=False), fields, SITE)
    except FieldError:
        return {}


def _from_bytes(entry: Mapping[str, Any], model: str, kind: str) -> list[dict[str, float]]:
    decode = models()[model].decode
    if decode is None:
        return [{}]
    try:
        fields = decode(bytes.fromhex(entry["bytes"]), _port(entry))
    except ValueError:
        return [{}]
    return [_results(model, kind, each) for each in (fields, *fields.get("history", ()))]


def _port(entry: Mapping[str, Any]) -> int:
    return int(entry.get("fPort") or 0)


def _cut_short(entry: Mapping[str, Any]) -> bool:
    """Tell whether the collection holds only the beginning of a README's frame, or one of another network."""
    return entry["source"].endswith("README.md") and (len(entry["bytes"]) < 10 or entry["bytes"].startswith("0200"))


def _readable(expected: dict[str, float], model: str) -> dict[str, float]:
    """Leave out what our own decoder does not read on purpose; the network's codec may."""
    left = {
        "nwave_nps405": {"temperature", "battery_voltage"},
        "milesight_ct103": {"temperature"},
    }
    percent = {"battery"} if model.startswith(("dragino", "elsys")) else set()
    return {name: value for name, value in expected.items() if name not in left.get(model, set()) | percent}


def _difference(expected: Mapping[str, float], got: Mapping[str, float]) -> str:
    for name, value in expected.items():
        if name not in got or isnan(got[name]) or not isclose(got[name], value, rel_tol=1e-3, abs_tol=1e-9):
            return f"{name} should be {value:g}, is {got.get(name)}"
    return ""


def tallies() -> tuple[dict[str, Tally], Counter[str]]:
    """Check every vector of the collection: what became of the covered products, and the others' numbers."""
    found: dict[str, Tally] = {}
    others: Counter[str] = Counter()
    for entry in recorded("lorawan_vectors.jsonl"):
        name = f"{entry['vendor']} {entry['device']}"
        model, kind = PRODUCTS.get(entry["device"].lower(), ("", ""))
        if not model:
            others[name] += 1
            continue
        _count(found.setdefault(name, Tally(model)), checked(entry, model, kind), entry["bytes"])
    for entry in recorded("wmbus_vectors.jsonl"):
        tally = found.setdefault(f"wM-Bus {entry['driver']}", Tally("wmbus_electricity"))
        _count(tally, _checked_telegram(entry["json"]), entry["json"]["name"])
    return found, others


def _checked_telegram(told: Mapping[str, Any]) -> str:
    names = {
        "total_energy_consumption_kwh": "total_active_energy_import",
        "total_energy_production_kwh": "total_active_energy_export",
        "total_active_positive_3phase_kwh": "total_active_energy_import",
        "total_kwh": "total_active_energy_import",
        "voltage_at_phase_1_v": "voltage_l1",
        "voltage_l1_n_v": "voltage_l1",
        "current_l1_a": "current_l1",
        "frequency_hz": "frequency",
        "total_energy_consumption_tariff_1_kwh": "total_active_energy_import_tariff_1",
    }
    expected = {prop: float(told[name]) for name, prop in names.items() if told.get(name) is not None}
    power = told.get("current_power_consumption_kw")
    if power is not None:
        expected["active_power"] = power - told.get("current_power_production_kw", 0)
    got = _results("wmbus_electricity", METER, told)
    return _difference(expected, got) or ("passed" if expected else "silent")


def _count(tally: Tally, outcome: str, what: str) -> None:
    tally.vectors += 1
    if outcome in OUTCOMES:
        setattr(tally, outcome, getattr(tally, outcome) + 1)
    else:
        tally.failed.append(f"{what[:40]}: {outcome}")


def main() -> int:
    """Print the table; 1 where a vector of a covered product fails."""
    from tests.sensors.coverage_messages import message_tallies  # noqa: PLC0415 - it counts with what is here

    found, others = tallies()
    messages = message_tallies(others)
    _print(found | messages)
    failed = sum(len(tally.failed) for tally in (*found.values(), *messages.values()))
    sys.stdout.write(f"not covered: {', '.join(f'{name} ({count})' for name, count in sorted(others.items()))}\n")
    return 1 if failed else 0


def _print(found: Mapping[str, Tally]) -> None:
    sys.stdout.write(f"{'product':48} {'model':28} {'bytes':6} vectors passed silent refused defective failed\n")
    for name, tally in sorted(found.items()):
        by = "own" if models()[tally.model].decode is not None else "fields"
        counts = f"{tally.vectors:7} {tally.passed:6} {tally.silent:6} {tally.refused:7} {tally.defective:9}"
        sys.stdout.write(f"{name:48} {tally.model:28} {by:6} {counts} {len(tally.failed):6}\n")
        sys.stdout.writelines(f"    {line}\n" for line in tally.failed)
    total = Tally(vectors=sum(tally.vectors for tally in found.values()))
    kinds = {name: sum(getattr(tally, name) for tally in found.values()) for name in OUTCOMES}
    failed = sum(len(tally.failed) for tally in found.values())
    named = len({tally.model for tally in found.values()})
    sys.stdout.write(f"{named} models, {total.vectors} vectors and messages: {kinds} and {failed} failed\n")


if __name__ == "__main__":
    sys.exit(main())
