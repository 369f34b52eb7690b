"""Gathers what brokers deliver into batches by size, age and silence, so that a lone message is not held up."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sensors.model import Message


WEIGHT_BYTES = 4096
"""Bytes of payload that weigh as much as a message: those of sensors are smaller, and memory must hold all the same."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages that came together, in their order, and the way to tell their broker that they are safe.

    ``acknowledge`` is called once, after the commit.
    """

    messages: Sequence[Message]
    acknowledge: Callable[[], object]
    kept: bool = True
    """Whether somebody keeps them until then, a broker or a spool; else they go with this process."""
    weight: int = field(init=False)
    """How much of the room of an inbox, or of a batch, they take: one each, more where their payloads are large."""

    def __post_init__(self) -> None:
        """Weigh the messages."""
        size = sum([len(message.payload) for message in self.messages])
        object.__setattr__(self, "weight", max(len(self.messages), size // WEIGHT_BYTES))


class Inbox:
    """Deliveries on their way to the worker, of a weight of at most about ``limit``: a full one holds up who puts."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._deliveries: deque[Delivery] = deque()
        self._held = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, delivery: Delivery) -> None:
        """Add a delivery at the end, once there is room; one that is larger than all room waits for an empty inbox.

        Nothing is added once the inbox is closed: what nobody acknowledges stays with the broker.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._room_for(delivery))
            self._add(delivery)

    def offer(self, delivery: Delivery) -> bool:
        """Add a delivery at the end where there is room now; tells whether there was."""
        with self._changed:
            return self._room_for(delivery) and self._add(delivery)

    def get(self, timeout: float) -> Delivery | None:
        """Take the oldest delivery; None when none came within ``timeout`` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._deliveries, timeout):
                return None
            delivery = self._deliveries.popleft()
            self._held -= delivery.weight
            self._changed.notify_all()
            return delivery

    def close(self) -> None:
        """Take nothing in any more, and let go who waits to put."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return self._held

    def _add(self, delivery: Delivery) -> bool:
        if not self._closed:
            self._deliveries.append(delivery)
            self._held += delivery.weight
            self._changed.notify_all()
        return not self._closed

    def _room_for(self, delivery: Delivery) -> bool:
        return self._held == 0 or self._held + delivery.weight <= self._limit


@dataclass(frozen=True, slots=True)
class Gather:
    """When a batch is full: a weight of ``size``, ``age`` seconds after its first, ``silence`` seconds without another.

    Silence is what keeps latency low when the city is quiet, and what keeps a broker that allows only 20 unacknowledged
    messages (MQTT 3.1.1 on Mosquitto) from waiting for acknowledgements that wait for more messages.
    """

    size: int = 5000
    age: float = 0.25
    silence: float = 0.01

    def take(self, inbox: Inbox, wait: float) -> list[Delivery]:
        """Take the next batch, in order of arrival; empty when nothing came within ``wait`` seconds."""
        first = inbox.get(wait)
        if first is None:
            return []
        batch, weight = [first], first.weight
        end = time.monotonic() + self.age
        while weight < self.size and (left := end - time.monotonic()) > 0:
            further = inbox.get(min(left, self.silence))
            if further is None:
                break
            batch.append(further)
            weight += further.weight
        return batch
