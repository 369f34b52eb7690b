"""Rows of every kind that a store can hold, for Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from sensors.model import Batch, Datastream

STREAMS = (
    Datastream("bin-7", "filling_level"),
    Datastream("bin-7", "filling_level_hour", derived=True),
    Datastream('Tür "A", =B\\', "temperature"),
)
_YEARS = 60 * 365 * 86_400_000
_WHOLE = st.integers(0, 2**31 - 1)


@st.composite
def some_rows(draw: Any, results: st.SearchStrategy[float] | None = None) -> Batch:
    """Make rows of some datastreams, one per time, ordered by both."""
    numbers = results or st.floats(allow_nan=False, allow_infinity=False)
    keys = sorted(draw(st.sets(st.tuples(st.integers(0, len(STREAMS) - 1), st.integers(0, _YEARS)), max_size=20)))
    n = len(keys)

    def column(values: st.SearchStrategy) -> Any:
        return draw(st.lists(values, min_size=n, max_size=n))

    quality = column(st.sampled_from([1, 2, 3, 4, 9]))
    result = np.where(np.array(quality, dtype=int) == 9, np.nan, np.array(column(numbers), dtype=float))
    return Batch.of(
        STREAMS,
        [code for code, _ in keys],
        [time for _, time in keys],
        result,
        result_time=column(st.integers(0, _YEARS)),
        quality=quality,
        revision=column(_WHOLE),
        coverage=column(st.one_of(st.floats(0, 1, width=32), st.just(float("nan")))),
        samples=column(_WHOLE),
    )
