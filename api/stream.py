"""The live stream: one look at the store per half second for all clients, to each only what is new to it.

Clients that keep up share one encoded event; for a slow one, later observations replace earlier ones of the same
datastream, so that it never holds more than the city now. Looking starts with the first client and ends with the last.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.documents import ledger_document
from api.listening import ALIVE_EVERY_S, LOOK_EVERY_S, MOST_CLIENTS, Listener, Listening, encode_event, welcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from api.city import Choice, City, News
    from sensors.model import Datastream


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


class Client(Listener):
    """What waits to be sent to one client."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice
        self.block: Block | None = None
        self.ledger: bytes | None = None

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


class Live(Listening[Client]):
    """All live streams of observations and the ledger of an app."""

    def __init__(
        self,
        city: City,
        *,
        most_clients: int = MOST_CLIENTS,
        look_every: float = LOOK_EVERY_S,
        alive_every: float = ALIVE_EVERY_S,
    ) -> None:
        super().__init__(most_clients=most_clients, look_every=look_every, alive_every=alive_every)
        self._city = city
        self._last = NOTHING_SEEN

    async def events(self, choice: Choice, after: int | None) -> AsyncGenerator[bytes, None]:
        """Give the events of one client until it leaves or the server stops; ``after`` is the version it has seen."""
        client = Client(choice)
        async with self.listens(client):
            yield welcome(self._last.version if after is None else after)
            client.offer(await self._missed(choice, after), self._last.ledger)
            while not client.ended:
                alive = await self.woken(client)
                for event in client.take() if alive is None else [alive]:
                    yield event

    async def first_look(self) -> None:
        """Note how far the store is: every client goes on from a look that was taken before it was welcomed."""
        self._last = await asyncio.to_thread(self._first_look)

    async def look_once(self) -> None:
        """Hand out what is new."""
        look = await asyncio.to_thread(self._look, frozenset(client.choice for client in self._clients))
        ledger = None if look.ledger == self._last.ledger else look.ledger
        for client in self._clients:
            client.offer(look.blocks.get(client.choice), ledger)
        self._last = look

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
