"""The audit log: what was administered, by whom, when and from where. Entries are added, never changed."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage.database import reading, writing
from storage.tables import AUDIT

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that was done, or refused."""

    who: str
    """Name of the key, or of the user of the machine."""
    whence: str
    """Address that asked, or the machine at whose terminal it was done."""
    action: str
    """Method and path of a request, or words of a command."""
    outcome: str = "done"
    """``done``, or why not."""
    key: str = ""
    """How the key begins; empty without one."""
    operator: str = ""
    """Whose key it was; empty: the city's."""
    at: int = 0
    """Milliseconds since 1970 UTC."""
    id: int = 0


class Audit:
    """The audit log of a catalogue, ``Catalogue.audit``. Safe from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, deed: Deed) -> None:
        """Add an entry; one without an instant is of now."""
        row = {name: value for name, value in asdict(deed).items() if name != "id"}
        row["at"] = deed.at or time.time_ns() // 1_000_000
        with writing(self._engine) as connection:
            connection.execute(insert(AUDIT), [row])

    def deeds(self, *, operator: str | None = None, before: int | None = None, limit: int = 100) -> tuple[Deed, ...]:
        """List entries, the newest first, at most ``limit`` with an id below ``before``; or one operator's."""
        wanted = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if operator is not None:
            wanted = wanted.where(AUDIT.c.operator == operator)
        if before is not None:
            wanted = wanted.where(AUDIT.c.id < before)
        with reading(self._engine) as connection:
            return tuple(Deed(**row._asdict()) for row in connection.execute(wanted))

    def forget(self, before: int) -> int:
        """Remove entries from before an instant [ms since 1970 UTC]; gives their number."""
        with writing(self._engine) as connection:
            return connection.execute(delete(AUDIT).where(AUDIT.c.at < before)).rowcount
