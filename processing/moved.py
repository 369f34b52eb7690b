"""What was computed by the midnights of another zone: taken back, so that no day is told twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import edges
from processing.indicators import window_of
from sensors.model import TIME, Batch, Datastream
from sensors.quality import Quality
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from processing.group import Group
    from storage.store import Store

AT_ONCE = 400
"""Targets whose results of one name are looked at at once."""
_SAME_EVERYWHERE = "15min"


def take_back(store: Store, groups: Iterable[Group], span: tuple[int, int], zone: str, moment: int) -> int:
    """Take back results of windows that begin in a half-open span [ms], but at no edge of a zone; gives their number.

    One that is taken back is MISSING, one revision on, at a moment [ms], as whatever was told and is not known any
    more. Raises StoreBusyError when the store cannot take it now; to do it again takes back the rest.
    """
    taken = 0
    for name, things in _told(groups):
        for first in range(0, len(things), AT_ONCE):
            streams = Datastream.of_each(things[first : first + AT_ONCE], name, derived=True)
            gone = _off(store, streams, window_of()[name], span, zone)
            if len(gone):
                store.write(_missing(gone, moment))
            taken += len(gone)
    return taken


def _told(groups: Iterable[Group]) -> Iterator[tuple[str, list[str]]]:
    """Name what results are told of, each with all its targets, but of windows that are the same in every zone."""
    targets: dict[str, dict[str, None]] = {}
    for group in groups:
        for name in (name for one in group.indicators for name in one.names()):
            if window_of().get(name, _SAME_EVERYWHERE) != _SAME_EVERYWHERE:
                targets.setdefault(name, {}).update(dict.fromkeys(thing.id for thing in group.targets))
    return ((name, list(things)) for name, things in targets.items())


def _off(store: Store, streams: tuple[Datastream, ...], window: str, span: tuple[int, int], zone: str) -> Batch:
    start, end = (_time(each) for each in span)
    held = store.read(Query(datastreams=streams, start=start, end=end))
    if not len(held):
        return held
    begun = edges(window, held.phenomenon_time.min(), held.phenomenon_time.max() + np.timedelta64(1, "ms"), zone)
    wrong: NDArray[np.bool_] = ~np.isin(held.phenomenon_time.astype(TIME), begun) & (held.quality != Quality.MISSING)
    return held.take(wrong)


def _missing(held: Batch, moment: int) -> Batch:
    return Batch.of(
        held.datastreams,
        held.datastream,
        held.phenomenon_time,
        np.full(len(held), np.nan),
        result_time=np.full(len(held), _time(moment)),
        quality=Quality.MISSING,
        revision=held.revision + 1,
        coverage=0.0,
        samples=0,
    )


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)
