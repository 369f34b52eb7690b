"""Rows that speak in an engine's codes: put together, and as sortable integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream

TIME_BITS = 43
"""Milliseconds until the year 2200 fit, so a datastream's code and a time make one sortable integer."""


def keys(coded: Batch) -> NDArray[np.int64]:
    """Make one sortable integer of each row's datastream and time."""
    return coded.datastream.astype(np.int64) << TIME_BITS | coded.phenomenon_time.astype(TIME).view(np.int64)


def together(batches: Sequence[Batch], streams: Sequence[Datastream]) -> Batch:
    """Put rows of one dictionary one behind the other."""
    names = ("datastream", "phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples")
    several = [Batch.of((), [], [], []), *batches]
    return Batch(tuple(streams), *(np.concatenate([getattr(batch, name) for batch in several]) for name in names))


def last_of_each(ordered: Batch) -> Batch:
    """Keep the newest row of each datastream, of rows that are ordered by datastream and time."""
    return ordered.take(np.flatnonzero(np.diff(ordered.datastream, append=-1)))
