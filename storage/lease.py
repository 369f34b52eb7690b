"""A lease: work that one of several processes does at a time, and another when that one is gone.

Of two processes that go by one worker's name the newer takes the lease over, for it may follow one that was killed; the
older one stands by, as one of another name does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage import presence
from storage.tables import PRESENCE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.presence import Runner

LEASE = 15_000
"""Milliseconds after which a worker that has not taken it again is gone."""


def take(connection: Connection, work: str, runner: Runner, now: int) -> bool:
    """Take a work, or go on with it; tells whether it is the runner's. For a transaction without other writers."""
    named = PRESENCE.c.worker == runner.worker
    mine = named if runner.new else named & (PRESENCE.c.token.is_(None) | (PRESENCE.c.token == runner.token))
    there = (PRESENCE.c.work == work) & (PRESENCE.c.until > now)
    if connection.execute(select(PRESENCE.c.worker).where(there & ~mine).limit(1)).first():
        return False
    connection.execute(delete(PRESENCE).where((PRESENCE.c.work == work) & ~named))
    presence.put(connection, work, runner, now + LEASE)
    return True
