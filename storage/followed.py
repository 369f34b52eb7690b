"""What one process knows of a store in a server that others write, too: kept in memory, and kept up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.apart import EVER
from storage.dictionary import UNKNOWN, Dictionary
from storage.newest import Newest, as_of
from storage.reach import Reach
from storage.store import Changes
from storage.touched import Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.journal import Journal
    from storage.store import Spans


class Followed:
    """Datastreams, their newest rows, how far they may reach, and the commits of all writers.

    ``read(codes, first, last)`` gives the rows of datastreams in a span, both ends included, in milliseconds.
    """

    def __init__(
        self, dictionary: Dictionary, journal: Journal, read: Callable[[Sequence[int], int, int], Batch]
    ) -> None:
        self.journal = journal
        self._dictionary = dictionary
        self._read = read
        # One look at what others wrote at a time; and what is held in memory.
        self._following, self._memory = threading.Lock(), threading.Lock()
        self._reach, self._newest = Reach(), Newest(Batch.empty())

    def load(self, rows: Batch, codes: NDArray[np.int32], time: NDArray[np.datetime64]) -> None:
        """Take over the newest rows, and up to which times datastreams reach."""
        with self._memory:
            self._reach.extend(codes, time)
            self._newest.take_over(rows)

    def near(self, coded: Batch) -> Batch:
        """Give the rows that are not later than all that the server may have of their datastream."""
        with self._memory:
            return coded.take(~self._reach.is_beyond(coded))

    def begin(self, coded: Batch) -> tuple[int, bytes]:
        """Note rows that are tried, from now on there or not; gives the commit's time and the lines that tell of it."""
        with self._memory:
            self._reach.extend(coded.datastream, coded.phenomenon_time)
        return self.journal.begin(Touched.of(coded))

    def take_over(self, coded: Batch) -> None:
        """Note rows that are durable."""
        with self._memory:
            self._newest.take_over(coded)

    def follow(self) -> None:
        """Learn what other writers have written since."""
        with self._following:
            news = self.journal.news()
            begun, done = self.known(news.begun.streams), self.known(news.done.streams)
            with self._memory:
                self._reach.extend(begun, news.begun.last)
                self._reach.extend(done, news.done.last)
                held = self._newest_times(done)
            last = news.done.last.astype(TIME).view(np.int64)
            newer = last >= held
            if newer.any():
                rows = self._read(done[newer].tolist(), int(last[newer].min()), int(last[newer].max()))
                self.take_over(rows)

    def _newest_times(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        times = np.full(len(self._dictionary), -1, dtype=np.int64)
        rows = self._newest.rows(codes, self._dictionary.datastreams)
        times[rows.datastream] = rows.phenomenon_time.view(np.int64)
        return times[codes]

    def latest(
        self,
        datastreams: Sequence[Datastream] | None,
        at: np.datetime64 | None,
        earlier: Callable[[NDArray[np.int32], int], Batch],
    ) -> Batch:
        """Give the newest row of each datastream; see ``Store.latest``; ``earlier`` as ``as_of`` has it."""
        self.follow()
        codes = self.chosen(datastreams)
        with self._memory:
            newest = self._newest.rows(codes, self._dictionary.datastreams)
        return as_of(newest, at, earlier)

    def changes(self, after: int, apart: np.timedelta64 | None, spans: Callable[[], Spans]) -> Changes:
        """Tell what was touched after a version, of all ``spans`` after none; see ``Store.changes``."""
        self.follow()
        version, touched = self.journal.since(max(after, 1), EVER if apart is None else apart)
        if after <= 0:
            held = spans()
            newest = np.zeros(len(held.datastreams), dtype=np.int64)
            return Changes(version, held.datastreams, held.first, held.last, newest)
        return Changes(version, tuple(touched.streams), touched.first, touched.last, touched.numbers())

    def coded(self, batch: Batch) -> Batch:
        """Rewrite rows to codes, new ones where datastreams have none."""
        with self._memory:
            self._dictionary.extend(self._dictionary.unknown(batch))
            return self._dictionary.encoded(batch)

    def known(self, streams: Sequence[Datastream]) -> NDArray[np.int32]:
        """Give the codes of datastreams, new ones where they have none."""
        with self._memory:
            codes = self._dictionary.codes(streams)
            self._dictionary.extend(streams[place] for place in np.flatnonzero(codes == UNKNOWN).tolist())
            return self._dictionary.codes(streams)

    def chosen(self, datastreams: Sequence[Datastream] | None) -> NDArray[np.int32]:
        """Give the codes of datastreams that there may be rows of, of all where none are named."""
        if datastreams is None or UNKNOWN in self._dictionary.codes(datastreams):
            self.follow()
        if datastreams is None:
            return np.arange(len(self._dictionary), dtype=np.int32)
        codes = self._dictionary.codes(datastreams)
        known: NDArray[np.int32] = codes[codes != UNKNOWN]
        return known
