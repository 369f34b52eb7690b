"""What a receiver wants of one connection to a broker, whichever client library holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from ingest.gather import Delivery
    from ingest.recent import Recent
    from ingest.source import Source

KEEPALIVE_S = 30
SESSION_EXPIRY_S = 7 * 24 * 3600
"""How long a broker keeps the session, and what it queued, for a worker that is away."""
CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 3.0
"""How long a broker may take to answer CONNECT; some that do not speak MQTT 5 never do."""
NO_ANSWER = "the broker does not answer"
UNSUPPORTED = "the broker refuses MQTT 5"
LOST = "the connection was lost"
FAILURE_FROM = 128
"""Reason codes from here on say that something was refused."""
UNSUPPORTED_PROTOCOL = 132
"""The reason code of CONNACK for a version of MQTT that the broker does not speak."""


def not_granted(source: Source, codes: Sequence[int]) -> str:
    """Say what of a subscription the broker has not granted, by the codes of SUBACK; nothing where it has all.

    A QoS below the one asked for is refused here: what such a broker sends is lost with the worker, and nobody knows.
    """
    refused = [topic for topic, code in zip(source.filters, codes, strict=False) if code >= FAILURE_FROM]
    if refused:
        return f"the broker refuses the subscription to {', '.join(refused)}"
    less = [topic for topic, code in zip(source.filters, codes, strict=False) if code < source.qos]
    if less:
        return (
            f"the broker grants only QoS 0 for {', '.join(less)}, so a worker that is killed would lose messages. "
            "Declare the source with qos = 0: then a spool on disk holds what the broker does not"
        )
    return ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom a connection tells what happens to it; every call comes from the connection's own thread."""

    source: Source
    client_id: str
    recent: Recent
    on_subscribed: Callable[[], None]
    on_delivery: Callable[[Delivery], None]
    leaving: bool = False
    """Whether to give up the subscription instead of making it, and take only what the broker holds for us already."""


class Connection(Protocol):
    """One connection from CONNECT to its end; an acknowledgement reaches no later connection than its own."""

    def hold(self, stop: threading.Event) -> tuple[bool, str]:
        """Connect, subscribe and deliver until the end; tell whether it had stood, and why it ended ('' on stop)."""
        ...

    def close(self) -> None:
        """Disconnect, from any thread; what was acknowledged before is sent. The session stays with the broker."""
        ...
