"""Shares of a work that several processes do together: who has which, and how far each has come.

A worker says from time to time that it is there. The shares of one that has not for a while are free, and whoever has
more than its part lets go of the rest: a worker that comes takes its part, one that ends or is killed leaves its own.
Of two processes that go by one worker's name the newer is that worker (``storage.presence``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from storage import presence
from storage.database import insert_or, reading, writing
from storage.tables import POSITION, PRESENCE, SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Engine, Row, Select

    from storage.presence import Runner

COUNT = 32
"""Shares of every work: more than there will be workers, so that parts are nearly even."""
LEASE = 60_000
"""Milliseconds after which a worker that has not said that it is there is gone."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a work, and how far it has come."""

    number: int
    position: int
    """The store's version up to which changes were followed."""
    clock: int
    """Up to when windows were closed. [ms since 1970 UTC]"""


class Shares:
    """The shares of every work of a catalogue, ``Catalogue.shares``. Safe from several threads and processes.

    Whatever a runner asks raises ReplacedError, and writes nothing, where another process has come under its name.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, work: str, runner: Runner, now: int) -> tuple[Share, ...]:
        """Give the shares of a work that are a runner's now, ms since 1970 UTC; a new one takes its name over."""
        with reading(self._engine) as connection:
            found = None if runner.new else _settled(connection, work, runner, now)
        if found is not None:
            return found
        with writing(self._engine) as connection:
            taken = _claim(connection, work, runner, now)
        runner.new = False
        return taken

    def look(self, work: str, runner: Runner) -> None:
        """Look whether the runner's name is its own still."""
        with reading(self._engine) as connection:
            presence.unless_replaced(connection, work, runner)

    def stay(self, work: str, runner: Runner, now: int) -> None:
        """Say that a runner is still there, in the midst of long work."""
        with writing(self._engine) as connection:
            presence.say(connection, work, runner, now + LEASE)

    def note(self, work: str, runner: Runner, come: Iterable[Share]) -> None:
        """Note how far shares have come; those that were taken away meanwhile are left alone."""
        with writing(self._engine) as connection:
            presence.unless_replaced(connection, work, runner)
            _note(connection, work, runner.worker, come)

    def leave(self, work: str, runner: Runner) -> None:
        """Let go of everything, so that others need not wait; of nothing where the name is another's by now."""
        with writing(self._engine) as connection:
            if left := presence.leave(connection, work, runner):
                mine = (SHARE.c.work == work) & (SHARE.c.worker == runner.worker)
                connection.execute(update(SHARE).where(mine).values(worker=None))
        runner.new |= left


def _settled(connection: Connection, work: str, runner: Runner, now: int) -> tuple[Share, ...] | None:
    """Give a runner's shares where there is nothing to change, None where ``_claim`` must look; writes nothing."""
    presence.unless_replaced(connection, work, runner)
    rows = connection.execute(_shares(work)).all()
    present = _present(connection, work, now)
    mine = [row for row in rows if row.worker == runner.worker]
    in_time = present.get(runner.worker, 0) > now + LEASE // 2
    owned = len(rows) == COUNT and all(row.worker in present for row in rows)
    return _taken(mine) if in_time and owned and len(mine) <= _part(len(present)) else None


def _claim(connection: Connection, work: str, runner: Runner, now: int) -> tuple[Share, ...]:
    """Say that a runner is there, let go of what is beyond its part or take what is free of it; gives its shares."""
    presence.say(connection, work, runner, now + LEASE)
    _begin(connection, work)
    rows = connection.execute(_shares(work).with_for_update()).all()
    present = _present(connection, work, now)
    mine = [row for row in rows if row.worker == runner.worker]
    free = [row for row in rows if row.worker not in present]
    part = _part(len(present))
    _give(connection, work, None, mine[part:])
    taken = free[: max(0, part - len(mine))]
    _give(connection, work, runner.worker, taken)
    return _taken([*mine[:part], *taken])


def _note(connection: Connection, work: str, worker: str, come: Iterable[Share]) -> None:
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for share in come:
        alike[share.position, share.clock].append(share.number)
    for (position, clock), numbers in alike.items():
        mine = (SHARE.c.work == work) & SHARE.c.number.in_(numbers) & (SHARE.c.worker == worker)
        connection.execute(update(SHARE).where(mine).values(position=position, clock=clock))


def _begin(connection: Connection, work: str) -> None:
    """Make the shares where nobody has; a work that one process did before goes on where that stood."""
    held = connection.scalar(select(func.count()).select_from(SHARE).where(SHARE.c.work == work))
    if held == COUNT:
        return
    stood = {row.name: row.value for row in connection.execute(select(POSITION.c.name, POSITION.c.value))}
    row = {"work": work, "worker": None, "position": stood.get(work, 0), "clock": stood.get(f"{work} clock", 0)}
    made = insert_or(connection, SHARE).on_conflict_do_nothing()
    connection.execute(made, [{**row, "number": number} for number in range(COUNT)])


def _shares(work: str) -> Select[Any]:
    return select(SHARE).where(SHARE.c.work == work).order_by(SHARE.c.number)


def _present(connection: Connection, work: str, now: int) -> dict[str, int]:
    there = select(PRESENCE.c.worker, PRESENCE.c.until).where((PRESENCE.c.work == work) & (PRESENCE.c.until > now))
    return {row.worker: row.until for row in connection.execute(there)}


def _part(workers: int) -> int:
    return -(-COUNT // max(workers, 1))


def _give(connection: Connection, work: str, worker: str | None, rows: Sequence[Row[Any]]) -> None:
    numbers = [row.number for row in rows]
    if numbers:
        those = (SHARE.c.work == work) & SHARE.c.number.in_(numbers)
        connection.execute(update(SHARE).where(those).values(worker=worker))


def _taken(rows: Iterable[Row[Any]]) -> tuple[Share, ...]:
    return tuple(sorted((Share(row.number, row.position, row.clock) for row in rows), key=lambda one: one.number))
