"""An engine that keeps everything in this process and nothing after it: ``memory://``, for tests and trials."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.apart import EVER, numbered, parted
from storage.by_reading import aggregate_by_reading, stream_by_reading
from storage.dictionary import UNKNOWN, Dictionary
from storage.precedence import rank, resolve
from storage.refusal import refusals, written_or_refused
from storage.store import Changes, Spans, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.aggregate import Aggregates
    from storage.store import Query, Tended
    from storage.windows import Function, Windows

_TIME_BITS = 43
"""Milliseconds until the year 2200 fit, so a datastream's code and a time make one sortable integer."""


def open_engine(_url: str) -> Memory:
    """Make an empty store."""
    return Memory()


class Memory:
    """All rows in one batch, sorted by datastream and time, with the version that wrote each."""

    def __init__(self) -> None:
        self._dictionary = Dictionary()
        self._rows = Batch.empty()
        self._versions = np.empty(0, dtype=np.int64)
        self._version = 0
        self._lock = threading.RLock()

    def write(self, batch: Batch) -> Written:
        """Take the rows over; see ``Store.write``."""
        refused = refusals(batch)
        with self._lock:
            written = self._write(batch.take(np.setdiff1d(np.arange(len(batch)), list(refused))))
        return written_or_refused(written, refused, len(batch))

    def _write(self, batch: Batch) -> Written:
        further = self._dictionary.unknown(batch)
        incoming = self._dictionary.encoded(batch, further)
        self._dictionary.extend(further)
        present = np.flatnonzero(np.isin(_keys(self._rows), _keys(incoming)))
        both = _joined(self._rows.take(present), incoming)
        found = resolve(both.datastream, both.phenomenon_time, rank(both), both.result, len(present))
        taken = np.concatenate([found.insert, found.replace])
        if len(taken):
            self._version += 1
            leaving = np.isin(_keys(self._rows), _keys(incoming.take(found.replace)))
            self._take_over(np.flatnonzero(~leaving), incoming.take(taken))
        return Written(found.outcome, self._version)

    def _take_over(self, staying: NDArray[np.intp], rows: Batch) -> None:
        together = _joined(self._rows.take(staying), rows)
        versions = np.concatenate([self._versions[staying], np.full(len(rows), self._version)])
        order = np.argsort(_keys(together), kind="stable")
        self._rows, self._versions = together.take(order), versions[order]

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        with self._lock:
            rows, codes = self._rows, self._dictionary.codes(query.datastreams)
        place = np.full(len(rows.datastreams) + 1, UNKNOWN)
        place[codes[::-1]] = np.arange(len(codes))[::-1]
        place[UNKNOWN] = UNKNOWN
        wanted = place[rows.datastream] >= 0
        if query.start is not None:
            wanted &= rows.phenomenon_time >= query.start
        if query.end is not None:
            wanted &= rows.phenomenon_time < query.end
        chosen = rows.take(wanted)
        times = chosen.phenomenon_time.view(np.int64)
        order = np.lexsort((-times if query.newest_first else times, place[chosen.datastream]))
        return chosen.take(order[: query.limit])

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query in parts; see ``Store.stream``."""
        return stream_by_reading(self, query, rows)

    def aggregate(
        self,
        datastreams: Sequence[Datastream],
        windows: Windows,
        functions: Sequence[Function],
        groups: Sequence[int] | None = None,
    ) -> Aggregates:
        """Sum up the rows of each window; see ``Store.aggregate``."""
        return aggregate_by_reading(self, datastreams, windows, functions, groups)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream; see ``Store.latest``."""
        with self._lock:
            rows, codes = self._rows, self._chosen(datastreams)
        if at is not None:
            rows = rows.take(rows.phenomenon_time <= at)
        _, first_from_behind = np.unique(rows.datastream[::-1], return_index=True)
        newest = np.full(len(rows.datastreams) + 1, -1)
        positions = len(rows) - 1 - first_from_behind
        newest[rows.datastream[positions]] = positions
        return rows.take(newest[codes][newest[codes] >= 0])

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream; see ``Store.spans``."""
        with self._lock:
            rows, codes = self._rows, self._chosen(datastreams)
        begin = np.searchsorted(rows.datastream, codes, side="left")
        end = np.searchsorted(rows.datastream, codes, side="right")
        some = (end > begin) & (codes != UNKNOWN)
        streams = tuple(rows.datastreams[code] for code in codes[some])
        times = rows.phenomenon_time
        return Spans(streams, times[begin[some]], times[end[some] - 1], (end - begin)[some].astype(np.int64))

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell what was touched after a version; see ``Store.changes``."""
        with self._lock:
            rows, version = self._rows.take(self._versions > after), self._version
        time = rows.phenomenon_time.astype(TIME).view(np.int64)
        code, first, last = parted(rows.datastream, time, time, EVER if apart is None else apart)
        streams = tuple(rows.datastreams[each] for each in code.tolist())
        return Changes(version, streams, first.view(TIME), last.view(TIME), numbered(code))

    def resumed(self, version: int) -> int:
        """Give the version itself: there is no other process; see ``Store.resumed``."""
        return version

    def tend(self, now: np.datetime64) -> Iterator[Tended]:  # noqa: ARG002 - nothing to be done
        """Do nothing; see ``Store.tend``."""
        return iter(())

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:
        """Take rows out; see ``Store.forget``."""
        with self._lock:
            old = np.isin(self._rows.datastream, self._dictionary.codes(datastreams))
            old &= self._rows.phenomenon_time < before
            self._rows, self._versions = self._rows.take(~old), self._versions[~old]
        return int(old.sum())

    def close(self) -> None:
        """Nothing is held open."""

    def _chosen(self, datastreams: Sequence[Datastream] | None) -> NDArray[np.int32]:
        if datastreams is None:
            return np.arange(len(self._dictionary), dtype=np.int32)
        return self._dictionary.codes(datastreams)


def _keys(batch: Batch) -> NDArray[np.int64]:
    times = batch.phenomenon_time.astype(TIME).view(np.int64)
    return (batch.datastream.astype(np.int64) << _TIME_BITS) | times


def _joined(left: Batch, right: Batch) -> Batch:
    """Put coded rows behind coded rows; the longer dictionary is the newer one."""
    columns = ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples")
    joined = {name: np.concatenate([getattr(left, name), getattr(right, name)]) for name in columns}
    dictionary = max(left.datastreams, right.datastreams, key=len)
    return Batch(dictionary, np.concatenate([left.datastream, right.datastream]), **joined)
