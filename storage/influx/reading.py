"""Rows of datastreams, asked of the server in portions that it takes and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch, Datastream
from storage.clock import now_ms
from storage.coded import keys, last_of_each, together
from storage.flight import Flight
from storage.influx.answers import rows_of, table
from storage.influx.hidden import Commit, as_before
from storage.influx.names import stream_of_series
from storage.influx.queries import FIELDS, STREAMS, Span, portions
from storage.journal import RESERVED
from storage.refusal import LATEST
from storage.stretches import stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from storage.dictionary import Dictionary
    from storage.influx.queries import Portion
    from storage.influx.server import Server

EVER = Span(0, int(LATEST.astype(TIME).view(np.int64)))
_LOOKS_BACK = (86_400_000, 30 * 86_400_000)
"""Milliseconds. The newest row of most datastreams is young, so all of history is searched for few."""
_ROWS = ", ".join(f'"{field}"' for field in FIELDS)
_FIRST_PORTION, _GROWTH = 1, 8
"""Datastreams that are asked for some rows at first, and how many times more at each next request."""


@dataclass(frozen=True, slots=True)
class Extents:
    """First and last time in milliseconds and number of rows, by the codes of the dictionary; 0 rows where none are."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    count: NDArray[np.int64]


class Reader:
    """Reads by the codes of an engine's dictionary."""

    def __init__(self, server: Server, dictionary: Dictionary) -> None:
        self._server = server
        self._dictionary = dictionary
        self.flight: Flight[Commit] = Flight()

    def rows(self, codes: Sequence[int], start: int, end: int) -> Batch:
        """Give the rows of datastreams in a span, both ends included, in milliseconds, ordered by code and time."""
        with self.flight.reading() as hidden:
            found = self._asked(codes, Span(start, end))
            return _ordered(as_before(found, hidden, codes, start, end))

    def some_rows(self, codes: Sequence[int], span: Span, limit: int, *, newest_first: bool) -> Iterator[Batch]:
        """Give rows of datastreams in their order until there are as many as asked for, or all."""
        begin, size = 0, _FIRST_PORTION
        while limit > 0 and begin < len(codes):
            rows = self._limited(codes[begin : begin + size], span, limit, newest_first=newest_first)
            yield rows
            limit -= len(rows)
            begin, size = begin + size, min(size * _GROWTH, STREAMS)

    def _limited(self, codes: Sequence[int], span: Span, limit: int, *, newest_first: bool) -> Batch:
        """Give at least so many rows of each datastream, or all; what is hidden is asked for in addition."""
        with self.flight.reading() as hidden:
            return self._seen(codes, span, limit, hidden, " ORDER BY time DESC" if newest_first else "")

    def _seen(self, codes: Sequence[int], span: Span, limit: int, hidden: Sequence[Commit], order: str) -> Batch:
        """Give what one reader sees, from which some commits are hidden: more of them while it reads."""
        while True:
            further = sum(len(commit.rows) for commit in hidden)
            found = self._asked(codes, span, f"{order} LIMIT {limit + further}")
            if sum(len(commit.rows) for commit in hidden) == further:
                return as_before(found, hidden, codes, span.start, span.end)

    def at(self, asked: Batch) -> Batch:
        """Give what is held at the datastreams and times of rows: a request per stretch of time without large gaps."""
        time = asked.phenomenon_time.astype(TIME).view(np.int64)
        parts = []
        for start, end in stretches(time):
            codes = np.unique(asked.datastream[(time >= start) & (time <= end)]).tolist()
            found = self._asked(codes, Span(start, end))
            parts.append(found.take(np.isin(keys(found), keys(asked))))
        return _ordered(together(parts, self._dictionary.datastreams))

    def newest(self, codes: Sequence[int], until: int | None = None) -> Batch:
        """Give the newest row of each datastream, at an instant [ms] or before it where one is given."""
        since, end = (now_ms(), EVER.end) if until is None else (until, until)
        left, found = set(codes), []
        with self.flight.reading() as hidden:
            for start in (*(max(0, since - back) for back in _LOOKS_BACK), 0):
                rows = self._seen(sorted(left), Span(start, end), 1, hidden, " ORDER BY time DESC")
                found.append(last_of_each(_ordered(rows)))
                left -= set(rows.datastream.tolist())
        return together(found, self._dictionary.datastreams)

    def _asked(self, codes: Sequence[int], span: Span, tail: str = "") -> Batch:
        streams = self._dictionary.datastreams
        parts = [
            rows_of(self._server.rows(portion.select(_ROWS, span, tail)), streams, self._codes(portion))
            for portion in portions(self._dictionary, codes)
        ]
        return together(parts, streams)

    def _codes(self, portion: Portion) -> Mapping[Datastream, int]:
        return {self._dictionary.datastreams[code]: code for code in portion.codes}

    def streams(self) -> list[Datastream]:
        """List all datastreams of which the server holds anything."""
        keys_told = (str(key) for _, (key,) in self._server.values("SHOW SERIES"))
        found = {stream_of_series(key) for key in keys_told if not key.startswith(RESERVED)}
        return sorted(stream for stream in found if stream is not None)

    def extents(self, codes: Sequence[int]) -> Extents:
        """Tell what is held of each datastream."""
        size = len(self._dictionary)
        extents = Extents(np.full(size, EVER.end), np.full(size, -1), np.zeros(size, dtype=np.int64))
        for portion in portions(self._dictionary, codes):
            for function, times in (("first", extents.first), ("last", extents.last)):
                code, time, _ = self._rolled(portion, function)
                times[code] = time
            code, _, count = self._rolled(portion, "count")
            extents.count[code] = count.astype(np.int64)
        return extents

    def _rolled(
        self, portion: Portion, function: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Give code, time and value of a function of every row's flag."""
        found = table(self._server.rows(portion.select(f'{function}("quality") AS value', EVER)), ["value"])
        code = found.codes(self._codes(portion))
        wanted = code >= 0
        return code[wanted], found.time[wanted], found.columns["value"][wanted]


def _ordered(rows: Batch) -> Batch:
    return rows.take(np.argsort(keys(rows), kind="stable"))
