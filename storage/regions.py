"""By which zone's midnights and which Land's holidays a city is computed: kept when it is computed first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from storage.database import reading, writing
from storage.tables import REGION

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Kept(NamedTuple):
    """A zone of time, and a Land as ``holidays`` names it."""

    zone: str
    land: str


class Regions:
    """What a catalogue keeps of where the city lies, ``Catalogue.regions``. Safe from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def kept(self) -> Kept | None:
        """Give what the city is computed by, None where it never was."""
        newest = select(REGION).order_by(REGION.c.since.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(newest).one_or_none()
        return None if row is None else Kept(row.zone, row.land)

    def keep(self, region: Kept, since: int) -> None:
        """Keep what the city is computed by from an instant on [ms since 1970 UTC]; nothing where it is that already.

        Of several changes the one that was noted last counts, even where a clock was set back meanwhile.
        """
        newest = select(REGION).order_by(REGION.c.since.desc()).limit(1)
        with writing(self._engine) as connection:
            row = connection.execute(newest).one_or_none()
            if row is None or Kept(row.zone, row.land) != region:
                at = since if row is None else max(since, row.since + 1)
                connection.execute(insert(REGION), [{"since": at, **region._asdict()}])
