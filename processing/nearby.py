"""Readings near what has changed: they tell of most windows that these come out as before, so the rest is not read.

A day and what it is made of reach far, and while it may still change every reading could. Where as many readings lie in
between as ``Indicator.neighbours`` says, it does not: a look at an hour or two before spares that at days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from storage.store import Query, read_each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processing.portion import Portion
    from sensors.model import Batch
    from storage.store import Store

NEAR = 2 * 3_600_000
"""So far before and after what has changed readings are looked at: eight of a meter read each quarter hour. [ms]"""
WORTH = 4
"""Only where what all is made of spans so many times as much."""


def narrowed(store: Store, some: Sequence[Portion]) -> list[Portion]:
    """Leave out windows that come out as before as far as little tells it, and portions of which none is left."""
    spans = [_near(portion) for portion in some]
    near = [(portion, span) for portion, span in zip(some, spans, strict=True) if span is not None]
    if not near:
        return list(some)
    read = iter(read_each(store, [_query(*one) for one in near]))
    found = [
        portion if span is None else _narrowed(portion, next(read), span, _told(store, portion))
        for portion, span in zip(some, spans, strict=True)
    ]
    return [portion for portion in found if portion.pieces]


def _near(portion: Portion) -> tuple[int, int] | None:
    """Give the half-open span [ms] near what has changed, None where all may as well be read."""
    touched = [piece.touched for piece in portion.pieces if piece.indicator.neighbours is not None]
    spans = [(int(one.first.min()), int(one.last.max())) for one in touched if one is not None]
    if len(spans) < len(portion.pieces):
        return None
    start, end = min(first for first, _ in spans) - NEAR, max(last for _, last in spans) + NEAR + 1
    first, last = portion.reach()
    return (start, end) if WORTH * np.timedelta64(end - start, "ms") < last - first else None


def _query(portion: Portion, span: tuple[int, int]) -> Query:
    """Ask for the rows of a span, and for those that can matter to their flags."""
    reach = portion.group.reach
    start, end = np.array([span[0] - reach.before, span[1] + reach.after]).view(TIME)
    return Query(datastreams=portion.group.streams(), start=start, end=end)


def _narrowed(portion: Portion, read: Batch, span: tuple[int, int], told: Mapping[str, NDArray[np.bool_]]) -> Portion:
    try:
        usable = portion.known(read).usable
        return portion.narrowed({name: rows.between(*span) for name, rows in usable.items()}, told)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a check raises for some thing: ``processing.apart`` finds out for which
        return portion


def _told(store: Store, portion: Portion) -> Mapping[str, NDArray[np.bool_]]:
    """Tell by property which things have ever told it: of those alone readings may lie farther away. Each (s,)."""
    group = portion.group
    newest = store.latest(group.streams())
    known = {newest.datastreams[code] for code in newest.datastream.tolist()}
    return {one.name: np.array([stream in known for stream in one.streams(group.things)]) for one in group.inputs}
