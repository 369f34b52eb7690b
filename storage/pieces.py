"""What a store holds, cut into pieces of whole days that fit into memory, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from storage.store import Query, Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream

ROWS_AT_ONCE = 200_000
"""About so many rows has a piece: ten megabytes as columns, some hundred as a server's answer."""
LONGEST = 31
"""Days of a piece at most: rows are expected as if they lay evenly, and where they crowd it is in one month."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some datastreams over the days [start, end), UTC."""

    datastreams: tuple[Datastream, ...]
    start: np.datetime64
    end: np.datetime64

    def query(self, start: np.datetime64 | None = None, end: np.datetime64 | None = None) -> Query:
        """Ask for its rows, or for those of them in [start, end)."""
        first, last = self.start.astype(TIME), self.end.astype(TIME)
        return Query(
            datastreams=self.datastreams,
            start=first if start is None else max(first, start),
            end=last if end is None else min(last, end),
        )


def narrowed(spans: Spans, wanted: Callable[[Datastream], bool]) -> Spans:
    """Keep the spans of the datastreams that are wanted."""
    kept = [place for place, stream in enumerate(spans.datastreams) if wanted(stream)]
    streams = tuple(spans.datastreams[place] for place in kept)
    return Spans(streams, spans.first[kept], spans.last[kept], spans.count[kept])


def clipped(spans: Spans, start: np.datetime64 | None, end: np.datetime64 | None) -> Spans:
    """Keep what lies in [start, end) of spans; their rows are then what is expected of rows that lie evenly."""
    first = spans.first if start is None else np.maximum(spans.first, start)
    last = spans.last if end is None else np.minimum(spans.last, end - np.timedelta64(1, "ms"))
    share = (last - first + 1).astype(np.float64) / (spans.last - spans.first + 1).astype(np.float64)
    kept = first <= last
    streams = tuple(stream for stream, wanted in zip(spans.datastreams, kept.tolist(), strict=True) if wanted)
    count = np.ceil(spans.count * share).astype(np.int64)
    return Spans(streams, first[kept], last[kept], count[kept])


def pieces(spans: Spans, rows: int = ROWS_AT_ONCE) -> Iterator[Piece]:
    """Cut what is held into pieces of about so many rows: several days, or some datastreams of one day."""
    if not len(spans.datastreams):
        return
    held = _Held.of(spans)
    for begin, end in _stretches(held, rows):
        yield from _by_datastream(spans.datastreams, held, begin, end, rows)


@dataclass(frozen=True, slots=True)
class _Held:
    """First and last day of each datastream, since 1970, and how many rows of a day are expected; shape (k,)."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    per_day: NDArray[np.float64]

    @classmethod
    def of(cls, spans: Spans) -> _Held:
        first, last = (times.astype("datetime64[D]").view(np.int64) for times in (spans.first, spans.last))
        return cls(first, last, spans.count / (last - first + 1))

    def expected(self) -> NDArray[np.float64]:
        """Rows of all datastreams on each day from the first to the last."""
        return self._daily(self.per_day)

    def alive(self) -> NDArray[np.bool_]:
        """Whether a day lies within the span of any datastream."""
        alive: NDArray[np.bool_] = self._daily(np.ones(len(self.first))) > 0
        return alive

    def _daily(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = np.zeros(int(self.last.max() - self.first.min()) + 2)
        np.add.at(steps, self.first - self.first.min(), weight)
        np.subtract.at(steps, self.last - self.first.min() + 1, weight)
        return np.cumsum(steps)[:-1]


def _stretches(held: _Held, rows: int) -> Iterator[tuple[int, int]]:
    """Give [begin, end) in days since 1970, none of days on which nothing can lie."""
    origin, expected, alive = int(held.first.min()), held.expected().tolist(), held.alive().tolist()
    begin = 0
    while begin < len(expected):
        end, size = begin + 1, expected[begin]
        while end < len(expected) and end - begin < LONGEST and size + expected[end] <= rows:
            size += expected[end]
            end += 1
        if any(alive[begin:end]):
            yield origin + begin, origin + end
        begin = end


def _by_datastream(streams: Sequence[Datastream], held: _Held, begin: int, end: int, rows: int) -> Iterator[Piece]:
    """Cut some days into pieces by datastreams, where they have more rows than fit."""
    within = np.flatnonzero((held.first < end) & (held.last >= begin))
    portion = (np.cumsum(held.per_day[within] * (end - begin)) // rows).astype(np.int64)
    if end - begin > 1:
        portion[:] = 0
    start, stop = np.datetime64(begin, "D"), np.datetime64(end, "D")
    for some in np.split(within, np.flatnonzero(np.diff(portion)) + 1):
        yield Piece(tuple(streams[place] for place in some.tolist()), start, stop)
