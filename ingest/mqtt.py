"""Keeps one source connected, again and again, and hands on what it delivers: MQTT 5, or 3.1.1 by fallback.

Each connection is an object of its own, so that an acknowledgement can never reach a later connection than the one that
delivered the message. The session is persistent: what was not acknowledged comes again.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ingest import metrics
from ingest.connection import CONNECT_TIMEOUT_S, Listener
from ingest.feed import Feed
from ingest.mqtt5 import Mqtt5Connection
from ingest.paho import PahoConnection
from ingest.recent import Recent
from ingest.spool import Spool
from ingest.version import FIVE, OLDER, Version

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.connection import Connection
    from ingest.gather import Delivery, Inbox
    from ingest.source import Source

log = logging.getLogger(__name__)

BACKOFF_S = (0.2, 30.0)
STEADY_S = 10.0
"""How long a connection must have lasted for the next one to be tried at once."""


class Receiver:
    """Keeps one source connected and puts what it delivers into an inbox, from a thread of its own.

    A full inbox stops the reading, so that TCP and the broker's in-flight window hold back what the store cannot take.
    """

    def __init__(
        self, source: Source, worker: str, inbox: Inbox, spools: Path | None = None, *, leaving: bool = False
    ) -> None:
        """Receive for a worker; a source that wants a spool gets it in the folder ``spools``, where one is given.

        One that is ``leaving`` takes what the broker holds for it, and is given nothing further. Raises OSError where
        the spool cannot be opened.
        """
        self.source = source
        self.worker = worker
        self.dropped = 0
        """Messages of ``received`` for which neither the spool nor the inbox had room."""
        self.spool = (
            Spool(spools / f"{source.name}.sqlite", source.name, source.spool) if spools and source.spool else None
        )
        self.received = self.spool.messages if self.spool else 0
        """Messages taken in, those included that an earlier life has left in the spool."""
        self._inbox = inbox
        self._feed = Feed(self.spool, inbox, source.name) if self.spool else None
        self._in_flight = metrics.IN_FLIGHT.labels(source.name, worker)
        self._in_flight.inc(self.received)
        metrics.CONNECTED.labels(source.name, worker).set(0)
        if self.spool is not None:
            metrics.SPOOL.labels(source.name, worker).set_function(partial(getattr, self.spool, "messages"))
            metrics.SPOOL_BYTES.labels(source.name, worker).set_function(partial(getattr, self.spool, "bytes"))
        self._version = Version(source.protocol)
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._subscribed = threading.Event()
        self._connection: Connection | None = None
        self._listener = Listener(source, self.client_id, Recent(), self._on_subscribed, self._on_delivery, leaving)
        self._heard = 0.0
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{source.name}", daemon=True)

    @property
    def client_id(self) -> str:
        """Stable over restarts: it is what the broker's persistent session hangs on. No name has a colon in it."""
        return f"smilecity:{self.worker}:{self.source.name}"

    @property
    def connected(self) -> bool:
        """Whether the subscription stands right now."""
        return self._subscribed.is_set()

    @property
    def silent_for(self) -> float:
        """How long nothing has come over the connection that stands, 0 without one. [s]."""
        return time.monotonic() - self._heard if self.connected else 0.0

    def start(self) -> None:
        """Begin to connect; returns at once, a broker that is absent is tried again until ``stop``."""
        self._thread.start()
        if self._feed is not None:
            self._feed.start()

    def wait_until_connected(self, timeout: float) -> bool:
        """Wait until the subscription stands; False when it does not within ``timeout`` seconds."""
        return self._subscribed.wait(timeout)

    def pause(self) -> None:
        """Leave what comes from now on to the broker, while what was received can still be acknowledged."""
        self._paused.set()
        if self._feed is not None:
            self._feed.pause()

    def stop(self) -> None:
        """Send what was acknowledged, disconnect, and end the thread. The session stays with the broker."""
        self._stop.set()
        if self._connection is not None:
            self._connection.close()
        if self._thread.is_alive():
            self._thread.join(CONNECT_TIMEOUT_S + 1)
        if self._feed is not None and self.spool is not None:
            self._feed.stop()
            self.spool.close()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began = time.monotonic()
            stood, refusal = self._connect_once()
            # Two that take each other's session stand for a moment each: that is no success.
            failures = 0 if stood and time.monotonic() - began > STEADY_S else failures + 1
            self._learn(stood=stood, refusal=refusal)
            self._stop.wait(_backoff(failures))

    def _connect_once(self) -> tuple[bool, str]:
        """Hold one connection until it ends; tell whether it had stood, and why it ended."""
        try:
            connection = self._connection = self._made()
            return connection.hold(self._stop)
        except Exception as error:
            # A certificate that cannot be read just now, a name that is none: whatever it is, trying goes on.
            log.exception("%s: the connection failed", self.source.place)
            return False, f"no connection ({type(error).__name__}: {error})"
        finally:
            self._subscribed.clear()
            metrics.CONNECTED.labels(self.source.name, self.worker).set(0)

    def _made(self) -> Connection:
        """Choose the client: the fast one where it can, paho for TLS, WebSockets and MQTT 3.1.1."""
        if self._version.next == FIVE and self.source.tls is None and not self.source.websocket:
            return Mqtt5Connection(self._listener)
        return PahoConnection(self._listener, self._version.next)

    def _learn(self, *, stood: bool, refusal: str) -> None:
        """Say why a connection ended, and choose the version of MQTT for the next one."""
        if refusal:
            log.warning("%s: %s, trying again", self.source.place, refusal)
        before = self._version.next
        self._version.note(stood=stood, refusal=refusal)
        if (before, self._version.next) == (FIVE, OLDER):
            log.warning(
                "%s: going on with MQTT 3.1.1: the broker decides how many messages may be under way (Mosquitto: 20) "
                "and how long it keeps the session",
                self.source.place,
            )

    def _on_delivery(self, delivery: Delivery) -> None:
        self._heard = time.monotonic()
        if self.spool is not None and self.spool.append(delivery.messages):
            self._count(delivery)
            delivery.acknowledge()
        elif not self._paused.is_set():
            self._count(delivery)
            self._hand_over(delivery)
        elif self.spool is not None:
            self._count(delivery)
            self._drop(delivery)

    def _hand_over(self, delivery: Delivery) -> None:
        """Let the broker wait for the worker; one that does not wait loses what there is no room for, and we count."""
        given = delivery if self.source.kept else replace(delivery, kept=False)
        if self.spool is None or self.source.qos:
            self._inbox.put(given)
        elif not self._inbox.offer(given):
            self._drop(given)

    def lose(self, messages: int) -> None:
        """Count messages that nobody keeps, and that the worker will not store any more."""
        self.dropped += messages

    def _drop(self, delivery: Delivery) -> None:
        self.dropped += len(delivery.messages)

    def _count(self, delivery: Delivery) -> None:
        self.received += len(delivery.messages)
        self._in_flight.inc(len(delivery.messages))

    def _on_subscribed(self) -> None:
        self._heard = time.monotonic()
        self._subscribed.set()
        metrics.CONNECTIONS.labels(self.source.name, self.worker).inc()
        metrics.CONNECTED.labels(self.source.name, self.worker).set(1)
        doing = "taking what waits, and nothing new, of" if self._listener.leaving else "receiving"
        log.info("%s: %s %s", self.source.place, doing, ", ".join(self.source.topics))


def _backoff(failures: int) -> float:
    """Wait longer after each failure, with jitter so that many workers do not come back at once. [s]."""
    low, high = BACKOFF_S
    return random.uniform(0.5, 1.0) * min(high, low * 2.0 ** min(failures, 10))
