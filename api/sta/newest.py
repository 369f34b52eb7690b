"""The observations told along with datastreams and places: of each the newest, or the first of a list of its own.

The newest of every datastream are one look into memory. Anything else is read datastream by datastream, of which a
request may want so many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from api.sta.bounds import parts_of
from api.sta.history import History, cursor_at, in_time, joined
from api.sta.observed import Observed, Sources
from api.sta.options import MOST_TOP
from api.sta.refusals import too_much

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from api.sta.entities import Index
    from api.sta.evaluate import Asked
    from api.sta.options import Options
    from api.sta.rows import Rows

MOST_LISTS = 2000
"""Lists read one by one for a request."""
MOST_TOLD = 100_000
"""Observations told along in an answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """Observations of several parents: of each some that follow each other, parents in their order."""

    rows: Observed
    parent: Index
    cursors: Sequence[str | None]
    """For each parent where its list goes on,"""
    skips: Sequence[int | None]
    """or how many are before that; neither where it is whole."""
    counts: Sequence[int] | None


def told_along(parents: Rows, options: Options, asked: Asked) -> Told:
    """Give the observations that belong to rows of Datastreams or FeaturesOfInterest. Raises ProblemError."""
    lists = _lists(parents)
    limit = min(options.limit(1, MOST_TOP), max(1, MOST_TOLD // max(1, len(parents))))
    newest = in_time(options.order, one=parents.set.name == "Datastreams")
    if limit == 1 and newest and not options.skip and not options.count:
        return _newest(parents, lists, options, asked)
    _bear(len(parents))
    found = [_of_one(parents, mine, options, asked, limit) for mine in lists]
    return _together(parents, found)


_One = tuple[Observed, str | None, int | None, int]


def _lists(parents: Rows) -> list[Index]:
    """Give the rows of the datastreams of each parent."""
    if parents.set.name == "Datastreams":
        return list(parents.rows[:, np.newaxis])
    streams, parent = parents.entities.many("Things", "Datastreams").of_rows(parents.rows)
    return np.split(streams, np.searchsorted(parent, np.arange(1, len(parents)))) if len(parents) else []


def _newest(parents: Rows, lists: Sequence[Index], options: Options, asked: Asked) -> Told:
    """Look the newest up, and read those of which the newest is not meant."""
    every = np.unique(np.concatenate([np.empty(0, dtype=np.intp), *lists]))
    entities, services = parents.entities, parents.services
    latest = Observed.of(entities, services, services.store.latest([entities.streams[row] for row in every]))
    place = np.full(len(entities.streams), -1)
    place[latest.stream] = np.arange(len(latest))
    sources = Sources(entities, services, every)
    mask = np.ones(len(latest), dtype=bool)
    start = np.iinfo(np.int64).min
    if options.filter is not None:
        mask = asked.chosen(options.filter, latest)
        start = parts_of(options.filter, asked, sources).start
    found = _best([place[mine] for mine in lists], latest.start)
    there = found >= 0
    sure = np.flatnonzero(there & np.append(mask, False)[found])
    unsure = np.flatnonzero(there & ~np.append(mask, True)[found] & (np.append(latest.start, start)[found] >= start))
    _bear(len(unsure))
    read = {number: _of_one(parents, lists[number], options, asked, 1) for number in unsure.tolist()}
    return _merged(parents, sure, latest.at(found[sure]), read)


def _best(places: Sequence[Index], start: NDArray[np.int64]) -> Index:
    """Choose the newest among the newest of each parent's datastreams; -1 where there is none."""
    every = np.concatenate([np.empty(0, dtype=np.intp), *places])
    parent = np.repeat(np.arange(len(places)), [len(one) for one in places])
    parent, every = parent[every >= 0], every[every >= 0]
    order = np.lexsort((-every, start[every], parent))
    best = np.full(len(places), -1)
    best[parent[order]] = every[order]
    return best


def _merged(parents: Rows, sure: Index, shown: Observed, read: dict[int, _One]) -> Told:
    parts = [shown, *(one[0] for one in read.values())]
    of_read = [np.full(len(one[0]), number) for number, one in read.items()]
    parent = np.concatenate([sure, *of_read]).astype(np.intp)
    order = np.argsort(parent, kind="stable")
    rows = joined(parts, Observed.none(parents.entities, parents.services)).at(order)
    cursors: list[str | None] = [None] * len(parents)
    names = parents.entities.ids("Datastreams")
    ways = zip(parent[order].tolist(), rows.start.tolist(), rows.stream.tolist(), strict=True)
    for number, time, stream in ways:
        # Whether there is an older one is not looked up: the link may lead to an empty page.
        cursors[number] = cursor_at(time, names[stream])
    return Told(rows, parent[order], cursors, [None] * len(parents), None)


def _of_one(parents: Rows, streams: Index, options: Options, asked: Asked, limit: int) -> _One:
    history = History.of(Sources(parents.entities, parents.services, streams), options, asked, asked)
    page = history.page(options, limit)
    return page.rows, page.cursor, page.skip, history.count() if options.count else 0


def _together(parents: Rows, found: Sequence[_One]) -> Told:
    rows = joined([one[0] for one in found], Observed.none(parents.entities, parents.services))
    parent = np.repeat(np.arange(len(found)), [len(one[0]) for one in found])
    return Told(rows, parent, [one[1] for one in found], [one[2] for one in found], [one[3] for one in found])


def _bear(lists: int) -> None:
    if lists > MOST_LISTS:
        detail = f"Observations of {lists} lists would have to be read one by one, of at most {MOST_LISTS}."
        raise too_much(f"{detail} Ask for fewer entities with $top, or only for the newest: $top=1, and no filter.")
