"""Goes through the observations of some datastreams in the order of time, block by block, forwards or backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from api.sta.observed import Observed
from api.times import milliseconds
from sensors.model import TIME
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from api.sta.entities import Index
    from api.sta.observed import Sources

MOST_AT_ONCE = 400_000
"""Rows read at a time."""
SHORTEST = 60_000
"""A span that nothing is known of is first taken so long, [ms]."""
_FEW, _SHORTER, _LONGER = 0.5, 4, 4
"""A block with less than this part of what is wanted makes the next one longer, one that is too large shorter."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through the half-open span [start, end), in ms since 1970 UTC."""

    sources: Sources
    start: int
    end: int
    backwards: bool

    def blocks(self, rows: int) -> Iterator[tuple[Observed, int]]:
        """Give blocks of about so many rows, and the time up to which, or back to which, everything was given.

        The rows of a block are in no order, but all of them lie on this side of those of the next.
        """
        if not len(self.sources) or self.start >= self.end:
            return
        yield from self._of_one(rows) if len(self.sources) == 1 else self._of_many(rows)

    def _of_one(self, rows: int) -> Iterator[tuple[Observed, int]]:
        start, end = self.start, self.end
        while start < end:
            block = self._read(self.sources.rows, start, end, rows)
            if len(block) < rows:
                start, end = (start, start) if self.backwards else (end, end)
            elif self.backwards:
                end = int(block.start.min())
            else:
                start = int(block.start.max()) + 1
            yield block, end if self.backwards else start

    def _of_many(self, rows: int) -> Iterator[tuple[Observed, int]]:
        """Read spans of time of all datastreams, so long that about as many rows lie in one as are wanted."""
        reach = self._newest() if self.backwards else self._first()
        start, end = max(self.start, reach.first), min(self.end, reach.last)
        width = reach.width(rows, end)
        while start < end:
            first, last = (max(start, end - width), end) if self.backwards else (start, min(end, start + width))
            block = self._read(reach.within(first, last), first, last, MOST_AT_ONCE + 1 if width > 1 else None)
            if len(block) > MOST_AT_ONCE and width > 1:
                width = max(1, width // _SHORTER)
                continue
            start, end = (start, first) if self.backwards else (last, end)
            if len(block) < _FEW * rows:
                width *= _LONGER
            yield block, end if self.backwards else start

    def _newest(self) -> _Reach:
        """Tell how far back from the newest rows there may be any: as far as is asked."""
        sources = self.sources
        newest = Observed.of(sources.entities, sources.services, sources.services.store.latest(sources.streams()))
        return _Reach(newest.stream, np.full(len(newest), self.start), newest.start)

    def _first(self) -> _Reach:
        spans = self.sources.services.store.spans(self.sources.streams())
        index = self.sources.entities.index
        rows = np.fromiter((index[stream] for stream in spans.datastreams), np.intp, len(spans.datastreams))
        return _Reach(rows, milliseconds(spans.first), milliseconds(spans.last))

    def _read(self, rows: Index, start: int, end: int, limit: int | None) -> Observed:
        entities, services = self.sources.entities, self.sources.services
        first, last = np.array([start, end]).astype(TIME)
        streams = tuple(entities.streams[row] for row in rows.tolist())
        if not streams:
            return Observed.none(entities, services)
        query = Query(datastreams=streams, start=first, end=last, limit=limit, newest_first=self.backwards)
        return Observed.of(entities, services, services.store.read(query))


@dataclass(frozen=True, slots=True)
class _Reach:
    """From when to when there may be rows, of each datastream that has some."""

    rows: Index
    begin: NDArray[np.int64]
    newest: NDArray[np.int64]

    @property
    def first(self) -> int:
        return int(self.begin.min(initial=np.iinfo(np.int64).max))

    @property
    def last(self) -> int:
        """The first instant behind all rows."""
        return int(self.newest.max(initial=-1)) + 1

    def within(self, start: int, end: int) -> Index:
        """Choose the datastreams that may have rows in a span."""
        return self.rows[(self.newest >= start) & (self.begin < end)]

    def width(self, rows: int, end: int) -> int:
        """Guess how long a span has so many rows: as many datastreams have their newest in one."""
        known = np.sort(self.newest[self.newest < end])
        if not len(known):
            return SHORTEST
        share = max(1.0, rows / len(known))
        return max(SHORTEST, int((end - known[-min(rows, len(known))]) * share))
