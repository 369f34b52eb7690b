"""Rows of commits that a reader must not see yet, and the rows whose places they take.

A row that takes another's place overwrites it, so a reader that began before the commit was whole is given the rows as
they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.coded import keys, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.model import Batch


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """Rows that are being written, and those whose places they take."""

    rows: Batch
    before: Batch

    def within(self, codes: Sequence[int], start: int, end: int) -> Batch:
        """Give the earlier rows of some datastreams in a span, both ends included, in milliseconds."""
        time = self.before.phenomenon_time.view(np.int64)
        return self.before.take((time >= start) & (time <= end) & np.isin(self.before.datastream, codes))


def as_before(found: Batch, hidden: Sequence[Commit], codes: Sequence[int], start: int, end: int) -> Batch:
    """Give what was found as it was before the hidden commits; of several that take one place the first tells."""
    if not hidden:
        return found
    seen = np.empty(0, dtype=np.int64)
    earlier = []
    for commit in hidden:
        before = commit.within(codes, start, end)
        earlier.append(before.take(~np.isin(keys(before), seen)))
        seen = np.union1d(seen, keys(commit.rows))
    return together([found.take(~np.isin(keys(found), seen)), *earlier], found.datastreams)
