"""Publishes over MQTT with QoS 1: many messages under way at once, none given up before the broker has taken it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

log = logging.getLogger(__name__)

IN_FLIGHT = 100
"""Messages that may wait for the broker's acknowledgement at once."""
ACKNOWLEDGED_WITHIN = 60.0
"""Seconds until a connection on which a message is not acknowledged counts as lost."""
PATIENCE = (0.25, 10.0)
"""Seconds until the first new attempt to connect, and the longest pause; it doubles in between."""
TICK = 0.1
"""Seconds between two looks at the clock and at the stop sign."""

Letter = tuple[str, bytes]


class Stop(Protocol):
    """Anything that can be asked whether to stop: ``threading.Event`` and ``asyncio.Event`` are."""

    def is_set(self) -> bool:
        """Tell whether to stop."""
        ...


async def deliver(
    broker: str,
    supply: Callable[[], Awaitable[Sequence[Letter]]],
    *,
    stop: Stop,
    acknowledged: Callable[[], None],
    on_away: Callable[[str], None] | None = None,
) -> None:
    """Publish what ``supply`` gives, in its order, until it gives nothing or ``stop`` is set.

    Waits for the broker as long as it is away, then says again what it had not acknowledged; ``acknowledged`` is
    called once per message, ``on_away`` with the reason when the broker is away and with nothing when it is back.
    ``broker`` is a URL such as ``mqtt://user:password@host:1883`` or ``mqtts://host``. Raises
    ValueError for any other.
    """
    delivery, tell_away = _Delivery(supply, acknowledged), on_away or (lambda _reason: None)
    pause = PATIENCE[0]
    while not delivery.done and not stop.is_set():
        client = _client(broker)
        before = delivery.published
        try:
            async with client:
                tell_away("")
                await delivery.through(client, stop)
        except* (aiomqtt.MqttError, OSError) as lost:
            tell_away(str(lost.exceptions[0]))
            log.warning("the broker at %s is away (%s); trying again", urlsplit(broker).hostname, lost.exceptions[0])
            pause = PATIENCE[0] if delivery.published > before else min(2 * pause, PATIENCE[1])
            await rest(pause, stop)
        except* _StoppedError:
            pass  # the loop ends by the same sign


async def rest(seconds: float, stop: Stop) -> None:
    """Sleep, but no longer than until told to stop."""
    end = asyncio.get_running_loop().time() + seconds
    while (left := end - asyncio.get_running_loop().time()) > 0:
        if stop.is_set():
            return
        await asyncio.sleep(min(left, TICK))


class _StoppedError(Exception):
    """Told to stop: ends what waits for an acknowledgement."""


class _Delivery:
    """What has been supplied and not been acknowledged, oldest first, over as many connections as it takes."""

    def __init__(self, supply: Callable[[], Awaitable[Sequence[Letter]]], acknowledged: Callable[[], None]) -> None:
        self._supply = supply
        self._acknowledged = acknowledged
        self._waiting: dict[int, Letter] = {}
        self._numbers = count()
        self.published = 0
        self.done = False

    async def through(self, client: aiomqtt.Client, stop: Stop) -> None:
        """Publish over one connection until all is acknowledged; raises MqttError when the connection breaks."""
        free = asyncio.Semaphore(IN_FLIGHT)
        async with asyncio.TaskGroup() as group:
            watches = [group.create_task(_break_with(client)), group.create_task(_break_on(stop))]
            await self._send_each(client, group, free)
            for _ in range(IN_FLIGHT):
                await free.acquire()
            self.done = True
            for watch in watches:
                watch.cancel()

    async def _send_each(self, client: aiomqtt.Client, group: asyncio.TaskGroup, free: asyncio.Semaphore) -> None:
        due = tuple(self._waiting)
        while due or (due := await self._fetch()):
            for number in due:
                await free.acquire()
                group.create_task(self._send(client, number, free))
            due = ()

    async def _fetch(self) -> tuple[int, ...]:
        letters = {next(self._numbers): letter for letter in await self._supply()}
        self._waiting |= letters
        return tuple(letters)

    async def _send(self, client: aiomqtt.Client, number: int, free: asyncio.Semaphore) -> None:
        topic, payload = self._waiting[number]
        try:
            await client.publish(topic, payload, qos=1, timeout=ACKNOWLEDGED_WITHIN)
        finally:
            free.release()
        del self._waiting[number]
        self.published += 1
        self._acknowledged()


def _client(broker: str) -> aiomqtt.Client:
    where = urlsplit(broker)
    if where.scheme not in ("mqtt", "mqtts") or not where.hostname:
        raise ValueError(f"'{broker}' is no broker: give a URL such as mqtt://127.0.0.1:1883 or mqtts://user:word@host")
    secure = where.scheme == "mqtts"
    client = aiomqtt.Client(
        where.hostname,
        where.port or (8883 if secure else 1883),
        username=unquote(where.username) if where.username else None,
        password=unquote(where.password) if where.password else None,
        tls_context=ssl.create_default_context() if secure else None,
        max_inflight_messages=IN_FLIGHT,
    )
    client.pending_calls_threshold = IN_FLIGHT
    return client


async def _break_with(client: aiomqtt.Client) -> None:
    """Raise MqttError as soon as the connection is lost: a publish alone would wait for its acknowledgement."""
    async for _ in client.messages:
        pass


async def _break_on(stop: Stop) -> None:
    await rest(inf, stop)
    raise _StoppedError
