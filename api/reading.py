"""Reads a span of one datastream, in blocks that begin after the last row given: complete, and of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from api.times import MILLISECOND
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensors.model import Batch, Datastream
    from storage.store import Store

BLOCK_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """Observations of one datastream in the half-open span [start, end)."""

    store: Store
    stream: Datastream
    start: np.datetime64
    end: np.datetime64

    def page(self, limit: int) -> tuple[Batch, np.datetime64 | None]:
        """Give the first ``limit`` rows, and the time of the last of them where more follow."""
        rows = self._read(limit + 1)
        if len(rows) <= limit:
            return rows, None
        return rows.take(np.arange(limit)), rows.phenomenon_time[limit - 1]

    def after(self, last: np.datetime64) -> Reading:
        """Give what follows a row; there is one row per millisecond at most, so nothing is skipped or repeated."""
        return Reading(self.store, self.stream, max(self.start, last + MILLISECOND), self.end)

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Batch]:
        """Give all rows, block by block; the first block is read even where it is empty."""
        reading: Reading | None = self
        while reading is not None:
            batch, last = reading.page(rows)
            yield batch
            reading = None if last is None else reading.after(last)

    def _read(self, limit: int) -> Batch:
        return self.store.read(Query(datastreams=(self.stream,), start=self.start, end=self.end, limit=limit))
