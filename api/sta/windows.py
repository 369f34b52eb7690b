"""How long observations last: a sensor's an instant, an indicator's as long as its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from api.sta.values import NEVER, Times
from api.times import milliseconds
from processing.calendar import WINDOWS, edges
from processing.indicators import window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from api.sta.entities import Entities, Index
    from sensors.model import Datastream
    from storage.store import Spans

_WINDOWS = tuple(WINDOWS)
"""The first is now, which has no length; what is of no window counts for it."""


def lasting(entities: Entities, stream: Index, start: NDArray[np.int64], zone: str) -> Times:
    """Give how long observations last: ``stream`` is the row of each one's datastream; shape (n,)."""
    window = windows_of(entities, stream)
    used = [number for number in np.unique(window).tolist() if number]
    end = start + 1
    for number in used:
        mine = window == number
        end[mine] = _ends(_WINDOWS[number], start[mine], zone)
    return Times(start, end, instant=not used)


def windows_of(entities: Entities, stream: Index) -> Index:
    """Give the number of each datastream's window, 0 where its observations are instants; shape (n,)."""
    numbers = entities.once("windows", lambda: np.array([_number(name) for name in entities.properties]))
    found: Index = numbers[entities.property_of[stream]]
    return found


def covered(entities: Entities, spans: Spans, streams: Sequence[Datastream], zone: str) -> Times:
    """Give from when to when there are observations of some datastreams; ``NEVER`` where there are none; shape (n,)."""
    known = {stream: number for number, stream in enumerate(spans.datastreams)}
    place = np.array([known.get(stream, -1) for stream in streams], dtype=np.intp)
    rows = np.fromiter((entities.index[stream] for stream in known), np.intp, len(known))
    last = lasting(entities, rows, milliseconds(spans.last), zone)
    start, end = (np.append(column, NEVER)[place] for column in (milliseconds(spans.first), last.end))
    return Times(start, end)


def _number(name: str) -> int:
    return _WINDOWS.index(window_of().get(name, _WINDOWS[0]))


def _ends(window: str, start: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Give the end of the window that each time lies in."""
    first, last = (np.datetime64(int(limit), "ms") for limit in (start.min(), start.max() + 1))
    found = milliseconds(edges(window, first, last, zone))
    return found[np.searchsorted(found, start, side="right")]
