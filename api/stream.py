"""The live stream: one look at the store per half second for all clients, to each only what is new to it.

Clients that keep up share one encoded event; for a slow one, later observations replace earlier ones of the same
datastream, so that it never holds more than the city now. Looking starts with the first client and ends with the last.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from api.documents import ledger_document
from api.metrics import CLIENTS
from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from api.city import Choice, City, News
    from sensors.model import Datastream

log = logging.getLogger(__name__)

MOST_CLIENTS = 200
LOOK_EVERY_S = 0.5
ALIVE_EVERY_S = 15.0

_ALIVE = b": still here\n\n"


@dataclass(frozen=True)
class Block:
    """The newest observations, as JSON text, of the datastreams that were touched up to a version."""

    version: int
    rows: Mapping[Datastream, str]

    def then(self, later: Block) -> Block:
        """Let a later block replace what it knows better."""
        return Block(later.version, {**self.rows, **later.rows})

    @cached_property
    def event(self) -> bytes:
        """The server-sent event, encoded once for all who get it."""
        data = f'{{"version":{self.version},"observations":[{",".join(self.rows.values())}]}}'
        return encode_event("observations", data, self.version)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store and the ledger found: a block per choice, and the ledger's event."""

    version: int
    blocks: Mapping[Choice, Block]
    ledger: bytes


NOTHING_SEEN = Look(0, {}, b"")


@dataclass(slots=True, eq=False)
class Client:
    """What waits to be sent to one client."""

    choice: Choice
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    block: Block | None = None
    ledger: bytes | None = None
    ended: bool = False

    def offer(self, block: Block | None, ledger: bytes | None) -> None:
        """Put what is new in the place of what waits."""
        if block is not None and block.rows:
            self.block = block if self.block is None else self.block.then(block)
        self.ledger = ledger or self.ledger
        if self.block or self.ledger:
            self.woken.set()

    def take(self) -> list[bytes]:
        """Take everything that waits, as events."""
        waiting = [self.block.event] if self.block else []
        waiting += [self.ledger] if self.ledger else []
        self.block = self.ledger = None
        self.woken.clear()
        return waiting

    def end(self) -> None:
        """Let the client's stream end."""
        self.ended = True
        self.woken.set()


class Live:
    """All live streams of an app."""

    def __init__(
        self,
        city: City,
        *,
        most_clients: int = MOST_CLIENTS,
        look_every: float = LOOK_EVERY_S,
        alive_every: float = ALIVE_EVERY_S,
    ) -> None:
        self._city = city
        self._most_clients = most_clients
        self._look_every = look_every
        self._alive_every = alive_every
        self._clients: set[Client] = set()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = asyncio.Event()
        self._stop = asyncio.Event()
        self._last = NOTHING_SEEN
        self._closed = False

    def admit(self) -> None:
        """Raise ProblemError ``too-many-streams`` when no further client can be served."""
        if self._closed or len(self._clients) >= self._most_clients:
            why = "The platform is stopping" if self._closed else f"{self._most_clients} clients are listening already"
            raise ProblemError("too-many-streams", f"{why}; ask again in 5 s.", headers={"retry-after": "5"})

    async def events(self, choice: Choice, after: int | None) -> AsyncGenerator[bytes, None]:
        """Give the events of one client until it leaves or the server stops; ``after`` is the version it has seen."""
        client = Client(choice)
        self._clients.add(client)
        CLIENTS.inc()
        try:
            await self._begin()
            yield welcome(self._last.version if after is None else after)
            client.offer(await self._missed(choice, after), self._last.ledger)
            while not client.ended:
                for event in await self._next(client):
                    yield event
        finally:
            self._clients.discard(client)
            CLIENTS.dec()

    def close(self) -> None:
        """End every stream and begin none any more; from any thread."""
        self._closed = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the streams with it
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _begin(self) -> None:
        """Wait for the first look: every client goes on from a look that was taken before it was welcomed."""
        if self._looking is None or self._looking.done():
            self._loop = asyncio.get_running_loop()
            self._begun, self._stop = asyncio.Event(), asyncio.Event()
            self._looking = asyncio.create_task(self._look_on())
        await self._begun.wait()

    async def _look_on(self) -> None:
        """Look at the store and hand out what is new, until the last client has left; a failure ends all streams."""
        try:
            self._last = await asyncio.to_thread(self._first_look)
            self._begun.set()
            while self._clients and not self._closed:
                await self._look_once()
        except Exception:
            log.exception("live streams end because looking at the store failed; clients will connect again")
        finally:
            self._begun.set()
            for client in self._clients:
                client.end()

    async def _look_once(self) -> None:
        look = await asyncio.to_thread(self._look, frozenset(client.choice for client in self._clients))
        ledger = None if look.ledger == self._last.ledger else look.ledger
        for client in self._clients:
            client.offer(look.blocks.get(client.choice), ledger)
        self._last = look
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._look_every)

    def _first_look(self) -> Look:
        return Look(self._city.held().version, {}, self._ledger())

    def _look(self, choices: frozenset[Choice]) -> Look:
        """Look once for everybody: whatever was touched since the last look, encoded once per choice."""
        news = self._city.news(self._last.version)
        blocks = {choice: self._chosen(choice, news) for choice in choices}
        return Look(news.version, blocks, self._ledger())

    def _chosen(self, choice: Choice, news: News) -> Block:
        streams = self._city.admitted(choice, tuple(news.rows))
        return Block(news.version, {stream: news.rows[stream] for stream in streams})

    def _ledger(self) -> bytes:
        return encode_event("ledger", ledger_document(self._city.services).model_dump_json())

    async def _missed(self, choice: Choice, after: int | None) -> Block | None:
        """Give what a client has missed since the version it has seen."""
        return None if after is None else await asyncio.to_thread(lambda: self._chosen(choice, self._city.news(after)))

    async def _next(self, client: Client) -> list[bytes]:
        """Wait for events; a comment says that the line is alive when there are none."""
        try:
            await asyncio.wait_for(client.woken.wait(), self._alive_every)
        except TimeoutError:
            return [_ALIVE]
        return client.take()


def encode_event(name: str, data: str, version: int | None = None) -> bytes:
    """Write a server-sent event (WHATWG HTML, section 9.2); ``data`` is one line."""
    identity = "" if version is None else f"id: {version}\n"
    return f"{identity}event: {name}\ndata: {data}\n\n".encode()


def welcome(version: int) -> bytes:
    """Write what opens a stream: it dispatches nothing, and lets a client that is cut off go on from ``version``."""
    return f"retry: 2000\nid: {version}\n\n".encode()
