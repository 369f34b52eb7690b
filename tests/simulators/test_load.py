"""A load against a real Mosquitto: every message is taken, each sensor has its turn, and what is wrong is told."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from sensors.geojson import things_from_geojson
from simulators.load import Load, Published, publish, things
from smilecity.broker import EmbeddedBroker
from tests.servers import free_port

if TYPE_CHECKING:
    from tests.servers import Mosquitto


def last(broker: str, load: Load) -> Published:
    state = Published()
    for state in publish(broker, load, threading.Event()):
        assert state.acknowledged <= state.sent <= load.messages
    return state


def test_everything_is_taken(mosquitto: Mosquitto):
    state = last(mosquitto.url, Load(rate=1e9, sensors=50, messages=5000))
    assert (state.sent, state.acknowledged) == (5000, 5000)
    assert state.seconds > 0


def test_it_is_no_faster_than_it_is_told(mosquitto: Mosquitto):
    assert last(mosquitto.url, Load(rate=1000, sensors=10, messages=500)).seconds >= 0.49


def test_each_sensor_has_its_turn_and_changes_every_time():
    load = Load(rate=1, sensors=3, messages=12)
    told = [load.payload(number, now=number) for number in range(12)]
    assert [topic for topic, _ in told[:4]] == [f"city/parking/load-{number}" for number in (0, 1, 2, 0)]
    states = [json.loads(payload)["occupied"] for _, payload in told[::3]]
    assert all(before != after for before, after in pairwise(states))


def test_its_sensors_can_be_added():
    parsed = things_from_geojson(things(250))
    assert (len(parsed.things), len(parsed.devices), parsed.refused) == (250, 250, ())


def test_it_stops_when_told(mosquitto: Mosquitto):
    stop = threading.Event()
    for state in publish(mosquitto.url, Load(rate=1000, sensors=10, messages=10**9), stop):
        if state.acknowledged > 20:
            stop.set()
    assert 20 < state.acknowledged < 10_000


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
