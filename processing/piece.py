"""One indicator's windows of one kind for some things: what a formula computes at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.calendar import NOW, ROLLED, local_days
from processing.indicator import EVENT, Given
from processing.lazily import lazily
from processing.windows import milliseconds
from sensors.model import Datastream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from processing.due import Touched
    from processing.group import Group
    from processing.indicator import Indicator, Results
    from processing.region import Region
    from processing.rows import Rows


@dataclass(frozen=True)
class Known:
    """What is known of the things of a group, for all pieces that are made of it."""

    every: Mapping[str, Rows]
    """All rows by observed property, examined."""
    _found: tuple[dict[Any, Any], dict[Any, Any]] = field(default_factory=lambda: ({}, {}), repr=False)

    @lazily
    def usable(self) -> Mapping[str, Rows]:
        """Those that neither failed nor are missing."""
        return {name: rows.usable() for name, rows in self.every.items()}

    @lazily
    def told(self) -> Mapping[str, NDArray[np.bool_]]:
        """Which things there are any rows of, by observed property. Each of shape (s,)."""
        return {name: rows.told() for name, rows in self.every.items()}

    def of(self, indicator: Indicator) -> tuple[Mapping[str, Rows], dict[Any, Any]]:
        """Give the rows that an indicator asks for, and what other formulas have found of the same, see ``Given``."""
        return (self.every if indicator.every_row else self.usable), self._found[indicator.every_row]


@dataclass(frozen=True, slots=True)
class Piece:
    """One indicator's windows of one kind that are computed at once."""

    indicator: Indicator
    window: str
    """A kind of window, or EVENT for what happened in quarter hours."""
    edges: NDArray[np.datetime64]
    """UTC, shape (m + 1,)."""
    due: NDArray[np.bool_]
    """Which windows are wanted for which thing, shape (s, m)."""
    region: Region
    touched: Touched | None = None
    """Where rows have changed, if nothing but that makes the windows due."""

    def narrowed(self, usable: Mapping[str, Rows], told: Mapping[str, NDArray[np.bool_]]) -> Piece | None:
        """Leave out windows that come out as before, since other readings lie between them and what has changed.

        By property the usable rows near what has changed or all of them, and of which things there are any, shape (s,).
        """
        if self.touched is None or self.indicator.neighbours is None:
            return self
        start, end = self.edges[:-1].view(np.int64), self.edges[1:].view(np.int64)
        near = np.zeros_like(self.due)
        for name, rows in usable.items():
            ahead = not self.indicator.lookahead_of or name in self.indicator.lookahead_of
            span = self.touched.between(rows, self.indicator.neighbours.readings) if ahead else self.touched
            span = span.reaching(self.indicator.neighbours, self.region.zone)
            mine = (end > span.first[:, np.newaxis]) & (start < span.last[:, np.newaxis])
            near |= mine & told[name][:, np.newaxis]
        return self.of(self.due & near)

    def of(self, due: NDArray[np.bool_]) -> Piece | None:
        """Keep the windows from the first to the last of those told, shape (s, m), where there is one."""
        columns = np.flatnonzero(due.any(axis=0))
        if not len(columns):
            return None
        first, last = columns[0], columns[-1] + 1
        return replace(self, edges=self.edges[first : last + 1], due=due[:, first:last])

    def by_site(self, group: Group) -> Iterator[Piece]:
        """Part windows that are made of days where a site changed between their beginnings: each counts its own."""
        if self.window not in ROLLED:
            yield self
            return
        changed = np.searchsorted(group.changes, self.edges[:-1].view(np.int64), side="right")
        for times in np.unique(changed):
            piece = self.of(self.due & (changed == times))
            if piece is not None:
                yield piece

    def streams(self, group: Group, part: str = "") -> tuple[Datastream, ...]:
        """Name where the results of each thing go, or one part of them."""
        name = self.indicator.property_name(self.window, part)
        return Datastream.of_each([thing.id for thing in group.targets], name, derived=True)

    def every_stream(self, group: Group) -> tuple[Datastream, ...]:
        """Name all that results go to."""
        parts = ("",) if self.window == EVENT else ("", *(part.name for part in self.indicator.parts))
        return tuple(stream for part in parts for stream in self.streams(group, part))

    @property
    def sited(self) -> int:
        """Give the instant as of which sites count: when the local day of its first window began. [ms].

        So the windows of a day agree with each other, and a longer one counts its site as it was when it began,
        whichever of them are computed at once; see ``by_site``.
        """
        first = self.edges[:1]
        if self.window not in (NOW, *ROLLED) and len(first):
            first = local_days(first[0], first[0] + np.timedelta64(1, "ms"), self.region.zone)
        return int(first.view(np.int64)[0])

    def given(self, group: Group, known: Known) -> Given:
        """Put together what the formula may know, from rows that reach as far as ``reach``."""
        rows, found = known.of(self.indicator)
        sited = self.sited
        return Given(
            window=self.window,
            edges=self.edges,
            rows=rows,
            sites=[thing.site(sited) for thing in group.things],
            exchanges=group.exchanges,
            places=group.places,
            zone=self.region.zone,
            land=self.region.land,
            members=group.members,
            cells=group.cells,
            households=group.households,
            found=found,
        )

    def ready(self, known_until: NDArray[np.int64], results: Results, now: int) -> NDArray[np.bool_]:
        """Tell which windows need not wait: a further row has come, or patience is at an end. Shape (s, m).

        ``known_until`` [ms] has shape (s,). A group waits for as many of its members as it needs for a value.
        """
        end = self.edges[1:].view(np.int64)
        patient = end + milliseconds(np.timedelta64(self.indicator.patience)) <= now
        if self.indicator.of_groups:
            return patient | ~np.isnan(results.value)
        ready: NDArray[np.bool_] = (known_until[:, np.newaxis] >= end) | patient
        return ready

    def reach(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the half-open span of rows that can matter."""
        first, last = np.timedelta64(self.indicator.lookback), np.timedelta64(self.indicator.lookahead)
        return self.edges[0] - first, self.edges[-1] + last + np.timedelta64(1, "ms")
