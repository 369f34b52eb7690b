"""Results as the store holds them: compared with new ones, so that only what is new or different is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.indicator import Results
from sensors.model import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream

SAME = 1e-9
"""Relative and absolute difference up to which two results are the same: rounding, far below any sensor's step."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is held of s datastreams for m windows; every matrix has shape (s, m)."""

    results: Results
    revision: NDArray[np.int64]
    """-1 where nothing is held."""

    def differs(self, new: Results) -> NDArray[np.bool_]:
        """Tell which held results are not the new ones. [bool], shape (s, m)."""
        old = self.results
        same: NDArray[np.bool_] = (
            np.isclose(new.value, old.value, rtol=SAME, atol=SAME, equal_nan=True)
            & (new.quality == old.quality)
            & (new.samples == old.samples)
            & np.isclose(new.coverage, old.coverage, rtol=0.0, atol=1e-6)
        )
        return (self.revision >= 0) & ~same

    def news(self, new: Results) -> NDArray[np.bool_]:
        """Tell which results to write: different ones, and first ones of which anything is known. [bool], (s, m)."""
        known = (new.coverage > 0) | (new.samples > 0) | ~np.isnan(new.value)
        return self.differs(new) | ((self.revision < 0) & known)


class Held:
    """What was read of results, to be asked for by datastream: looked through once, however many pieces ask."""

    def __init__(self, rows: Batch) -> None:
        """Take rows in which those of a datastream lie together, as ``Store.read`` gives them."""
        self.rows = rows
        codes = rows.datastream
        begin = np.flatnonzero(np.diff(codes, prepend=-1))
        self._places = dict(zip([rows.datastreams[code] for code in codes[begin].tolist()], count()))
        self._begin, self._size = np.append(begin, 0), np.append(np.diff(begin, append=len(codes)), 0)

    def of(self, streams: Sequence[Datastream]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the index of each row of some datastreams, and which of them it belongs to; each of shape (k,)."""
        found = np.fromiter(map(self._places.get, streams, repeat(-1)), dtype=np.int64, count=len(streams))
        begin, size = self._begin[found], self._size[found]
        place = np.repeat(np.arange(len(streams)), size)
        return np.arange(size.sum()) + np.repeat(begin - (np.cumsum(size) - size), size), place


def stored(held: Held, streams: Sequence[Datastream], start: NDArray[np.datetime64]) -> Stored:
    """Lay held rows out by datastream and window, given the windows' starts, shape (m,); other rows are left out."""
    shape = (len(streams), len(start))
    index, place = held.of(streams)
    time = held.rows.phenomenon_time[index]
    window = np.searchsorted(start, time)
    mine = np.append(start, np.datetime64("NaT"))[window] == time
    rows, cell = held.rows.take(index[mine]), (place[mine], window[mine])
    results = Results(
        _laid(rows.result, cell, np.full(shape, np.nan)),
        _laid(rows.coverage, cell, np.zeros(shape)),
        _laid(rows.samples, cell, np.zeros(shape, dtype=np.int64)),
        _laid(rows.quality, cell, np.zeros(shape, dtype=np.uint8)),
    )
    return Stored(results, _laid(rows.revision, cell, np.full(shape, -1, dtype=np.int64)))


def _laid(
    column: NDArray[Any], cell: tuple[NDArray[np.int64], NDArray[np.int64]], matrix: NDArray[Any]
) -> NDArray[Any]:
    """Put a column into the cells of a matrix; gives the matrix."""
    matrix[cell] = column
    return matrix


def batch_of(
    results: Results,
    held: Stored,
    chosen: NDArray[np.bool_],
    streams: Sequence[Datastream],
    start: NDArray[np.datetime64],
    *,
    now: np.datetime64,
) -> Batch:
    """Make observations of the chosen results, shape (s, m): a first one has revision 0, a changed one the next."""
    stream, window = np.nonzero(chosen)
    return Batch.of(
        streams,
        stream,
        start[window],
        results.value[chosen],
        result_time=np.full(len(stream), now),
        quality=results.quality[chosen],
        revision=held.revision[chosen] + 1,
        coverage=results.coverage[chosen],
        samples=results.samples[chosen],
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """Put batches one behind the other; the datastreams of each keep their own places in the dictionary."""
    if not batches:
        return Batch.empty()
    streams = tuple(stream for batch in batches for stream in batch.datastreams)
    offsets = np.cumsum([0, *(len(batch.datastreams) for batch in batches)])
    codes = [batch.datastream + np.int32(offset) for batch, offset in zip(batches, offsets, strict=False)]
    names = ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples")
    columns = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names}
    return Batch(streams, np.concatenate(codes), **columns)
