"""What live streams have in common: clients, one look for all of them, and the form of server-sent events.

Looking starts with the first client and ends with the last.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from api.access import PUBLIC
from api.metrics import CLIENTS
from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.access import Caller
    from api.keyring import Keyring

log = logging.getLogger(__name__)

MOST_CLIENTS = 200
PUBLIC_SHARE = 0.75
"""Of these, those that show no key: the others never wait for all the world."""
LOOK_EVERY_S = 0.5
ALIVE_EVERY_S = 15.0
LONGEST_ID = 19
"""Digits of an id."""

_ALIVE = b": still here\n\n"


class Listener:
    """One client."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.woken = asyncio.Event()
        self.ended = False

    def end(self) -> None:
        """Let the client's stream end."""
        self.ended = True
        self.woken.set()


Someone = TypeVar("Someone", bound=Listener)


class Listening(ABC, Generic[Someone]):
    """All clients of one kind of stream; ``look_once`` hands out what is new to them."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        most_clients: int = MOST_CLIENTS,
        look_every: float = LOOK_EVERY_S,
        alive_every: float = ALIVE_EVERY_S,
    ) -> None:
        self._keyring = keyring
        self._most_clients = most_clients
        self._look_every = look_every
        self._alive_every = alive_every
        self._clients: set[Someone] = set()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = asyncio.Event()
        self._stop = asyncio.Event()
        self._closed = False

    @abstractmethod
    async def first_look(self) -> None:
        """Know where to begin; a client is welcomed after it."""

    @abstractmethod
    async def look_once(self) -> None:
        """Look once for everybody."""

    def admit(self, caller: Caller) -> None:
        """Raise ProblemError ``too-many-streams`` when no further client can be served."""
        public = caller.tenant == PUBLIC
        most = max(1, int(PUBLIC_SHARE * self._most_clients)) if public else self._most_clients
        listening = sum(one.caller.tenant == PUBLIC for one in self._clients) if public else len(self._clients)
        if self._closed or listening >= most or len(self._clients) >= self._most_clients:
            why = "The platform is stopping" if self._closed else f"{most} clients are listening already"
            raise ProblemError("too-many-streams", f"{why}; ask again in 5 s.", headers={"retry-after": "5"})

    @asynccontextmanager
    async def listens(self, client: Someone) -> AsyncIterator[None]:
        """Count a client in until it leaves; entered when a first look was taken."""
        self._clients.add(client)
        CLIENTS.inc()
        try:
            await self._begin()
            yield
        finally:
            self._clients.discard(client)
            CLIENTS.dec()

    async def woken(self, client: Someone) -> bytes | None:
        """Wait until a client is woken; gives a comment that says that the line is alive when it is not for long."""
        try:
            # Not wait_for: in Python 3.11 it takes no notice of being cancelled in the moment of waking.
            async with asyncio.timeout(self._alive_every):
                await client.woken.wait()
        except TimeoutError:
            return _ALIVE
        return None

    def close(self) -> None:
        """End every stream and begin none any more; from any thread."""
        self._closed = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the streams with it
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _begin(self) -> None:
        if self._looking is None or self._looking.done():
            self._loop = asyncio.get_running_loop()
            self._begun, self._stop = asyncio.Event(), asyncio.Event()
            self._looking = asyncio.create_task(self._look_on())
        await self._begun.wait()

    async def _turn_out(self) -> None:
        """End the streams of clients whose key was revoked or has expired."""
        await self._keyring.refresh()
        for client in self._clients:
            if not self._keyring.holds(client.caller):
                client.end()

    async def _look_on(self) -> None:
        """Look until the last client has left; a failure ends all streams."""
        try:
            await self.first_look()
            self._begun.set()
            while self._clients and not self._closed:
                await self._turn_out()
                await self.look_once()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_every):
                        await self._stop.wait()
        except Exception:
            log.exception("live streams end because looking failed; clients will connect again")
        finally:
            self._begun.set()
            for client in self._clients:
                client.end()


def last_seen(said: str) -> int:
    """Read ``Last-Event-ID``. Raises ProblemError ``bad-value`` for what is none: nothing is missed silently."""
    if not (said.isdecimal() and len(said) < LONGEST_ID):
        detail = f"Last-Event-ID {said[:60]!r} is no id of an event of this stream; leave it out to begin with now."
        raise ProblemError("bad-value", detail, parameter="Last-Event-ID")
    return int(said)


def encode_event(name: str, data: str, version: int | None = None) -> bytes:
    """Write a server-sent event (WHATWG HTML, section 9.2); ``data`` is one line."""
    identity = "" if version is None else f"id: {version}\n"
    return f"{identity}event: {name}\ndata: {data}\n\n".encode()


def message_of(event: bytes) -> str:
    """Write a server-sent event as one JSON text, for a WebSocket; nothing for a comment."""
    said = dict(line.split(b": ", 1) for line in event.splitlines() if line and not line.startswith(b":"))
    if not said:
        return ""
    name, data = said.get(b"event", b"welcome").decode(), said.get(b"data", b"null").decode()
    return f'{{"event":"{name}","id":{said.get(b"id", b"null").decode()},"data":{data}}}'


def welcome(version: int) -> bytes:
    """Write what opens a stream: it dispatches nothing, and lets a client that is cut off go on from ``version``."""
    return f"retry: 2000\nid: {version}\n\n".encode()
