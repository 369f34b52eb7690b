"""How fast messages become observations, beside parsing their JSON alone, network by network."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sensors.decode import decode
from sensors.envelopes import envelopes
from sensors.geojson import things_from_geojson
from sensors.model import Message
from sensors.topics import envelope_of
from simulators.city import City
from simulators.run import rostock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.conftest import Figures

BATCH = 5000
ROUNDS = 7
SIZE = 2000
START = datetime(2026, 6, 17, 6, tzinfo=UTC)
RECEIVED = int((START + timedelta(days=1)).timestamp() * 1000)
DEVICES = {device.id: (device,) for device in things_from_geojson(rostock()).devices}


def fastest(work: Callable[[], Any]) -> float:
    """Give the shortest time of a few rounds. [s]."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def city_messages() -> dict[str, list[Message]]:
    """Take a day of the simulated city's messages, by envelope."""
    city = City(seed=1)
    uplinks = city.events(START, START + timedelta(days=1))
    found: dict[str, list[Message]] = {}
    for row in range(len(uplinks)):
        topic, payload = city.message(uplinks, row)
        found.setdefault(envelope_of(topic).name, []).append(Message("city", topic, payload, RECEIVED))
    return found


def grown(message: Message) -> Message:
    """Give a message the size that uplinks of busy networks have: more gateways heard it."""
    document = json.loads(message.payload)
    frame = document.get("uplink_message", document)
    heard = frame["rx_metadata" if "rx_metadata" in frame else "rxInfo"]
    while len(payload := json.dumps(document).encode()) < SIZE:
        heard.append(heard[0])
    return Message(message.source, message.topic, payload, message.received)


def repeated(messages: list[Message]) -> list[Message]:
    return (messages * (BATCH // len(messages) + 1))[:BATCH]


def measure(figures: Figures, topic: str, messages: list[Message]) -> None:
    parser = msgspec.json.Decoder()
    decoded = decode(messages, DEVICES)
    assert not decoded.rejected
    figures.add(topic, "parsing the JSON alone (msgspec, into plain objects)", BATCH, parsing(parser, messages))
    figures.add(topic, "decoding into observations", BATCH, fastest(lambda: decode(messages, DEVICES)))


def parsing(parser: msgspec.json.Decoder[Any], messages: list[Message]) -> float:
    return fastest(lambda: [parser.decode(message.payload) for message in messages])


def test_mixed_lorawan_uplinks_of_two_kilobytes(figures: Figures):
    of = city_messages()
    mixed = [grown(message) for pair in zip(of["tts"][:500], of["chirpstack"][:500], strict=True) for message in pair]
    size = sum(len(message.payload) for message in mixed) / len(mixed)
    measure(figures, f"The Things Stack and ChirpStack mixed, {size:,.0f} bytes a message", repeated(mixed))


@pytest.mark.parametrize("name", ["tts", "chirpstack", "plain"])
def test_the_simulated_citys_messages(figures: Figures, name: str):
    messages = repeated(city_messages()[name])
    size = sum(len(message.payload) for message in messages) / BATCH
    measure(figures, f"{envelopes()[name].title} as the simulated city sends it, {size:,.0f} bytes a message", messages)


EXAMPLES = {
    name: [(each.topic, each.payload) for each in envelope.examples if not each.refused and each.uplink]
    for name, envelope in envelopes().items()
}


@pytest.mark.parametrize("name", [name for name, examples in EXAMPLES.items() if examples])
def test_opening_every_envelope(figures: Figures, name: str):
    """Open the examples of each envelope, most of them short: no device is looked up, nothing is interpreted."""
    examples = (EXAMPLES[name] * BATCH)[:BATCH]
    parser, open_ = msgspec.json.Decoder(), envelopes()[name].open
    topic = f"opening {envelopes()[name].title}"
    try:
        seconds = fastest(lambda: [parser.decode(payload) for _, payload in examples])
        figures.add(topic, "parsing the JSON alone (msgspec, into plain objects)", BATCH, seconds)
    except msgspec.DecodeError:
        pass  # not every format is JSON
    figures.add(topic, "opening the envelope", BATCH, fastest(lambda: [open_(payload, at) for at, payload in examples]))
