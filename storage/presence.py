"""Who runs under a worker's name: the process that came last under it, told from any other by a token of its own.

Whoever comes takes a name over at once, so that one that was killed is followed without a wait. The one that had it
finds at its next look that the token is another's: it does nothing more in that name.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.database import insert_or
from storage.tables import PRESENCE

if TYPE_CHECKING:
    from sqlalchemy import Connection

LONGEST_HOST = 60


class ReplacedError(Exception):
    """Another process has come under a worker's name; the message is a sentence that says which, and the way out."""


def _token() -> str:
    return f"process {os.getpid()} on {socket.gethostname()[:LONGEST_HOST]} {secrets.token_hex(8)}"


@dataclass(slots=True)
class Runner:
    """One process that runs under a worker's name."""

    worker: str
    token: str = field(default_factory=_token)
    """Its process and machine, and a random number."""
    new: bool = True
    """Whether it has not come yet: it takes the name over from whoever has it."""


def say(connection: Connection, work: str, runner: Runner, until: int) -> None:
    """Say that a runner is there until an instant [ms]; a new one replaces who had its name.

    For a transaction without other writers. Raises ReplacedError where somebody has replaced it.
    """
    if not runner.new:
        unless_replaced(connection, work, runner)
    put(connection, work, runner, until)


def put(connection: Connection, work: str, runner: Runner, until: int) -> None:
    """Note that a runner is there until an instant [ms], whoever had its name."""
    row = insert_or(connection, PRESENCE).values(work=work, worker=runner.worker, until=until, token=runner.token)
    told = {"until": row.excluded.until, "token": row.excluded.token}
    keys = [PRESENCE.c.work, PRESENCE.c.worker]
    connection.execute(row.on_conflict_do_update(index_elements=keys, set_=told))


def unless_replaced(connection: Connection, work: str, runner: Runner) -> None:
    """Raise ReplacedError where another process has come under a runner's name, and has not left again."""
    mine = (PRESENCE.c.work == work) & (PRESENCE.c.worker == runner.worker)
    token = connection.scalar(select(PRESENCE.c.token).where(mine))
    if token not in {None, runner.token}:
        raise ReplacedError(
            f"another process goes by the name '{runner.worker}' and has taken its work over "
            f"({token.rpartition(' ')[0]}): this one computes nothing more. Give each process a --worker of its own"
        )


def leave(connection: Connection, work: str, runner: Runner) -> bool:
    """Take a runner's presence away; tells whether the name was its own still."""
    mine = (PRESENCE.c.work == work) & (PRESENCE.c.worker == runner.worker) & (PRESENCE.c.token == runner.token)
    return connection.execute(delete(PRESENCE).where(mine)).rowcount > 0
