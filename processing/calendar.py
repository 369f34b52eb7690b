"""Window edges as UTC instants: quarter hours, hours, and the days, weeks, months and years of a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

QUARTER_HOUR = np.timedelta64(900_000, "ms")
HOUR = np.timedelta64(3_600_000, "ms")
DAY = np.timedelta64(86_400_000, "ms")


@dataclass(frozen=True, slots=True)
class Window:
    """A kind of window."""

    title: str
    title_de: str
    hold: timedelta
    """How long a result may be taken for still true: twice the window."""
    longest: np.timedelta64
    """The longest window of the kind there is: a day on which the clocks are set back, a leap year."""


WINDOWS: Mapping[str, Window] = MappingProxyType(
    {
        "now": Window("now", "jetzt", timedelta(minutes=15), QUARTER_HOUR),
        "15min": Window("quarter hour", "Viertelstunde", timedelta(minutes=30), QUARTER_HOUR),
        "hour": Window("hour", "Stunde", timedelta(hours=2), HOUR),
        "day": Window("day", "Tag", timedelta(days=2), DAY + HOUR),
        "week": Window("ISO week", "ISO-Woche", timedelta(days=14), 7 * DAY + HOUR),
        "month": Window("month", "Monat", timedelta(days=62), 31 * DAY + HOUR),
        "quarter": Window("quarter", "Quartal", timedelta(days=184), 92 * DAY + HOUR),
        "year": Window("year", "Jahr", timedelta(days=732), 366 * DAY),
    }
)
"""The kinds of windows, from short to long."""
NOW = "now"
"""What is true at an instant, and never stored."""
ROLLED = ("week", "month", "quarter", "year")
"""Windows that are made of days."""
_WIDTH = {"now": QUARTER_HOUR, "15min": QUARTER_HOUR, "hour": HOUR}
_FIRST = {"day": "D", "week": "W-MON", "month": "MS", "quarter": "QS", "year": "YS"}


def edges(window: str, start: np.datetime64, end: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Give the edges of every window that the half-open span [start, end) touches.

    Window w is [edges[w], edges[w + 1]), half open, UTC; an empty span has no window. Hours and quarter hours
    follow each other through a change of the clock without gap or repetition; days and what is made of them begin at
    local midnight, weeks on Monday (ISO 8601). Raises ValueError for an unknown window.
    [datetime64[ms]], shape (m + 1,)
    """
    if window not in WINDOWS:
        raise ValueError(f"no window is called '{window}'. Known: {', '.join(WINDOWS)}")
    first, last = start.astype(TIME), end.astype(TIME)
    if last <= first:
        return np.array([first], dtype=TIME)
    return _local(window, first, last, zone) if window in _FIRST else _even(first, last, _WIDTH[window])


def _even(start: np.datetime64, end: np.datetime64, width: np.timedelta64) -> NDArray[np.datetime64]:
    """Cover a span with windows of one width, counted from 1970-01-01T00:00Z. [datetime64[ms]], shape (m + 1,)."""
    step = int(width.astype(np.int64))
    first = int(start.astype(np.int64)) // step
    last = -(-int(end.astype(np.int64)) // step)
    return (np.arange(first, last + 1, dtype=np.int64) * step).view(TIME)


def local_days(start: np.datetime64, end: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Cover a span with the calendar days of a zone. [datetime64[ms]], shape (m + 1,)."""
    return _local("day", start, end, zone)


def _local(window: str, start: np.datetime64, end: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Cover a span with calendar windows of a zone. [datetime64[ms]], shape (m + 1,).

    Where the clock skips midnight the day begins at the first instant after it; where it comes twice, at the first.
    """
    first, last = (int(moment.astype("datetime64[Y]").astype(np.int64)) for moment in (start, end))
    cover = _years(window, first - 1, last + 1, zone)
    begin = np.searchsorted(cover, start, side="right") - 1
    return cover[begin : np.searchsorted(cover, end) + 1]


@lru_cache(maxsize=64)
def _years(window: str, first: int, last: int, zone: str) -> NDArray[np.datetime64]:
    """Cover some years, counted from 1970, and what they touch, with calendar windows of a zone; not to be changed."""
    step = pd.tseries.frequencies.to_offset(_FIRST[window])
    begin, end = pd.Timestamp(year=1970 + first, month=1, day=1), pd.Timestamp(year=1971 + last, month=1, day=1)
    dates = pd.date_range(step.rollback(begin), end + step, freq=step)
    midnights = dates.tz_localize(zone, ambiguous=np.ones(len(dates), dtype=bool), nonexistent="shift_forward")
    cover: NDArray[np.datetime64] = midnights.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME)
    cover.flags.writeable = False
    return cover
