"""What a store holds, day by day, as numbers that two of them can be compared by: rows and checksum of each UTC day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from storage.checksum import days, row_sums

if TYPE_CHECKING:
    from sensors.model import Batch

_WRAP = 1 << 64


@dataclass(slots=True)
class Digest:
    """Rows and checksum by day, in days since 1970, of all datastreams together; see ``storage.checksum``."""

    rows: Counter[int] = field(default_factory=Counter)
    sums: Counter[int] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Add rows, in any order and in any parts."""
        day, place = np.unique(days(batch), return_inverse=True)
        sums = np.zeros(len(day), dtype=np.uint64)
        np.add.at(sums, place, row_sums(batch))
        for one, count, checksum in zip(day.tolist(), np.bincount(place).tolist(), sums.tolist(), strict=True):
            self.rows[one] += count
            self.sums[one] = (self.sums[one] + checksum) % _WRAP

    def count(self) -> int:
        """Tell how many rows there are."""
        return self.rows.total()

    def document(self) -> dict[str, list[int | str]]:
        """Write it for JSON: by ISO date number of rows and checksum in hexadecimal."""
        return {str(np.datetime64(day, "D")): [self.rows[day], f"{self.sums[day]:016x}"] for day in sorted(self.rows)}


def unlike(left: dict[str, list[int | str]], right: dict[str, list[int | str]]) -> list[str]:
    """Name the days of which two documents tell differently."""
    return sorted(day for day in {*left, *right} if left.get(day) != right.get(day))
