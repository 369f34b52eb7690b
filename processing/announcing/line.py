"""One connection to a broker, through aiomqtt: what is published is published at QoS 1, in its order.

aiomqtt acknowledges what it receives before we see it. That is no promise kept badly here: whoever sends an
acknowledgement of an alert gets a reply, and one that was lost has none.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import aiomqtt

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from processing.announcing.outbox import Letter

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

CLIENT = "smilecity-alerts"
"""Name at the broker: it ends an older connection of the same name, so that two never speak at once."""
ANSWER_S = 20.0
"""Seconds within which the broker must answer."""
KEEPALIVE_S = 20
IN_FLIGHT = 100
WAITING = 5000
"""Messages that may have come and not been looked at."""
UNSUPPORTED = (1, 132)
"""Codes by which a broker says that it does not speak a version, in MQTT 3.1.1 and 5."""
_SILENT = "Operation timed out"
"""What aiomqtt says of a broker that was reached and does not answer, as some do to a version they do not speak."""
_ENDED = "the broker ended the connection without an answer"
VERSIONS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where to publish."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    websocket: str = ""
    """Path of the WebSocket; without one plain MQTT is spoken."""
    protocol: str = "auto"
    """5, or 3.1.1, in which a broker cannot say that it refuses a message; auto: 5 first."""
    client: str = CLIENT
    """Name there."""


class LineError(Exception):
    """The connection is lost, or the broker refuses something; says which."""


class VersionError(LineError):
    """The broker does not speak this version of MQTT, or gives no answer, which may be why."""


class RefusedError(LineError):
    """The broker does not let us publish."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came."""

    topic: str
    payload: bytes
    retained: bool


class _Client(aiomqtt.Client):
    """Remembers that the broker has refused a message: aiomqtt takes that for an acknowledgement."""

    refusal = ""

    @property
    def end(self) -> asyncio.Future[None]:
        """What is done as soon as the connection is at its end; aiomqtt alone waits for an answer all the same."""
        return self._disconnected

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if not self._connected.done():  # aiomqtt would wait for an answer all the same
            self._connected.set_exception(aiomqtt.MqttError(_ENDED))

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        if reason_code.is_failure:
            self.refusal = str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)


@asynccontextmanager
async def connected(broker: Broker, will: Letter | None = None) -> AsyncIterator[Line]:
    """Connect; the broker publishes ``will``, where there is one, when we are gone without a word.

    Raises LineError where it cannot be.
    """
    client = _Client(
        broker.host,
        broker.port,
        identifier=broker.client,
        username=broker.username,
        password=broker.password,
        protocol=VERSIONS[broker.protocol],
        clean_session=True if broker.protocol == "3.1.1" else None,
        will=None if will is None else aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain),
        tls_context=broker.tls,
        transport="websockets" if broker.websocket else "tcp",
        websocket_path=broker.websocket or None,
        timeout=ANSWER_S,
        keepalive=KEEPALIVE_S,
        max_inflight_messages=IN_FLIGHT,
        max_queued_incoming_messages=WAITING,
        socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
    )
    client.pending_calls_threshold = 2 * IN_FLIGHT
    try:
        await client.__aenter__()
    except aiomqtt.MqttCodeError as refused:
        error = VersionError if _number(refused.rc) in UNSUPPORTED else LineError
        raise error(f"the broker refuses the connection: {refused}") from None
    except (aiomqtt.MqttError, OSError) as away:
        error = VersionError if str(away) in {_SILENT, _ENDED} else LineError
        raise error(str(away)) from None
    try:
        yield Line(client)
    finally:
        await _leave(client)


async def _leave(client: _Client) -> None:
    try:
        await client.__aexit__(None, None, None)
    except (aiomqtt.MqttError, OSError) as lost:
        log.debug("the connection was not ended in peace: %s", lost)
    if client.end.done() and not client.end.cancelled():
        log.debug("the connection ended: %s", client.end.exception())


def _number(code: Any) -> int:
    """Give a code as a number; MQTT 5 has objects for them."""
    return int(getattr(code, "value", code))


class Line:
    """A connection that stands."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    async def send(self, letters: Sequence[Letter], taken: Callable[[Letter], None] | None = None) -> None:
        """Publish, and wait until the broker has acknowledged all; ``taken`` is told of each in its order.

        Raises LineError when the connection breaks, RefusedError when the broker does not take one.
        """
        under_way = [asyncio.ensure_future(self._publish(letter)) for letter in letters]
        try:
            for letter, publishing in zip(letters, under_way, strict=True):
                await publishing
                if self._client.refusal:
                    raise RefusedError(f"the broker refuses a message ({self._client.refusal}), '{letter.topic[:200]}'")
                if taken is not None:
                    taken(letter)
        finally:
            await _end(under_way)

    async def _publish(self, letter: Letter) -> None:
        await self._answered(self._client.publish(letter.topic, letter.payload, qos=1, retain=letter.retain))

    async def subscribe(self, topic: str, qos: int) -> None:
        """Subscribe. Raises LineError where the broker does not grant it."""
        granted = await self._answered(self._client.subscribe(topic, qos))
        if (code := max(map(_number, granted), default=0)) > qos:
            raise RefusedError(f"the broker refuses a subscription to '{topic}' (code {code})")

    async def unsubscribe(self, topic: str) -> None:
        """End a subscription."""
        await self._answered(self._client.unsubscribe(topic))

    async def arriving(self) -> AsyncIterator[Arrived]:
        """Give what comes, until the connection breaks: then it raises LineError."""
        try:
            async for message in self._client.messages:
                payload = message.payload if isinstance(message.payload, bytes) else b""
                yield Arrived(message.topic.value, payload, bool(message.retain))
        except (aiomqtt.MqttError, OSError) as lost:
            raise LineError(f"the connection is lost ({lost.__cause__ or lost})") from None

    async def _answered(self, asking: Coroutine[Any, Any, Answer]) -> Answer:
        """Wait for an answer, but not for that of a broker that is gone. Raises LineError."""
        task = asyncio.ensure_future(asking)
        try:
            await asyncio.wait((task, self._client.end), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise LineError("the connection is lost")
            return await task
        except (aiomqtt.MqttError, OSError) as lost:
            raise LineError(str(lost)) from None
        finally:
            task.cancel()


async def _end(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
