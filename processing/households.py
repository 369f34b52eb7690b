"""Households among the things: which of them count in the values of groups, and together with whom.

What a group's values tell must rest on a crowd. Households whose groups are all the same (the same kind, district,
operator, site, ...) are a cell; a household counts in a group's value only together with enough others of its cell. So
every group is made of whole cells, and whatever is computed of the values of several groups (the city less all other
districts) rests on whole cells again: on as many households as one needs, or on none.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from processing.indicators import with_forecasts
from processing.scopes import names_of
from sensors.households import households as marked
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from processing.rows import Rows
    from sensors.model import Thing


@cache
def references() -> frozenset[str]:
    """Name the site properties by which a thing's indicators are made of what another thing observes."""
    return frozenset(name for one in with_forecasts() for name in one.references.values())


def households(things: Iterable[Thing]) -> frozenset[str]:
    """Give the ids of households' things, those that are made of what one observes among them."""
    return marked(things, references())


def cells(things: Iterable[Thing]) -> Mapping[str, int]:
    """Give the number of each household's cell, by its id."""
    every = tuple(things)
    own = households(every)
    numbers: dict[tuple[str, ...], int] = {}
    return {
        thing.id: numbers.setdefault((thing.kind, *names_of(thing)), len(numbers)) for thing in every if thing.id in own
    }


def counted(things: Iterable[Thing], cell: Mapping[str, int], least: int) -> tuple[Thing, ...]:
    """Leave out the households whose cell has fewer than ``least`` of them: no value of a group is made of these."""
    many = Counter(cell.values())
    return tuple(thing for thing in things if thing.id not in cell or many[cell[thing.id]] >= least)


def in_company(present: NDArray[np.bool_], cell: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """Keep the households that are present together with enough others of their cell. Shape (s, m), as ``present``.

    ``cell``, shape (s,), is below 0 for what is no household.
    """
    mine = cell >= 0
    if not mine.any():
        return present
    found = present.copy()
    count = np.zeros((int(cell.max()) + 1, present.shape[1]), dtype=np.int64)
    np.add.at(count, cell[mine], present[mine])
    found[mine] &= count[cell[mine]] >= least
    return found


def rows_in_company(rows: Rows, cell: NDArray[np.int64], least: int) -> Rows:
    """Keep of households the usable rows of instants at which enough of their cell have one; ``cell`` as above."""
    of = cell[rows.series] if len(rows) else np.empty(0, dtype=np.int64)
    if not (of >= 0).any():
        return rows
    usable = (rows.quality != Quality.FAIL) & (rows.quality != Quality.MISSING)
    places = np.flatnonzero((of >= 0) & usable)
    pairs = np.stack([of[places], rows.time[places]])
    _, which, count = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    keep = of < 0
    keep[places[count[which.reshape(-1)] >= least]] = True
    return rows.take(keep)
