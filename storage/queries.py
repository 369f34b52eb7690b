"""Questions that were answered whole, to be cited: what was asked, as of which instant, and what came out.

One that nobody has looked at for a while is let go of; one that was looked at stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, select, update

from storage.database import insert_or
from storage.tables import QUERY

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSEEN_MS = 30 * 86_400_000
"""Milliseconds for which a question is kept that nobody has looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A question and its answer."""

    id: str
    asked: Mapping[str, Any]
    """What was asked, in full: nothing of it depends on when it is asked again."""
    pin: int
    """What was known then, milliseconds since 1970 UTC."""
    rows: int
    checksum: str
    answered: int
    """When it was answered first, milliseconds since 1970 UTC."""


def note(connection: Connection, cited: Cited) -> None:
    """Keep a question; one that is kept already stays as it is. Lets go of those that nobody looked at."""
    row = {name: getattr(cited, name) for name in ("id", "pin", "rows", "checksum", "answered")}
    statement = insert_or(connection, QUERY).values(**row, asked=dict(cited.asked), seen=False)
    connection.execute(statement.on_conflict_do_nothing(index_elements=[QUERY.c.id]))
    old = QUERY.c.seen.is_(False) & (QUERY.c.answered < cited.answered - UNSEEN_MS)
    connection.execute(delete(QUERY).where(old))


def find(connection: Connection, id_: str) -> Cited | None:
    """Give a question, None where there is none of that id."""
    row = connection.execute(select(QUERY).where(QUERY.c.id == id_)).one_or_none()
    if row is None:
        return None
    return Cited(id=row.id, asked=row.asked, pin=row.pin, rows=row.rows, checksum=row.checksum, answered=row.answered)


def see(connection: Connection, id_: str) -> None:
    """Keep a question for good: somebody has looked at it."""
    connection.execute(update(QUERY).where(QUERY.c.id == id_).values(seen=True))
