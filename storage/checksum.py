"""Checksums of rows: one number per datastream and day that says whether two stores hold the same.

Every row becomes 64 bits, made of its datastream's name and all its columns; the checksum of many rows is the sum of
these, modulo 2^64. So it depends on no order, and what was counted in parts can be added. A sum, not an exclusive or:
a row that is there twice must not vanish. It finds what broke on the way, not a forger.

Results take part with all their bits (0 and -0 are one number). Engines give back what they were given bit by bit, and
one that keeps some fifteen digits does so for what sensors say. Nothing is rounded before it is summed: of numbers that
lie beside a rounding's edge some would always fall to either side. Where checksums differ, rows are compared instead,
and there a difference behind the twelfth digit counts as none: see ``storage.comparing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

DAY_MS = 86_400_000
ROWS_AT_ONCE = 32_768
"""What a cache holds is twice as fast."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_NAN = np.uint64(0x7FF8000000000000)


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows and checksum per datastream and UTC day, ordered by both; every column has shape (k,)."""

    datastream: NDArray[np.int64]
    day: NDArray[np.int64]
    """Days since 1970."""
    count: NDArray[np.int64]
    checksum: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.day)

    def key(self) -> NDArray[np.int64]:
        """Make one sortable integer of datastream and day."""
        return day_key(self.datastream, self.day)


def tally(batch: Batch) -> Tally:
    """Count and sum rows per datastream and day."""
    key = day_key(batch.datastream, days(batch))
    groups, group = np.unique(key, return_inverse=True)
    checksum = np.zeros(len(groups), dtype=np.uint64)
    np.add.at(checksum, group, row_sums(batch))
    count = np.bincount(group, minlength=len(groups)).astype(np.int64)
    return Tally(groups >> 32, groups & 0xFFFF_FFFF, count, checksum)


def checksum(batch: Batch) -> int:
    """Sum rows up to one number; those of parts add up to that of the whole, modulo 2^64."""
    names = _named(batch)
    total = 0
    for first in range(0, len(batch), ROWS_AT_ONCE):
        total += int(_sums(batch.take(slice(first, first + ROWS_AT_ONCE)), names).sum(dtype=np.uint64))
    return total % 2**64


def days(batch: Batch) -> NDArray[np.int64]:
    """Give the UTC day of each row, in days since 1970; shape (n,)."""
    return batch.phenomenon_time.astype(TIME).view(np.int64) // DAY_MS


def day_key(datastream: NDArray[np.integer], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make one sortable integer of a datastream's place and a day since 1970."""
    return datastream.astype(np.int64) << 32 | day


def row_sums(batch: Batch) -> NDArray[np.uint64]:
    """Give 64 bits for every row, by its datastream's name and all its columns; shape (n,)."""
    return _sums(batch, _named(batch))


def _sums(batch: Batch, names: NDArray[np.uint64]) -> NDArray[np.uint64]:
    sums = names[batch.datastream]
    whole = (batch.phenomenon_time.astype(TIME), batch.result_time.astype(TIME))
    for column in (
        *(times.view(np.uint64) for times in whole),
        _bits(batch.result),
        _bits(batch.coverage.astype(np.float64)),
        *(numbers.astype(np.int64).view(np.uint64) for numbers in (batch.quality, batch.revision, batch.samples)),
    ):
        sums = _mixed((sums ^ column) + _GOLDEN)
    return sums


def _named(batch: Batch) -> NDArray[np.uint64]:
    """Give 64 bits for every datastream that has rows, 0 for others; a store's dictionary may be far longer."""
    used = np.flatnonzero(np.bincount(batch.datastream, minlength=len(batch.datastreams)))
    names = np.zeros(len(batch.datastreams), dtype=np.uint64)
    names[used] = _names([batch.datastreams[code] for code in used.tolist()])
    return names


def _names(datastreams: Sequence[Datastream]) -> NDArray[np.uint64]:
    texts = (f"{each.thing}\0{each.observed_property}\0{each.derived:d}" for each in datastreams)
    digests = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _bits(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    # Adding 0 makes -0 a 0; of the many NaN one stands for all.
    return np.where(np.isnan(numbers), _NAN, (numbers + 0.0).view(np.uint64))


def _mixed(sums: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Let every bit touch every other: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    sums = (sums ^ sums >> np.uint64(30)) * _FIRST
    sums = (sums ^ sums >> np.uint64(27)) * _SECOND
    return sums ^ sums >> np.uint64(31)
