"""Gathers what a broker delivers into batches by size, age and silence, so that a lone message is not held up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sensors.model import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and the way to tell its broker that it is safe: ``acknowledge``, called once, after the commit."""

    message: Message
    acknowledge: Callable[[], object]


Inbox = Queue[Delivery]


@dataclass(frozen=True, slots=True)
class Gather:
    """When a batch is full: ``size`` messages, ``age`` seconds after its first, or ``silence`` seconds without another.

    Silence is what keeps latency low when the city is quiet, and what keeps a broker that allows only 20 unacknowledged
    messages (MQTT 3.1.1 on Mosquitto) from waiting for acknowledgements that wait for more messages.
    """

    size: int = 5000
    age: float = 0.25
    silence: float = 0.01

    def take(self, inbox: Inbox, wait: float) -> list[Delivery]:
        """Take the next batch, in order of arrival; empty when nothing came within ``wait`` seconds."""
        try:
            batch = [inbox.get(timeout=wait)]
        except Empty:
            return []
        end = time.monotonic() + self.age
        while len(batch) < self.size and (left := end - time.monotonic()) > 0:
            try:
                batch.append(inbox.get(timeout=min(left, self.silence)))
            except Empty:
                break
        return batch
