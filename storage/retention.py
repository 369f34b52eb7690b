"""Removes from quarantine what nobody has read for long, in small portions; the ledger keeps it under quarantined.

What was removed is counted by source, so that the ledger's quarantined is always what waits and what was removed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from storage.replays import open_request
from storage.tables import ARRIVAL, EXPIRED, QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

ENTRIES = 500
MESSAGES = 10_000
"""A portion: so many entries at most, and, beyond the first, those of so many messages. Others wait for no longer."""

_TABLE = QUARANTINE.c


@dataclass(frozen=True, slots=True)
class Expired:
    """What was removed of one source, ever."""

    source: str
    messages: int
    booked: int
    """Of these, how many stand under quarantined in the ledger; of the others something was stored."""


def expire(connection: Connection, before: int) -> int:
    """Remove a portion of what was last seen before an instant, milliseconds since 1970 UTC; gives its messages.

    Nothing while somebody has asked for messages to be read again: what is read must still be there to be booked.
    """
    if open_request(connection) is not None:
        return 0
    rows = _portion(connection, before)
    if rows:
        ids = [row.id for row in rows]
        connection.execute(delete(ARRIVAL).where(ARRIVAL.c.entry.in_(ids)))
        connection.execute(delete(QUARANTINE).where(_TABLE.id.in_(ids)))
        _note(connection, rows)
    return sum(row.messages for row in rows)


def expired(connection: Connection) -> tuple[Expired, ...]:
    """Tell what was removed, ordered by source."""
    rows = connection.execute(select(EXPIRED).order_by(EXPIRED.c.source)).all()
    return tuple(Expired(row.source, row.messages, row.booked) for row in rows)


def _portion(connection: Connection, before: int) -> Sequence[Row[Any]]:
    columns = [_TABLE.id, _TABLE.source, _TABLE["count"].label("messages"), _TABLE.booked]
    old = select(*columns).where(_TABLE.last_seen < before).order_by(_TABLE.last_seen).limit(ENTRIES)
    rows = connection.execute(old).all()
    messages = 0
    for place, row in enumerate(rows):
        messages += row.messages
        if place and messages > MESSAGES:
            return rows[:place]
    return rows


def _note(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    messages: Counter[str] = Counter()
    booked: Counter[str] = Counter()
    for row in rows:
        messages[row.source] += row.messages
        booked[row.source] += row.booked
    for source, count in messages.items():
        more = {"messages": EXPIRED.c.messages + count, "booked": EXPIRED.c.booked + booked[source]}
        if not connection.execute(update(EXPIRED).where(EXPIRED.c.source == source).values(more)).rowcount:
            connection.execute(insert(EXPIRED).values(source=source, messages=count, booked=booked[source]))
