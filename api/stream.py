"""The live stream: one look at the store per half second for all clients, to each only what is new to it.

Clients that keep up share one encoded event; for a slow one, later observations replace earlier ones of the same
datastream, so that it never holds more than the city now. Each is told what its tenant sees. Looking starts with the
first client and ends with the last.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.access import Tenant
from api.city import Choice
from api.documents import ledger_document
from api.listening import ALIVE_EVERY_S, LOOK_EVERY_S, MOST_CLIENTS, Listener, Listening, encode_event, welcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from api.access import Caller
    from api.city import News
    from api.keyring import Keyring
    from api.view import Cities
    from sensors.model import Datastream

Wanted = tuple[Tenant, Choice]
"""Whose view, and what of it."""


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
    """What one look at the store and the ledger found: a block per view and choice, and the ledger's event."""

    version: int
    blocks: Mapping[Wanted, Block]
    ledger: bytes


NOTHING_SEEN = Look(0, {}, b"")


class Client(Listener):
    """What waits to be sent to one client."""

    def __init__(self, wanted: Wanted, caller: Caller) -> None:
        super().__init__(caller)
        self.wanted = wanted
        self.books = caller.tenant.whole and "books" in caller.scopes
        """Whether it hears of the ledger, too."""
        self.block: Block | None = None
        self.ledger: bytes | None = None

    def offer(self, block: Block | None, ledger: bytes | None) -> None:
        """Put what is new in the place of what waits."""
        if block is not None and block.rows:
            self.block = block if self.block is None else self.block.then(block)
        self.ledger = (ledger if self.books else None) or self.ledger
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
        cities: Cities,
        keyring: Keyring,
        *,
        most_clients: int = MOST_CLIENTS,
        look_every: float = LOOK_EVERY_S,
        alive_every: float = ALIVE_EVERY_S,
    ) -> None:
        super().__init__(keyring, most_clients=most_clients, look_every=look_every, alive_every=alive_every)
        self._cities = cities
        self._last = NOTHING_SEEN

    async def events(self, caller: Caller, choice: Choice, after: int | None) -> AsyncGenerator[bytes, None]:
        """Give the events of one client until it leaves, its key ends or the server stops.

        ``after`` is the version it has seen.
        """
        client = Client((caller.tenant, choice), caller)
        async with self.listens(client):
            yield welcome(self._last.version if after is None else after)
            client.offer(await self._missed(client.wanted, after), self._last.ledger)
            while not client.ended:
                alive = await self.woken(client)
                for event in client.take() if alive is None else [alive]:
                    yield event

    async def first_look(self) -> None:
        """Note how far the store is: every client goes on from a look that was taken before it was welcomed."""
        self._last = await asyncio.to_thread(self._first_look)

    async def look_once(self) -> None:
        """Hand out what is new."""
        look = await asyncio.to_thread(self._look, frozenset(client.wanted for client in self._clients))
        ledger = None if look.ledger == self._last.ledger else look.ledger
        for client in self._clients:
            client.offer(look.blocks.get(client.wanted), ledger)
        self._last = look

    def _first_look(self) -> Look:
        return Look(self._cities.whole.held().version, {}, self._ledger())

    def _look(self, asked: frozenset[Wanted]) -> Look:
        """Look once for everybody: whatever was touched since the last look, encoded once per view and choice."""
        news = self._cities.whole.news(self._last.version)
        blocks = {wanted: self._chosen(wanted, news) for wanted in asked}
        return Look(news.version, blocks, self._ledger())

    def _chosen(self, wanted: Wanted, news: News) -> Block:
        tenant, choice = wanted
        streams = self._cities.of(tenant).admitted(choice, tuple(news.rows))
        return Block(news.version, {stream: news.rows[stream] for stream in streams})

    def _ledger(self) -> bytes:
        return encode_event("ledger", ledger_document(self._cities.whole.services).model_dump_json())

    async def _missed(self, wanted: Wanted, after: int | None) -> Block | None:
        """Give what a client has missed since the version it has seen."""
        if after is None:
            return None
        return await asyncio.to_thread(lambda: self._chosen(wanted, self._cities.whole.news(after)))
