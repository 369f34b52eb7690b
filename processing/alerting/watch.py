"""Watches a store by all rules: looks at what changed and at the clock, and notes what becomes of alerts.

How alerts stand is kept in the catalogue, and so is how far the store's changes were followed, in one transaction with
what came of them. Whatever interrupts the watch, the next step starts from there: nothing is told twice, and what is
true is told. Another process may acknowledge, silence or watch, too; who was overtaken looks again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from processing.alerting.books import properties_of_books, rows_of_books, sources
from processing.alerting.estate import PATIENCE, Estate
from processing.alerting.hours import BACK
from processing.alerting.machine import Phase
from processing.alerting.news import Heard, News
from processing.alerting.own import rules_of
from processing.alerting.restoring import carry, restore
from processing.alerting.storm import Active, Round
from processing.alerting.telling import key_of
from processing.alerts import rules
from processing.region import Region
from storage.alert import Kind
from storage.alerts import OvertakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from processing.alert import AlertRule
    from sensors.model import Thing
    from storage.catalogue import Catalogue, LedgerEntry
    from storage.store import Store

log = logging.getLogger(__name__)

NAME = "alerts"
BOOKS_MS = 5_000
"""How often books and rules are looked at, and noted how far the store was followed where nothing came of it."""
KEPT_MS = 86_400_000
"""How long it is known how a resolved alert stood."""
TRIES = 5
NOBODY = 1 << 62
"""A version that no store has reached: asking for what came after it only tells the version."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step did."""

    rows: int = 0
    """Rows that rules looked at; one that two look at counts twice."""
    written: int = 0
    """Changes of alerts."""


class Watch:
    """Evaluates every rule. Stepped by one thread at a time."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        *,
        region: Region | None = None,
        name: str = NAME,
        shipped: Callable[[], Mapping[str, AlertRule]] = rules,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._region = region or Region()
        self._name = name
        self._shipped = shipped
        self._estates: tuple[Estate, ...] = ()
        self._of: dict[str, tuple[Estate, int]] = {}
        """By key of an alert the estate and the place of its thing."""
        self._rules: Mapping[str, AlertRule] = {}
        self._news = News(store, ())
        self._before: News | None = None
        """Who followed the store until estates were made anew, where those before had seen all up to then."""
        self._active = Active()
        self._known = -1
        """Sequence up to which every change is known; -1 before the first step."""
        self._position = 0
        self._fresh = True
        """Whether estates were made anew, so that everything is to be looked at."""
        self._since: int | None = None
        self._version: tuple[object, ...] = ()
        self._ledger: tuple[LedgerEntry, ...] = ()
        self._books_at = 0
        self._noted_at = 0

    def step(self, now: datetime) -> Seen:
        """Look at what has changed and at the clock, and note what became of alerts.

        Raises StoreBusyError when the store does not answer; the next step does the same work.
        """
        moment = int(np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "ms").astype(np.int64))
        for _ in range(TRIES):
            try:
                return self._step(moment)
            except OvertakenError:
                # Somebody acknowledged or silenced meanwhile. What is in memory went too far: begin from what is kept.
                self._known = -1
        raise OvertakenError

    def leave(self) -> None:
        """Nothing is held that others would wait for."""

    def _step(self, now: int) -> Seen:
        try:
            return self._look(now)
        except BaseException:
            self._known = -1
            raise

    def _look(self, now: int) -> Seen:
        into, begins = Round(), self._known < 0
        books = now >= self._books_at + BOOKS_MS or self._known < 0
        if books:
            self._catalogue.alerts.settle_silences(now)
        self._prepare(now, into, books=books)
        self._hear_of_others()
        heard, version = self._news_now(now, books=books)
        # What waited while nobody watched is still to come.
        starts = begins and self._since is not None and now > self._since + PATIENCE
        for estate, some in zip(self._estates, heard, strict=True):
            if len(some.rows) or estate.due <= now:
                # What is known anew of things or rules is not late, but what came meanwhile may be.
                live = True if starts or some.came is None else some.came
                self._active.take(estate.step(some.rows, now, since=some.since, live=live), into)
                if estate.rule.clear_for:
                    self._active.ease(estate, into)
        self._active.tick(self._rules, now, into)
        self._note(into, version, now)
        return Seen(sum(len(some.rows) for some in heard), len(into.changes))

    def _prepare(self, now: int, into: Round, *, books: bool) -> None:
        """Know the rules and things as they are now, and at first how alerts stood."""
        first = self._known < 0
        if not first and not books and self._version[:1] == (self._catalogue.version(),):
            return
        self._books_at, self._ledger = now, self._catalogue.ledger()
        things = (self._catalogue.version(), sources(self._ledger))
        own = rules_of(self._catalogue.alerts.rules(), self._shipped())
        if first or (*things, own) != self._version:
            self._make((*self._catalogue.things(), *things[1]), own, now, first=first)
            self._version = (*things, own)
            for key in [key for key in self._active.firing if self._is_gone(key)]:
                self._active.lift(key, now, into)

    def _make(self, things: Sequence[Thing], own: Mapping[str, AlertRule], now: int, *, first: bool) -> None:
        """Make estates, and let everything stand as it stood."""
        known = self._estates
        self._rules = own
        self._estates = tuple(Estate(rule, things, self._region) for rule in own.values())
        self._of = {
            key_of(estate.rule, thing.id): (estate, place)
            for estate in self._estates
            for place, thing in enumerate(estate.things)
        }
        if first:
            self._restore()
        for estate in self._estates:
            estate.begin_hours(now if self._since is None else max(self._since, now - BACK))
        if not first:
            carry(known, self._estates)
        for estate in self._estates:
            estate.begin(resumes=first)
        self._before, self._news = None if first else self._before or self._news, News(self._store, self._estates)
        self._fresh = True

    def _restore(self) -> None:
        alerts = self._catalogue.alerts
        self._known, self._active = alerts.sequence(), Active()
        restore(alerts, self._of, self._rules, self._active)
        for key, over in alerts.told().items():
            estate, place = self._of.get(key, (None, 0))
            if estate is not None and estate.standing.phase[place] == Phase.QUIET:
                estate.know_told(place, over)
        for estate in self._estates:
            estate.new[:] = self._catalogue.position(self._mark(estate.rule)) != _digest(estate.rule)
        self._since = self._catalogue.position(f"{self._name} clock") or None
        watched = self._since is not None
        noted = self._catalogue.position(self._name)
        self._position = self._store.resumed(noted) if watched else self._store.changes(NOBODY).version

    def _mark(self, rule: AlertRule) -> str:
        return f"{self._name} rule {rule.name}"

    def _marks(self) -> dict[str, int]:
        """Say which rules have looked at everything, as they are declared now; told once."""
        return {self._mark(rule): _digest(rule) for rule in self._rules.values()} if self._fresh else {}

    def _is_gone(self, key: str) -> bool:
        alert = self._active.firing[key]
        return key not in self._of and not (alert.members and alert.rule in self._rules)

    def _hear_of_others(self) -> None:
        """Learn what others have acknowledged and silenced."""
        while changes := self._catalogue.alerts.changes(self._known):
            for change in changes:
                self._active.take_over(change)
                if change.change is Kind.ACKNOWLEDGED and change.alert.key in self._of:
                    estate, place = self._of[change.alert.key]
                    estate.acknowledge(place)
            self._known = changes[-1].sequence

    def _news_now(self, now: int, *, books: bool) -> tuple[list[Heard], int]:
        """Give by estate what is new, and the store's version up to which that is."""
        changes = self._store.changes(self._position)
        if self._fresh:
            heard = self._news.begin(changes, self._since, now, before=self._before)
        else:
            heard = self._news.since(changes)
        if books:
            heard = [self._with_books(estate, some) for estate, some in zip(self._estates, heard, strict=True)]
        return heard, changes.version

    def _with_books(self, estate: Estate, known: Heard) -> Heard:
        name = estate.rule.looks_at
        if name not in properties_of_books():
            return known
        return Heard(rows_of_books(name, estate.place, self._ledger))

    def _note(self, into: Round, version: int, now: int) -> None:
        """Keep what was found, and how far the store was followed."""
        idle = not into
        if idle and (version == self._position or now < self._noted_at + BOOKS_MS) and not self._fresh:
            self._position = version
            return
        written = self._catalogue.alerts.note(
            into.changes,
            known=self._known,
            pending=list(into.pending.values()),
            quiet=list(into.quiet.values()),
            gone=list(into.gone),
            positions={self._name: version, f"{self._name} clock": now, **self._marks()},
            now=now,
        )
        self._active.written(written)
        self._known = written[-1].sequence if written else self._known
        self._position, self._since, self._fresh, self._noted_at = version, now, False, now
        self._before = None
        if written:
            self._catalogue.alerts.forget(now - KEPT_MS)


def _digest(rule: AlertRule) -> int:
    """Tell one declaration from another."""
    return crc32(repr(rule).encode())
