"""Changes of alerts as server-sent events: one look at the catalogue for all clients, and none misses any.

Clients that keep up share one encoded event. One that is slow, or was away, reads what it has missed from the catalogue
itself, page by page: nothing is kept for it, and nothing replaces anything.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.listening import ALIVE_EVERY_S, LOOK_EVERY_S, MOST_CLIENTS, Listener, Listening, encode_event, welcome
from processing.announcing.following import messages_of
from processing.announcing.messages import encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from api.access import Caller
    from api.keyring import Keyring
    from api.view import Cities
    from storage.alert import Alert, Change

KEPT = 1000
"""Newest changes, encoded once for all."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Changes that a client asks for; None stands for all."""

    operator: str | None = None
    domain: str | None = None
    rule: str | None = None

    def admits(self, alert: Alert) -> bool:
        """Tell whether a change of an alert is asked for."""
        asked = (self.operator, self.domain, self.rule)
        has = (alert.operator, alert.domain, alert.rule)
        return all(wanted in (None, given) for wanted, given in zip(asked, has, strict=True))


@dataclass(frozen=True, slots=True)
class Told:
    """A change, encoded."""

    alert: Alert
    event: bytes


class Alarms(Listening[Listener]):
    """All streams of alerts of an app."""

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
        services = cities.whole.services
        self._alerts = services.catalogue.alerts
        self._link = services.link
        self._recent: deque[Told] = deque(maxlen=KEPT)
        self._newest = 0

    async def events(self, caller: Caller, wanted: Wanted, after: int | None) -> AsyncGenerator[bytes, None]:
        """Give the events of one client until it leaves, its key ends or the server stops.

        ``after`` is the sequence it knows.
        """
        client, seen = Listener(caller), self._cities.of(caller.tenant).alerts
        async with self.listens(client):
            known = self._newest if after is None else await self._known(after)
            yield welcome(known)
            while not client.ended:
                client.woken.clear()
                told = await self._after(known)
                shows = await asyncio.to_thread(seen.shows) if told else None
                for each in told:
                    known = each.alert.sequence
                    if wanted.admits(each.alert) and shows and shows(each.alert):
                        yield each.event
                if not told and not client.ended and (alive := await self.woken(client)):
                    yield alive

    async def first_look(self) -> None:
        """Begin with the newest change there is."""
        self._recent.clear()
        self._newest = await asyncio.to_thread(self._alerts.sequence)

    async def look_once(self) -> None:
        """Encode what is new, and wake everybody."""
        told = await asyncio.to_thread(self._read, self._newest)
        if told:
            self._recent.extend(told)
            self._newest = told[-1].alert.sequence
            for client in self._clients:
                client.woken.set()

    async def _known(self, after: int) -> int:
        """Give the sequence to go on from: where one is told that was never reached, a catalogue was restored."""
        return after if after <= self._newest else min(after, await asyncio.to_thread(self._alerts.sequence))

    async def _after(self, known: int) -> list[Told]:
        """Give what comes next after a sequence, of what is kept or, where that begins later, of the catalogue."""
        if known >= self._newest:
            return []
        if self._recent and self._recent[0].alert.sequence <= known + 1:
            return [told for told in self._recent if told.alert.sequence > known]
        return await asyncio.to_thread(self._read, known)

    def _read(self, after: int) -> list[Told]:
        return list(self._told(self._alerts.changes(after, limit=PAGE)))

    def _told(self, changes: tuple[Change, ...]) -> Iterable[Told]:
        for change, message in zip(changes, messages_of(self._alerts, changes, self._link), strict=True):
            yield Told(change.alert, encode_event("alert", encode(message).decode(), change.sequence))
