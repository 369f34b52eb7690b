"""Requests to read messages in quarantine again: made by one process, fulfilled by the one that holds the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from storage.quarantine import Choice
from storage.tables import REPLAY

if TYPE_CHECKING:
    from sqlalchemy import Row


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read again, how far it has come, and what came out."""

    id: int
    choice: Choice
    after: int
    """The entry up to which it has come."""
    upto: int
    """The last entry when it was begun: what comes later is not meant. 0 until then."""
    messages: int = 0
    observations: int = 0
    """New ones."""
    left: int = 0
    """Messages that still cannot be read."""
    finished: bool = False


def ask(connection: Connection, choice: Choice) -> int:
    """Note a request; gives its id."""
    row = {"device": choice.device, "reason": choice.reason, "entry": choice.id, "finished": False}
    nothing = dict.fromkeys(("after", "upto", "messages", "observations", "left"), 0)
    made = insert(REPLAY).values(row | nothing)
    id_: int = connection.execute(made.returning(REPLAY.c.id)).scalar_one()
    return id_


def open_request(connection: Connection) -> Request | None:
    """Give the oldest request that is not finished."""
    oldest = select(REPLAY).where(REPLAY.c.finished.is_(False)).order_by(REPLAY.c.id).limit(1)
    return _request(connection.execute(oldest).one_or_none())


def request(connection: Connection, id_: int) -> Request | None:
    """Give a request by its id."""
    return _request(connection.execute(select(REPLAY).where(REPLAY.c.id == id_)).one_or_none())


def note(connection: Connection, request: Request) -> None:
    """Note how far a request has come."""
    progress = {
        name: getattr(request, name) for name in ("after", "upto", "messages", "observations", "left", "finished")
    }
    connection.execute(update(REPLAY).where(REPLAY.c.id == request.id).values(progress))


def _request(row: Row[Any] | None) -> Request | None:
    if row is None:
        return None
    choice = Choice(device=row.device, reason=row.reason, id=row.entry)
    return Request(
        row.id, choice, row.after, row.upto, row.messages, row.observations, row.left, finished=bool(row.finished)
    )
