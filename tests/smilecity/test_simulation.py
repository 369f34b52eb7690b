"""The simulated city beside the platform: it publishes, counts, says why it failed, and ends when told to."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from simulators.city import City
from smilecity.broker import EmbeddedBroker
from smilecity.commands import up
from smilecity.simulation import Scenario, Simulation
from storage.catalogue import Catalogue
from tests.servers import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2025, 6, 18, 12, tzinfo=UTC)
HISTORY = timedelta(minutes=30)
PAST = Scenario(start=NOON, history=HISTORY)
"""Half an hour that is told at once; what comes after it takes its time."""


@cache
def letters() -> list[tuple[str, bytes]]:
    """Give what the city has to say of that half hour."""
    city = City(seed=1)
    uplinks = city.events(NOON - HISTORY, NOON)
    return [city.message(uplinks, row) for row in range(len(uplinks))]


@contextmanager
def broker(port: int) -> Iterator[EmbeddedBroker]:
    running = EmbeddedBroker("127.0.0.1", port)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def simulating(scenario: Scenario, url: str) -> Iterator[Simulation]:
    """Start a simulation, and have it end whatever happens."""
    simulation = Simulation(scenario)
    simulation.start(url)
    try:
        yield simulation
    finally:
        simulation.stop()
    assert not simulation.running


@contextmanager
def listening(url: str) -> Iterator[list[tuple[str, bytes]]]:
    """Subscribe to the whole city; gives what comes in, up to half an hour of it."""
    heard: list[tuple[str, bytes]] = []
    topics = ("v3/+/devices/+/up", "application/+/device/+/event/up", "city/+/+")
    inbox = Inbox()
    receiver = Receiver(Source.from_url(f"{url}?protocol=3.1.1", name="city", topics=topics), "listener", inbox)
    receiver.start()
    try:
        assert receiver.wait_until_connected(10)
        yield heard
        while len(heard) < len(letters()):
            delivery = inbox.get(timeout=20)
            assert delivery is not None
            heard += [(message.topic, message.payload) for message in delivery.messages]
            delivery.acknowledge()
    finally:
        receiver.stop()


def test_what_it_counts_has_arrived():
    with broker(free_port()) as place, listening(place.url) as heard, simulating(PAST, place.url) as simulation:
        wait_until(lambda: simulation.published >= len(letters()), what="half an hour to be told")
        assert simulation.running
    assert heard[: len(letters())] == letters()
    assert simulation.failure == ""


def test_the_truth_is_written_for_the_hours_that_have_passed(tmp_path: Path):
    scenario = Scenario(start=NOON, history=timedelta(hours=1), truth=tmp_path / "truth")
    with broker(free_port()) as place, simulating(scenario, place.url) as simulation:
        wait_until(lambda: simulation.published > 0, what="the first message")
    written = (tmp_path / "truth" / "energy.csv").read_text(encoding="utf-8").splitlines()
    assert written[1].split(",")[1] == "2025-06-18T11:00:00.000Z"
    assert len(written) == 1 + 4 * len(City(seed=1).things("energy_meter"))


def test_an_absent_broker_is_told_of_and_waited_for(caplog: pytest.LogCaptureFixture):
    port = free_port()
    with simulating(PAST, f"mqtt://127.0.0.1:{port}") as simulation:
        wait_until(lambda: "the broker at 127.0.0.1 is away" in caplog.text, what="a sentence")
        assert simulation.running
        assert simulation.published == 0
        with broker(port):
            wait_until(lambda: simulation.published >= len(letters()), what="half an hour to be told")
            simulation.stop()
    assert simulation.failure == ""


def test_a_stop_ends_the_waiting_for_a_broker(caplog: pytest.LogCaptureFixture):
    with simulating(PAST, f"mqtt://127.0.0.1:{free_port()}") as simulation:
        wait_until(lambda: "trying again" in caplog.text, what="a sentence")
    assert (simulation.published, simulation.failure) == (0, "")


@pytest.mark.parametrize(
    ("scenario", "url", "sentence"),
    [
        (PAST, "127.0.0.1:1883", "'127.0.0.1:1883' is no broker: give a URL such as mqtt://127.0.0.1:1883"),
        (Scenario(start=datetime(2900, 1, 1, tzinfo=UTC)), "mqtt://127.0.0.1:1", "is yet to come"),
        (Scenario(speed=60, history=timedelta(0)), "mqtt://127.0.0.1:1", "needs a past to run through"),
    ],
)
def test_what_cannot_be_simulated_is_a_sentence(
    scenario: Scenario, url: str, sentence: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO), simulating(scenario, url) as simulation:
        wait_until(lambda: not simulation.running, what="the simulation to give up")
    assert sentence in simulation.failure
    (told,) = [record for record in caplog.records if record.name == "smilecity.simulation"]
    assert told.getMessage() == f"The simulated city stopped: {simulation.failure}"


def test_it_can_be_stopped_before_it_was_started():
    simulation = Simulation(PAST)
    simulation.stop()
    assert not simulation.running


def test_the_catalogue_learns_every_thing_and_device():
    catalogue = Catalogue("sqlite://")
    Simulation(PAST).register(catalogue)
    city = City(seed=1)
    assert {thing.id for thing in catalogue.things()} == {place.thing for place in city.places}
    assert set(catalogue.devices()) >= {place.device for place in city.places}
    catalogue.close()


def test_the_example_of_the_help_is_a_sensor_of_the_city():
    named = re.search(r"mosquitto_pub -t city/parking/(\S+)", up.COMMAND.__doc__ or "")
    assert named is not None
    assert (named[1], "hro-tg-city") in {(place.device, place.thing) for place in City(seed=1).places}
