"""A lease: work that one of several processes does at a time, and another when that one is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.database import insert_or
from storage.tables import PRESENCE

if TYPE_CHECKING:
    from sqlalchemy import Connection

LEASE = 15_000
"""Milliseconds after which a worker that has not taken it again is gone."""


def take(connection: Connection, work: str, worker: str, now: int) -> bool:
    """Take a work, or go on with it; tells whether it is the worker's. For a transaction without other writers."""
    others = (PRESENCE.c.work == work) & (PRESENCE.c.worker != worker)
    if connection.execute(select(PRESENCE.c.worker).where(others & (PRESENCE.c.until > now)).limit(1)).first():
        return False
    connection.execute(delete(PRESENCE).where(others))
    mine = insert_or(connection, PRESENCE).values(work=work, worker=worker, until=now + LEASE)
    keys = [PRESENCE.c.work, PRESENCE.c.worker]
    connection.execute(mine.on_conflict_do_update(index_elements=keys, set_={"until": mine.excluded.until}))
    return True


def leave(connection: Connection, work: str, worker: str) -> None:
    """Let go of a work, so that others need not wait."""
    connection.execute(delete(PRESENCE).where((PRESENCE.c.work == work) & (PRESENCE.c.worker == worker)))
