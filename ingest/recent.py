"""What was received lately, by packet identifier: what a broker sends again is as old as it was the first time.

A message that tells no time, or one that cannot be, is an observation of the instant of its receipt. Sent again over
another connection it would be a second one, were it not given the first one's instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sensors.model import Message


class Recent:
    """The last messages at QoS 1, at least ``size`` and at most twice as many, over all connections of this process."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: dict[int, Message] = {}
        self._old: dict[int, Message] = {}

    def note(self, packets: Iterable[int], messages: Iterable[Message]) -> None:
        """Remember messages by the packet identifiers that they came under."""
        if len(self._new) >= self._size:
            self._old, self._new = self._new, {}
        self._new.update(zip(packets, messages, strict=True))

    def received(self, packet: int, topic: str, payload: bytes, now: int) -> int:
        """Tell when a message that is sent again came first, ``now`` where it did not reach us then."""
        first = self._new.get(packet) or self._old.get(packet)
        same = first is not None and first.topic == topic and first.payload == payload
        return first.received if same and first is not None else now
