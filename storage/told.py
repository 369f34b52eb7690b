"""What is told of alerts that are over, by key: who asks again what was said does not tell it twice.

How an alert stands does not say it: the next one of its key that waits and does not come true takes its place, and
then there is nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.alert import State
from storage.database import insert_or
from storage.tables import ALERT_TOLD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from storage.alert import Alert


@dataclass(frozen=True, slots=True)
class Over:
    """The last alert of its key that is over. [ms since 1970 UTC]."""

    heard: int
    """Time of what was heard last when it ended."""
    ended: int

    @property
    def by_clock(self) -> bool:
        """Whether nothing that was heard has ended it: it fell silent, or its hours ended, or it was over for long."""
        return self.ended != self.heard

    @property
    def upto(self) -> int:
        """From when on what was said is not told yet. What ended it may be corrected, and be an alert then."""
        return self.heard + self.by_clock


def note(connection: Connection, alerts: Iterable[Alert]) -> None:
    """Note what is told of those alerts among some that are over."""
    over = {alert.key: alert for alert in alerts if alert.state is State.RESOLVED}
    rows = [{"key": key, "heard": alert.heard, "ended": alert.ended} for key, alert in over.items()]
    if rows:
        statement = insert_or(connection, ALERT_TOLD)
        further = {name: statement.excluded[name] for name in ("heard", "ended")}
        connection.execute(statement.on_conflict_do_update(index_elements=[ALERT_TOLD.c.key], set_=further), rows)


def known(connection: Connection) -> dict[str, Over]:
    """Give what is told, by key."""
    return {row.key: Over(row.heard, row.ended) for row in connection.execute(select(ALERT_TOLD))}


def forget(connection: Connection, before: int) -> None:
    """Let go of alerts that ended before an instant."""
    connection.execute(delete(ALERT_TOLD).where(ALERT_TOLD.c.ended < before))
