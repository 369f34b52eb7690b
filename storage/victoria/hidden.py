"""Rows of commits that a reader must not see yet, left out of what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.coded import keys
from storage.victoria.samples import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def without(rows: Rows, hidden: Sequence[Rows]) -> Rows:
    """Leave rows out that are hidden: the same datastream, time and generation."""
    for some in hidden:
        stays = ~np.isin(keys(rows.batch), keys(some.batch))
        if not stays.all():
            stays |= ~np.isin(_marks(rows), _marks(some))
            rows = Rows(rows.batch.take(stays), rows.generation[stays])
    return rows


def _marks(rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    pairs = np.empty(len(rows.generation), dtype=[("key", np.int64), ("generation", np.int32)])
    pairs["key"], pairs["generation"] = keys(rows.batch), rows.generation
    return pairs
