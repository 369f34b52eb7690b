"""Publishes over MQTT with QoS 1: many messages under way at once, none given up before the broker has taken it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

IN_FLIGHT = 100
"""Messages that may wait for the broker's acknowledgement at once."""
ACKNOWLEDGED_WITHIN = 60.0
"""Seconds until a connection on which nothing is acknowledged counts as lost."""
PATIENCE = (0.2, 10.0)
"""Seconds until the first new attempt to connect, and the longest pause; it doubles in between."""

Letter = tuple[str, bytes]


class Stop(Protocol):
    """Anything that can be asked whether to stop: ``threading.Event`` and ``asyncio.Event`` are."""

    def is_set(self) -> bool:
        """Tell whether to stop."""
        ...


class Publisher:
    """One publishing client of one broker; keeps what is not acknowledged and says it again after a reconnect.

    ``broker`` is a URL such as ``mqtt://user:password@host:1883`` or ``mqtts://host``. Raises ValueError for any other.
    """

    def __init__(self, broker: str, stop: Stop, acknowledged: Callable[[], None]) -> None:
        self._where = _where(broker)
        self._stop = stop
        self._acknowledged = acknowledged
        self._client: aiomqtt.Client | None = None

    async def publish(self, letters: Iterable[Letter]) -> None:
        """Publish letters in their order; returns when the broker has acknowledged all, or when told to stop."""
        outbox = Outbox(letters)
        pause = PATIENCE[0]
        while outbox and not self._stop.is_set():
            try:
                await self._attempt(outbox)
            except (aiomqtt.MqttError, OSError) as error:
                log.warning("the broker at %s is away (%s); %d messages wait", self._where, error, len(outbox))
                await self._leave()
                await rest(pause, self._stop)
                pause = min(2 * pause, PATIENCE[1])

    async def close(self) -> None:
        """Disconnect."""
        await self._leave()
