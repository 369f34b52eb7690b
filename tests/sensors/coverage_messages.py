"""What becomes of the recorded envelopes and MQTT messages of covered products, from the payload to the results."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any

from sensors.decode import Decoded, decode
from sensors.envelope import UnreadableError
from sensors.topics import envelope_of
from tests.sensors.cities import by_id, device, message, results
from tests.sensors.coverage import METER, PARKING, WASTE, WATER, Tally, expected_of, recorded
from tests.sensors.test_recorded import NETWORKS, PRODUCTS, as_message

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

MESSAGES: dict[str, tuple[str, str, list[dict[str, float]]]] = {
    "compteur/tele/SENSOR": (
        "tasmota_energy",
        METER,
        [{"total_active_energy_import": 7970.903, "active_power": 0.86, "current_l1": 4.0}],
    ),
    "tele/tasmota_5014E2/SENSOR": (
        "tasmota_energy",
        METER,
        [{"total_active_energy_import": 0.003, "active_power": 0.022, "voltage_l1": 246, "power_factor": 0.9}],
    ),
    "tele/sr04/SENSOR": ("tasmota_sr04", WASTE, [{"distance": 737.02}]),
    "tele/water_out/SENSOR": ("tasmota_counter", WATER, [{"total_volume": 0}]),
    "shellies/plus1pm/status/switch:0": (
        "shelly_pm",
        METER,
        [{"total_active_energy_import": 0, "active_power": 0, "voltage_l1": 232.7}],
    ),
    "shellies/plus1pm/events/rpc": ("shelly_pm", METER, [{"voltage_l1": 232.7}, {}]),
    "shelly/ug/heizraum/trockner/events/rpc": ("shelly_pm", METER, [{}]),
    "shellyemg3/events/rpc": ("shelly_em1", METER, [{"active_power": -1.8998, "voltage_l1": 117.6}]),
    "shellyemg3/status/em1:0": (
        "shelly_em1",
        METER,
        [{"active_power": -1.8998, "power_factor": 0.82, "frequency": 60}],
    ),
    "vzlogger/data/chn0/agg": ("vzlogger_import", METER, [{"total_active_energy_import": 38.1186915}]),
    "vzlogger/data/chn1/agg": ("vzlogger_export", METER, [{"total_active_energy_export": 42.6019535}]),
    "zigbee2mqtt/my_plug": (
        "zigbee2mqtt_battery_sensor",
        PARKING,
        [{"battery": 91, "battery_voltage": 2.985, "temperature": 23.5}],
    ),
    "wmbusmeters/MyTapWater": ("wmbus_water", WATER, [{"total_volume": 123.529}]),
    "wmbusmeters/MyElectricity1": (
        "wmbus_electricity",
        METER,
        [{"total_active_energy_import": 15694.05, "total_active_energy_export": 7.48, "active_power": 0.33}],
    ),
}
"""Topic to the model, a kind, and what each of the recorded messages on it says at least."""


def message_tallies(others: Counter[str]) -> dict[str, Tally]:
    """Send every recorded message of a covered product through ``decode``; the others are counted in ``others``."""
    found: dict[str, Tally] = {}
    for entry in recorded("lorawan_envelopes.jsonl"):
        known = PRODUCTS.get(entry["device"])
        if known is None or entry["network"] not in {*NETWORKS, "LORIOT"}:
            others[f"envelopes by {entry['network']}"] += 1
            continue
        name, sent = as_message(entry)
        wanted: dict[str, float] = {}
        said = entry["expected"]
        for each in said if isinstance(said, list) else [said]:
            for telemetry in each["telemetry"]:
                wanted |= expected_of(*known, telemetry["values"])
        got = decode([sent], by_id(device(name, *known)))
        per_kwh = {"total_active_energy_import": 1e-3} if known[0] == "milesight_em300_di" else {}
        wanted = {prop: value * per_kwh.get(prop, 1.0) for prop, value in wanted.items()}
        _tally(found, f"{entry['network']}: {entry['device']}", known[0], wanted, got)
    seen: dict[str, int] = {}
    for entry in recorded("mqtt_messages.jsonl"):
        topic = entry["topic"]
        if topic not in MESSAGES:
            others[f"messages by {entry['format']}"] += 1
            continue
        model, kind, wanted_of = MESSAGES[topic]
        place = seen[topic] = seen.get(topic, -1) + 1
        _tally(
            found, f"{entry['format']}: {topic}", model, wanted_of[place], _sent(topic, entry["payload"], model, kind)
        )
    return found


def _sent(topic: str, payload: str, model: str, kind: str) -> Decoded:
    sent = message(topic, payload.encode())
    try:
        names = {uplink.device for uplink in envelope_of(topic).open(sent.payload, topic)}
    except UnreadableError:
        names = set()
    return decode([sent], by_id(*(device(name, model, kind, pulses_per_m3=1000) for name in names)))


def _tally(found: dict[str, Tally], name: str, model: str, wanted: Mapping[str, float], got: Decoded) -> None:
    tally = found.setdefault(name, Tally(model))
    tally.vectors += 1
    told: dict[str, Any] = results(got)
    wrong = [
        prop for prop, value in wanted.items() if not isclose(told.get(prop, -1e9), value, rel_tol=1e-4, abs_tol=1e-9)
    ]
    if wrong or got.rejected:
        tally.failed.append(f"{wrong} of {told}, {[why.detail for _, why in got.rejected]}")
    elif wanted:
        tally.passed += 1
    else:
        tally.silent += 1
