"""What is true now: the indicators that have a window ``now``, computed when somebody asks and never stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import NOW, QUARTER_HOUR
from processing.piece import Known, Piece
from sensors.model import TIME
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from processing.group import Group
    from processing.indicator import Indicator, Results
    from processing.region import Region
    from sensors.model import Batch, Thing
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
    known = Known(group.rows(_read(store, group, moment), int(moment.astype(np.int64))))
    end = moment + MOMENT
    span = np.array([end - QUARTER_HOUR, end])
    for indicator in group.indicators:
        due = np.ones((len(group.targets), 1), dtype=bool)
        piece = Piece(indicator, NOW, span, due, region)
        yield Present(indicator, group.targets, indicator.compute(piece.given(group, known)))


def _read(store: Store, group: Group, moment: np.datetime64) -> Batch:
    """Read what can matter: nothing later than the instant, which itself is still part of the present."""
    lookback = max(indicator.lookback for indicator in group.indicators)
    if lookback == timedelta(0):
        return store.latest(group.streams(), moment)
    start = moment - QUARTER_HOUR - np.timedelta64(lookback)
    return store.read(Query(datastreams=group.streams(), start=start, end=moment + MOMENT))
