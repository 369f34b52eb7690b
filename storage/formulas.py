"""Which version of each indicator's formula computes since when, and which spans were computed again: small tables.

A result is stored with the moment at which it was computed, so these notes tell by which version, without a word more
beside the result.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from storage.database import insert_or, reading, writing
from storage.tables import BACKFILL, FORMULA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

LOOK_EVERY_S = 0.05
"""How long what another process has noted may go unseen."""


class InForce(NamedTuple):
    """From an instant [ms since 1970 UTC] on results of an indicator are computed by this version of its formula."""

    indicator: str
    since: int
    version: int


class Again(NamedTuple):
    """All results of the half-open span [start, end) were computed again at an instant; each in ms since 1970 UTC."""

    at: int
    start: int
    end: int


class Formulas:
    """What a catalogue notes of formulas, ``Catalogue.formulas``. Safe from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._known: tuple[InForce, ...] = ()
        self._until = float("-inf")

    def in_force(self) -> tuple[InForce, ...]:
        """List what was noted, ordered by indicator and time; what this process notes is seen at once."""
        with self._lock:
            if time.monotonic() > self._until:
                self._known = self._read()
                self._until = time.monotonic() + LOOK_EVERY_S
            return self._known

    def _read(self) -> tuple[InForce, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(FORMULA).order_by(FORMULA.c.indicator, FORMULA.c.since)).all()
        return tuple(InForce(row.indicator, row.since, row.version) for row in rows)

    def note(self, those: Iterable[InForce]) -> None:
        """Note versions that came into force; of two that did at one instant the later noted stays."""
        rows = [one._asdict() for one in those]
        if not rows:
            return
        with self._lock, writing(self._engine) as connection:
            statement = insert_or(connection, FORMULA)
            statement = statement.on_conflict_do_update(
                index_elements=[FORMULA.c.indicator, FORMULA.c.since], set_={"version": statement.excluded.version}
            )
            connection.execute(statement, rows)
            self._until = float("-inf")

    def again(self) -> tuple[Again, ...]:
        """List the spans that were computed again, in the order in which that was done."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(BACKFILL).order_by(*BACKFILL.c)).all()
        return tuple(Again(row.at, row.start, row.end) for row in rows)

    def note_again(self, done: Again) -> None:
        """Note that a span was computed again, all of it."""
        with writing(self._engine) as connection:
            connection.execute(insert_or(connection, BACKFILL).on_conflict_do_nothing(), [done._asdict()])
