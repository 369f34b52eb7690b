"""Window edges as UTC instants: quarter hours, hours, and days of a zone with their 23, 24 or 25 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUARTER_HOUR = np.timedelta64(900_000, "ms")
HOUR = np.timedelta64(3_600_000, "ms")
DAY = np.timedelta64(86_400_000, "ms")
WINDOWS = ("15min", "hour", "day")
"""The names of the windows, from short to long."""
_WIDTH = {"15min": QUARTER_HOUR, "hour": HOUR}


def edges(window: str, start: np.datetime64, end: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Give the edges of every window that the half-open span [start, end) touches.

    Window w is [edges[w], edges[w + 1]), half open, UTC; an empty span has no window. Hours and quarter hours
    follow each other through a change of the clock without gap or repetition; a day begins at local midnight. Raises
    ValueError for an unknown window. [datetime64[ms]], shape (m + 1,)
    """
    if window not in WINDOWS:
        raise ValueError(f"no window is called '{window}'. Known: {', '.join(WINDOWS)}")
    first, last = start.astype(TIME), end.astype(TIME)
    if last <= first:
        return np.array([first], dtype=TIME)
    return local_days(first, last, zone) if window == "day" else _even(first, last, _WIDTH[window])


def _even(start: np.datetime64, end: np.datetime64, width: np.timedelta64) -> NDArray[np.datetime64]:
    """Cover a span with windows of one width, counted from 1970-01-01T00:00Z. [datetime64[ms]], shape (m + 1,)."""
    step = int(width.astype(np.int64))
    first = int(start.astype(np.int64)) // step
    last = -(-int(end.astype(np.int64)) // step)
    return (np.arange(first, last + 1, dtype=np.int64) * step).view(TIME)


def local_days(start: np.datetime64, end: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Cover a span with the calendar days of a zone. [datetime64[ms]], shape (m + 1,).

    Where the clock skips midnight the day begins at the first instant after it; where it comes twice, at the first.
    """
    reached = pd.DatetimeIndex([start, end - np.timedelta64(1, "ms")], tz="UTC").tz_convert(zone)
    dates = pd.date_range(reached[0].date(), reached[1].date() + pd.Timedelta(days=1), freq="D")
    midnights = dates.tz_localize(zone, ambiguous=np.ones(len(dates), dtype=bool), nonexistent="shift_forward")
    return midnights.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME)
