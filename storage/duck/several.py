"""Several questions as one: the newest rows, in no order by datastream, are passed over once for all of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from sensors.model import TIME
from storage.duck.file import columns
from storage.duck.month import HOT, hot_within, told, within
from storage.duck.reading import COLUMNS, FARTHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from storage.duck.file import Connection
    from storage.duck.month import Month

    Ask = Callable[[Connection, tuple[Month, ...]], list[NDArray[Any]]]
    """Asks by a single statement, given the months that have a table."""


class Asked(NamedTuple):
    """The rows of some datastreams in a half-open span [ms]."""

    codes: NDArray[np.int32]
    start: int
    end: int


def found(asked: Sequence[Asked], connection: Connection, months: tuple[Month, ...]) -> list[NDArray[Any]]:
    """Ask for ``COLUMNS`` and ``place`` of all that is asked, by a single statement and in no order."""
    connection.register("wanted", wanted(asked))
    return columns(connection, question(asked, months))


def wanted(asked: Sequence[Asked]) -> pa.Table:
    """Name each datastream of each question, with its span; ``place`` counts on from question to question."""
    sizes = [len(one.codes) for one in asked]
    return pa.table(
        {
            "datastream": np.concatenate([one.codes for one in asked]),
            "place": np.arange(sum(sizes)),
            "since": np.repeat(_instants([one.start for one in asked]), sizes),
            "until": np.repeat(_instants([one.end for one in asked]), sizes),
        }
    )


def _instants(limits: Sequence[int]) -> NDArray[np.datetime64]:
    return np.array([min(max(limit, -FARTHEST), FARTHEST) for limit in limits], dtype=np.int64).view(TIME)


def question(asked: Sequence[Asked], months: Iterable[Month]) -> str:
    """Ask for ``COLUMNS`` and ``place`` of what is ``wanted``, in no order.

    Months are asked question by question: they lie in order, so what is not asked for is not looked at.
    """
    start, end = min(one.start for one in asked), max(one.end for one in asked)
    hot = (
        f"SELECT {HOT}, place FROM observation JOIN wanted USING (datastream) "  # noqa: S608 - own names
        f"WHERE {hot_within(start, end)} AND phenomenon_time >= since AND phenomenon_time < until"
    )
    limits = _limits(asked).tolist()
    settled = [
        f"SELECT {COLUMNS}, place FROM ({told(month, within(month, one.start, one.end))}) JOIN "  # noqa: S608 - own names
        f"(SELECT datastream, place FROM wanted WHERE place >= {first} AND place < {behind}) USING (datastream)"
        for month in months
        for one, (first, behind) in zip(asked, pairwise(limits), strict=True)
        if month.touches(one.start, one.end)
    ]
    return " UNION ALL ".join([hot, *settled])


def parts(asked: Sequence[Asked], place: NDArray[Any]) -> list[slice]:
    """Tell which rows are of which question once they are in the order of ``place``."""
    limits = _limits(asked)
    before = np.append(0, np.cumsum(np.bincount(place, minlength=limits[-1])))[limits]
    return [slice(first, end) for first, end in pairwise(before.tolist())]


def _limits(asked: Sequence[Asked]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(one.codes) for one in asked)])
