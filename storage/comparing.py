"""Rows of two stores beside each other: what is the same, what is missing, what differs, by datastream and day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.checksum import day_key, days, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.checksum import Tally

SAME_TO = 1e-12
"""Results whose difference is a smaller part of them are the same: an engine may keep fewer than 17 digits."""
COVERAGE_SAME_TO = 1e-6
"""The same of coverage, a 32-bit float."""
_TIME_BITS = 43


@dataclass(frozen=True, slots=True)
class Unlike:
    """The days of datastreams on which count or checksum differ, ordered; every column has shape (k,)."""

    datastream: NDArray[np.int64]
    day: NDArray[np.int64]
    source_count: NDArray[np.int64]
    target_count: NDArray[np.int64]
    missing: NDArray[np.int64]
    """Rows of the source of which the target has none."""
    different: NDArray[np.int64]
    """Rows whose other columns differ."""
    further: NDArray[np.int64]
    """Rows of the target of which the source has none."""

    def __len__(self) -> int:
        return len(self.day)

    def wrong(self) -> NDArray[np.bool_]:
        """Tell on which days something is missing or different; what the target has besides is not wrong."""
        wrong: NDArray[np.bool_] = (self.missing > 0) | (self.different > 0)
        return wrong


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comes of comparing: the rows that must be written, and the days that are not alike."""

    days: int
    """Datastreams times days with rows of the source."""
    alike: int
    """Those of them that the target holds alike."""
    lacking: NDArray[np.intp]
    """Indexes of rows of the source that the target lacks or holds otherwise."""
    unlike: Unlike


def aligned(batch: Batch, streams: Sequence[Datastream]) -> Batch:
    """Rewrite rows to a dictionary, leaving out rows of datastreams that it does not name."""
    place = {stream: number for number, stream in enumerate(streams)}
    places = np.array([place.get(stream, -1) for stream in batch.datastreams], dtype=np.int32)
    coded = places[batch.datastream] if len(batch) else np.empty(0, dtype=np.int32)
    return replace(batch, datastreams=tuple(streams), datastream=coded).take(coded >= 0)


def compare(source: Batch, target: Batch) -> Comparison:
    """Compare rows of one dictionary: by count and checksum of each day, and where those differ row by row."""
    ours, theirs = tally(source), tally(target)
    suspects = _suspects(ours, theirs)
    mine = np.flatnonzero(np.isin(_day_keys(source), suspects))
    other = np.flatnonzero(np.isin(_day_keys(target), suspects))
    missing, different, further = _rows(source.take(mine), target.take(other))
    unlike = _unlike(
        suspects,
        _day_keys(source)[mine],
        _day_keys(target)[other],
        missing=missing,
        different=different,
        further=further,
    )
    alike = len(ours) - int((unlike.source_count > 0).sum())
    return Comparison(len(ours), alike, mine[missing | different], unlike)


def _suspects(ours: Tally, theirs: Tally) -> NDArray[np.int64]:
    """Name the days, as keys in order, that the two tell differently of."""
    common, left, right = np.intersect1d(ours.key(), theirs.key(), assume_unique=True, return_indices=True)
    agree = (ours.count[left] == theirs.count[right]) & (ours.checksum[left] == theirs.checksum[right])
    return np.setdiff1d(np.union1d(ours.key(), theirs.key()), common[agree])


def _rows(source: Batch, target: Batch) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which rows of the source are missing, which are different, and which of the target are further ones."""
    ours, theirs = _keys(source), _keys(target)
    _, left, right = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    missing, further = np.ones(len(ours), dtype=bool), np.ones(len(theirs), dtype=bool)
    missing[left], further[right] = False, False
    different = np.zeros(len(ours), dtype=bool)
    different[left] = ~_same(source.take(left), target.take(right))
    return missing, different, further


def _same(left: Batch, right: Batch) -> NDArray[np.bool_]:
    exact = ("result_time", "quality", "revision", "samples")
    same = np.ones(len(left), dtype=bool)
    for name in exact:
        same &= getattr(left, name) == getattr(right, name)
    same &= np.isclose(left.result, right.result, rtol=SAME_TO, atol=0.0, equal_nan=True)
    same &= np.isclose(left.coverage, right.coverage, rtol=COVERAGE_SAME_TO, atol=0.0, equal_nan=True)
    return same


def _unlike(
    suspects: NDArray[np.int64],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    *,
    missing: NDArray[np.bool_],
    different: NDArray[np.bool_],
    further: NDArray[np.bool_],
) -> Unlike:
    """Count rows by day; days on which all rows are the same to the twelfth digit are left out."""

    def by_day(keys: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(np.searchsorted(suspects, keys), minlength=len(suspects)).astype(np.int64)

    found = (
        by_day(source),
        by_day(target),
        by_day(source[missing]),
        by_day(source[different]),
        by_day(target[further]),
    )
    kept = (found[2] + found[3] + found[4]) > 0
    return Unlike(suspects[kept] >> 32, suspects[kept] & 0xFFFF_FFFF, *(column[kept] for column in found))


def _day_keys(batch: Batch) -> NDArray[np.int64]:
    return day_key(batch.datastream, days(batch))


def _keys(batch: Batch) -> NDArray[np.int64]:
    return batch.datastream.astype(np.int64) << _TIME_BITS | batch.phenomenon_time.astype(TIME).view(np.int64)
