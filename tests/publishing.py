"""Publishes test messages at QoS 1 and knows which of them the broker has acknowledged."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from sensors.model import Device, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPACES = 200


def spaces(count: int = SPACES) -> tuple[list[Thing], list[Device]]:
    """Make a row of parking spaces, each observed by a device of the same name that speaks plain JSON."""
    things = [
        Thing(id=f"space-{n}", name=f"Space {n}", kind="parking_spot", longitude=12.1, latitude=54.09)
        for n in range(count)
    ]
    return things, [Device(id=thing.id, model="plain", thing=thing) for thing in things]


def reading(space: int, second: int, *, occupied: bool = True) -> tuple[str, str]:
    """Give topic and payload of one plain reading, ``second`` seconds after a fixed instant."""
    instant = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_767_225_600 + second))
    return f"city/parking/space-{space}", json.dumps({"time": instant, "occupied": occupied})


@contextmanager
def publisher(port: int) -> Iterator[paho.Client]:
    """Connect a publisher to a broker on loopback."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.max_inflight_messages_set(1000)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def publish(
    port: int, messages: Iterable[tuple[str, str | bytes]], rate: float = float("inf"), *, retain: bool = False
) -> int:
    """Publish messages at QoS 1, at most ``rate`` a second; return how many once the broker has acknowledged all."""
    with publisher(port) as client:
        began = time.monotonic()
        sent = []
        for number, (topic, payload) in enumerate(messages):
            ahead = number / rate - (time.monotonic() - began)
            if ahead > 0.01:
                time.sleep(ahead)
            sent.append(client.publish(topic, payload, qos=1, retain=retain))
        for receipt in sent:
            receipt.wait_for_publish(timeout=60)
        return sum(receipt.is_published() for receipt in sent)
