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
    """The last message of each packet identifier, over all connections of this process: 65 535 at most.

    All are kept, for after a reconnect Mosquitto 2.0 may have more under way than it was allowed; of each only when it
    came and a hash of what it said.
    """

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int]] = {}

    def note(self, packets: Iterable[int], messages: Iterable[Message]) -> None:
        """Remember messages by the packet identifiers that they came under."""
        self._seen.update(
            {
                packet: (hash((one.topic, one.payload)), one.received)
                for packet, one in zip(packets, messages, strict=True)
            }
        )

    def received(self, packet: int, topic: str, payload: bytes, now: int) -> int:
        """Tell when a message that is sent again came first, ``now`` where it did not reach us then."""
        said, when = self._seen.get(packet, (None, now))
        return when if said == hash((topic, payload)) else now
