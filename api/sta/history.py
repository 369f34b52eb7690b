"""Observations as a collection: filtered, in order, page by page, counted; the work for each request is bounded.

A page may be shorter than it might be, where many rows were looked at and few chosen: it has a next link then, which
goes on behind what was looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from api.paging import decode_cursor, encode_cursor
from api.sta.bounds import Parts, parts_of
from api.sta.observed import Observed, Sources
from api.sta.options import MOST_SKIPPED
from api.sta.refusals import too_much, wrong
from api.sta.rows import IDS
from api.sta.tree import Path
from api.sta.walk import Walk
from storage.coded import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.sta.evaluate import Asked
    from api.sta.options import Key, Options

MOST_SEEN = 2_000_000
"""Rows looked at for one page."""
MOST_COUNTED = 5_000_000
MOST_SORTED = 200_000
"""Rows put into an order that is not that of time."""
LEAST_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """Some observations in their order."""

    rows: Observed
    cursor: str | None = None
    """Where the next page begins, in the order of time,"""
    skip: int | None = None
    """or how many are before it; neither where it was the last."""


@dataclass(frozen=True, slots=True)
class History:
    """The observations of some datastreams, as far as a filter admits them."""

    sources: Sources
    parts: Parts
    asked: Asked
    """For sentences about the filter,"""
    ordering: Asked
    """and about the order."""

    @classmethod
    def of(cls, sources: Sources, options: Options, asked: Asked, ordering: Asked) -> History:
        """Take the observations that options choose."""
        parts = parts_of(options.filter, asked, sources)
        if parts.of_sources is not None:
            chosen = sources.rows[asked.chosen(parts.of_sources, sources)]
            sources = replace(sources, rows=chosen)
        return cls(sources, parts, asked, ordering)

    def page(self, options: Options, limit: int) -> Page:
        """Give the first page, or the one that a cursor tells. Raises ProblemError where that is too much work."""
        if options.skip > MOST_SKIPPED:
            why = f"it passes over {options.skip} observations, of at most {MOST_SKIPPED}: filter by time."
            raise wrong("$skip", str(options.skip), 0, why)
        backwards = in_time(options.order, one=len(self.sources) == 1)
        if limit == 0:
            return Page(Observed.none(self.sources.entities, self.sources.services))
        return self._sorted(options, limit) if backwards is None else self._in_time(options, limit, backwards=backwards)

    def count(self) -> int:
        """Count all of them. Raises ProblemError where too many must be looked at."""
        if self.parts.of_rows is None:
            streams = self.sources.streams()
            return int(self.sources.services.store.spans(streams).count.sum()) if streams else 0
        counted = seen = 0
        for block, _ in self._walk(backwards=True).blocks(MOST_SORTED):
            seen += len(block)
            if seen > MOST_COUNTED:
                detail = (
                    f"More than {MOST_COUNTED} observations would have to be looked at to count those of this filter."
                )
                raise too_much(f"{detail} Name a span of time (phenomenonTime ge ... and phenomenonTime lt ...).")
            counted += len(self._chosen(block))
        return counted

    def _in_time(self, options: Options, limit: int, *, backwards: bool) -> Page:
        found: list[Observed] = []
        skip, seen, have = options.skip, 0, 0
        cursor = _read(options.cursor)
        for block, boundary in self._walk(backwards=backwards, cursor=cursor).blocks(self._block(limit + 1 + skip)):
            seen += len(block)
            rows = self._behind(self._ordered(self._chosen(block), backwards=backwards), cursor, backwards=backwards)
            left = rows.at(np.arange(min(skip, len(rows)), len(rows)))
            skip -= len(rows) - len(left)
            found.append(left)
            have += len(left)
            if have > limit:
                break
            if seen >= MOST_SEEN:
                return Page(joined(found, self._none()), cursor_at(boundary - 1 if backwards else boundary, ""))
        rows = joined(found, self._none())
        if len(rows) <= limit:
            return Page(rows)
        page = rows.at(np.arange(limit))
        return Page(page, last_of(page))

    def _sorted(self, options: Options, limit: int) -> Page:
        """Put all rows in another order than that of time."""
        found: list[Observed] = []
        have = seen = 0
        for block, _ in self._walk(backwards=True).blocks(MOST_SORTED):
            found.append(self._chosen(block))
            have, seen = have + len(found[-1]), seen + len(block)
            if have > MOST_SORTED or seen > MOST_COUNTED:
                detail = f"Of observations only {MOST_SORTED} are put into another order than that of phenomenonTime."
                raise too_much(f"{detail} Name a span of time in $filter, or order by phenomenonTime.")
        rows = self._ordered(joined(found, self._none()), backwards=True)
        order = self.ordering.order(options.order, rows)
        page = rows.at(order[options.skip : options.skip + limit])
        further = options.skip + limit
        return Page(page, skip=further if further < len(rows) else None)

    def _none(self) -> Observed:
        return Observed.none(self.sources.entities, self.sources.services)

    def _walk(self, *, backwards: bool, cursor: tuple[int, str] | None = None) -> Walk:
        start, end = self.parts.start, self.parts.end
        if cursor is not None:
            start, end = (start, min(end, cursor[0] + 1)) if backwards else (max(start, cursor[0]), end)
        return Walk(self.sources, start, end, backwards)

    def _block(self, wanted: int) -> int:
        """Tell how many rows to read at a time: more where a filter will leave most of them out."""
        return max(wanted, LEAST_AT_ONCE) if self.parts.of_rows is not None else wanted

    def _chosen(self, rows: Observed) -> Observed:
        return rows if self.parts.of_rows is None else rows.at(self.asked.chosen(self.parts.of_rows, rows))

    def _ordered(self, rows: Observed, *, backwards: bool) -> Observed:
        return rows.at(np.lexsort((rows.stream, -rows.start if backwards else rows.start)))

    def _behind(self, rows: Observed, cursor: tuple[int, str] | None, *, backwards: bool) -> Observed:
        """Leave out what was given before."""
        if cursor is None:
            return rows
        time, name = cursor
        later = rows.start < time if backwards else rows.start > time
        place = bisect_right(self.sources.entities.ids("Datastreams"), name)
        return rows.at(later | ((rows.start == time) & (rows.stream >= place)))


def in_time(order: Sequence[Key], *, one: bool) -> bool | None:
    """Tell whether an order is that of time, backwards or not; the newest come first where nothing is said.

    Of ``one`` datastream the order of ids is that of time. None for any other order.
    """
    if not order:
        return True
    first, *rest = order
    ids = [isinstance(key.by, Path) and key.by.steps in {(name,) for name in IDS} for key in order]
    times = isinstance(first.by, Path) and first.by.steps == ("phenomenonTime",)
    settled = all(ids[1:]) and not any(key.descending for key in rest)
    return first.descending if (times and settled) or (one and all(ids)) else None


def last_of(page: Observed) -> str:
    """Write where the page behind the last row begins."""
    return cursor_at(int(page.start[-1]), page.entities.streams[page.stream[-1]].name)


def cursor_at(time: int, name: str) -> str:
    """Write where a page begins: behind a row, or behind a time where no name is given."""
    return encode_cursor((time, name))


def _read(cursor: str | None) -> tuple[int, str] | None:
    found: tuple[int, str] | None = None if cursor is None else decode_cursor(cursor, tuple[int, str])
    return found


def joined(parts: Sequence[Observed], none: Observed) -> Observed:
    """Put rows behind each other."""
    some = [part for part in parts if len(part)]
    if len(some) < 2:
        return some[0] if some else none
    return replace(none, batch=together([part.batch for part in some], none.entities.streams))
