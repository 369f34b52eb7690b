"""A load against a real Mosquitto: every message is taken, each sensor has its turn, and what is wrong is told."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decode import decode
from sensors.geojson import things_from_geojson
from sensors.model import Message
from simulators.fault import HELD, SENT, TOLD, Fault
from simulators.faults import NO_COUNTER, Faults
from simulators.load import Load, Published, publish, things
from smilecity.broker import EmbeddedBroker
from tests.servers import free_port

if TYPE_CHECKING:
    from tests.servers import Mosquitto


def last(broker: str, load: Load, faults: Faults | None = None) -> Published:
    state = Published()
    for state in publish(broker, load, threading.Event(), faults):
        assert state.acknowledged <= state.sent
        assert state.made <= load.messages
    return state


def test_everything_is_taken(mosquitto: Mosquitto):
    state = last(mosquitto.url, Load(rate=1e9, sensors=50, messages=5000))
    assert (state.made, state.sent, state.acknowledged) == (5000, 5000, 5000)
    assert 0 < state.made_in <= state.seconds


def test_with_faults_everything_is_taken_and_counted(mosquitto: Mosquitto):
    faults = Faults(1, dict.fromkeys(Fault, 0.05))
    state = last(mosquitto.url, Load(rate=1e9, sensors=50, messages=5000, meters=10), faults)
    counts = faults.headings
    assert (state.made, state.sent, state.acknowledged) == (5000, counts[SENT], counts[SENT])
    assert (counts[TOLD], counts[HELD]) == (5000, 0)
    assert all(counts[fault] for fault in Fault if fault not in (Fault.SILENT, Fault.BACKLOG))


def test_it_is_no_faster_than_it_is_told(mosquitto: Mosquitto):
    assert last(mosquitto.url, Load(rate=1000, sensors=10, messages=500)).seconds >= 0.49


def test_each_sensor_has_its_turn_and_changes_every_time():
    load = Load(rate=1, sensors=3, messages=12)
    told = [load.payload(number, now=number) for number in range(12)]
    assert [topic for topic, _ in told[:4]] == [f"city/parking/load-{number}" for number in (0, 1, 2, 0)]
    states = [json.loads(payload)["occupied"] for _, payload in told[::3]]
    assert all(before != after for before, after in pairwise(states))


@given(first=st.integers(0, 500), length=st.integers(0, 60), meters=st.integers(0, 4))
def test_what_is_told_for_faults_is_what_is_said_without(first: int, length: int, meters: int):
    load = Load(rate=1, sensors=7, messages=1000, meters=meters, history=3_600_000)
    told = load.told(first, first + length, now=1_800_000_000_000)
    said = [told.write(row, 0, NO_COUNTER) for row in range(len(told))]
    assert said == load.letters(first, first + length, now=1_800_000_000_000)
    assert (np.diff(told.time) == 3600).all()
    assert [topic.startswith("city/energy/") for topic, _ in said] == (told.counter != NO_COUNTER).tolist()


def test_a_meter_goes_on_where_an_earlier_load_ended():
    load = Load(rate=1, sensors=3, messages=10, meters=3)
    readings = [json.loads(load.payload(number, now=number * 3600)[1]) for number in (0, 3, 6)]
    assert [reading["total_active_energy_import"] for reading in readings] == [0.0, 0.003, 0.006]


def test_a_history_ends_in_the_present():
    load = Load(rate=1, sensors=3, messages=4, history=4000)
    times = [json.loads(payload)["time"] for _, payload in load.letters(0, 4, now=10_000)]
    assert times == [6000, 7000, 8000, 9000]


@pytest.mark.parametrize(("meters", "expected"), [(0, 0), (10, 25)])
def test_its_sensors_can_be_added(meters: int, expected: int):
    parsed = things_from_geojson(things(250, meters))
    assert (len(parsed.things), len(parsed.devices), parsed.refused) == (250, 250, ())
    assert sum(thing.kind == "energy_meter" for thing in parsed.things) == expected


def test_what_it_says_is_understood_but_what_is_cut_or_wrong():
    load, faults = Load(rate=1, sensors=20, messages=2000, meters=4), Faults(1, dict.fromkeys(Fault, 0.05))
    devices = {device.id: (device,) for device in things_from_geojson(things(20, 4)).devices}
    letters = faults.through(load.told(0, 2000, now=1_800_000_000_000)) + faults.rest()
    read = decode([Message("load", topic, payload, 1_800_000_000_000) for topic, payload in letters], devices)
    assert len(read.rejected) == faults.headings[Fault.TRUNCATED] + faults.headings[Fault.WRONG] > 0
    assert len(read.empty) == 0


def test_it_stops_when_told(mosquitto: Mosquitto):
    stop = threading.Event()
    for state in publish(mosquitto.url, Load(rate=1000, sensors=10, messages=10**9), stop):
        if state.acknowledged > 20:
            stop.set()
    assert 20 < state.acknowledged < 10_000
    assert state.made == state.sent == state.acknowledged


def test_an_address_that_cannot_be_used_is_a_sentence():
    with pytest.raises(ValueError, match="is no address for a load"):
        list(publish("mqtts://host", Load(1, 1, 1), threading.Event()))


def test_a_broker_that_is_absent_is_an_error():
    with pytest.raises(OSError, match="refused"):
        list(publish(f"mqtt://127.0.0.1:{free_port()}", Load(1, 1, 1), threading.Event()))


def test_a_broker_that_goes_away_is_an_error(mosquitto: Mosquitto):
    load = publish(mosquitto.url, Load(rate=1000, sensors=1, messages=10**9), threading.Event())
    assert next(state for state in load if state.acknowledged > 20)
    mosquitto.kill()
    with pytest.raises(OSError, match=r"closed|reset|[Bb]roken"):
        list(load)


def test_a_broker_of_mqtt_3_is_told():
    broker = EmbeddedBroker("127.0.0.1", free_port())
    broker.start()
    try:
        with pytest.raises(OSError, match=r"does not answer in MQTT 5|closed"):
            list(publish(broker.url, Load(1, 1, 1), threading.Event()))
    finally:
        broker.stop()
