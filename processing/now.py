"""What is true now: the indicators that have a window ``now``, computed when somebody asks and never stored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import NOW, QUARTER_HOUR, edges
from processing.indicators import window_of
from processing.piece import Known, Piece
from processing.stored import joined
from sensors.model import TIME
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from processing.group import Group
    from processing.indicator import Indicator, Results
    from processing.region import Region
    from sensors.model import Batch, Datastream, Thing
    from storage.store import Store

MOMENT = np.timedelta64(1, "ms")


@dataclass(frozen=True, slots=True)
class Present:
    """One indicator at one instant."""

    indicator: Indicator
    things: tuple[Thing, ...]
    results: Results
    """Every matrix has shape (s, 1)."""


def present(
    store: Store, groups: Iterable[Group], moment: np.datetime64, region: Region, names: Collection[str] = ()
) -> Iterator[Present]:
    """Compute what is true at an instant, of all indicators that have a window ``now`` or of those named.

    An indicator without lookback is made of the newest observation of each datastream alone, which a store has at hand.
    """
    for group in groups:
        chosen = tuple(one for one in group.indicators if NOW in one.windows and (not names or one.name in names))
        if chosen:
            yield from _present(store, replace(group, indicators=chosen), moment.astype(TIME), region)


def _present(store: Store, group: Group, moment: np.datetime64, region: Region) -> Iterator[Present]:
    known = Known(group.rows(_read(store, group, moment, region.zone), int(moment.astype(np.int64))))
    end = moment + MOMENT
    span = np.array([end - QUARTER_HOUR, end])
    for indicator in group.indicators:
        due = np.ones((len(group.targets), 1), dtype=bool)
        piece = Piece(indicator, NOW, span, due, region)
        yield Present(indicator, group.targets, indicator.compute(piece.given(group, known)))


def _read(store: Store, group: Group, moment: np.datetime64, zone: str) -> Batch:
    """Read what can matter: nothing later than the instant, which itself is still part of the present."""
    lookback = max(indicator.lookback for indicator in group.indicators)
    if lookback == timedelta(0):
        return joined([store.latest(streams, until) for until, streams in _asked(group, moment, zone).items()])
    start = moment - QUARTER_HOUR - np.timedelta64(lookback)
    return store.read(Query(datastreams=group.streams(), start=start, end=moment + MOMENT))


def _asked(group: Group, moment: np.datetime64, zone: str) -> dict[np.datetime64, list[Datastream]]:
    """Tell until when the newest of each datastream is meant: nobody knows a result before its window is over."""
    windows = {one.name: window_of().get(one.name) for one in group.inputs if one.derived}
    until = {
        name: edges(window, moment, moment + MOMENT, zone)[0] - MOMENT for name, window in windows.items() if window
    }
    asked: dict[np.datetime64, list[Datastream]] = defaultdict(list)
    for stream in group.streams():
        asked[until.get(stream.observed_property, moment)].append(stream)
    return asked
