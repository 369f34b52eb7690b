"""Keeps the indicators of a store up to date: computes what new observations and the clock have made due.

The worker remembers in the catalogue how far it has followed the store's changes and until when it has closed windows.
It moves on only after its results are durable: whatever interrupts it, the next step computes the same again, and equal
results are not written twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from processing import due
from processing.backfill import Span, backfill
from processing.calendar import QUARTER_HOUR
from processing.group import Spans
from processing.portion import Report, portions
from processing.region import Region
from processing.roster import Roster
from processing.windows import milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.backfill import Crew, Told
    from processing.group import Group
    from processing.portion import Demand, Portion
    from storage.catalogue import Catalogue
    from storage.store import Changes, Store


ROUNDS = 8
"""Results are what further indicators are made of: so many times a step looks at what it has written itself."""


class Worker:
    """Computes the indicators of a store. One worker per name, stepped by one thread at a time."""

    def __init__(
        self, store: Store, catalogue: Catalogue, *, region: Region | None = None, name: str = "processing"
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._region = region or Region()
        self._name = name
        self._clock = f"{name} clock"
        self._roster = Roster(catalogue)

    def step(self, now: datetime) -> Report:
        """Compute what has become due since the last step: windows that changes touch, and windows that closed.

        Raises StoreBusyError when the store cannot take the results now (the next step does the same work), ValueError
        when ``now`` has no zone.
        """
        began, moment, closing = perf_counter(), _milliseconds(now), _last_edge(_milliseconds(now))
        position, clock = self._catalogue.position(self._name), self._catalogue.position(self._clock)
        changes = self._store.changes(position)
        report = self._changed(changes, closing, moment)
        if 0 < clock < closing:
            report += self._closed(clock, closing, moment)
        followed, further = self._followed(changes.version, closing, moment)
        self._move(self._name, position, followed)
        self._move(self._clock, clock, max(clock, closing))
        return replace(report + further, seconds=perf_counter() - began)

    def recompute(
        self, start: datetime, end: datetime, now: datetime, *, crew: Crew | None = None, told: Told | None = None
    ) -> Report:
        """Compute again every closed window that touches the half-open span [start, end); see ``backfill``."""
        moment = _milliseconds(now)
        span = Span(_milliseconds(start), _milliseconds(end), _last_edge(moment), moment)
        return backfill(self._store, self._roster.groups(), span, self._region, crew=crew, told=told)

    def _followed(self, version: int, closing: int, moment: int) -> tuple[int, Report]:
        """Compute what is made of results written just now, and of what is made of these."""
        report = Report()
        for _ in range(ROUNDS):
            changes = self._store.changes(version)
            if changes.version == version:
                break
            report += self._changed(changes, closing, moment)
            version = changes.version
        return version, report

    def _changed(self, changes: Changes, closing: int, moment: int) -> Report:
        """Compute the windows to which changed rows matter."""
        report = Report()
        if not changes.datastreams:
            return report
        spans = Spans.sorted(changes.datastreams, changes.first, changes.last)
        for group in self._roster.groups():
            touched = group.touched(spans)
            demands = [(one, due.changed(one, touched, closing)) for one in group.indicators]
            report += self._compute(group, demands, moment)
        return report

    def _closed(self, before: int, closing: int, moment: int) -> Report:
        """Compute the windows that have closed since, or have waited long enough."""
        report = Report()
        for group in self._roster.groups():
            newest = self._store.latest(group.streams())
            streams = [newest.datastreams[code] for code in newest.datastream]
            known = group.touched(Spans.sorted(streams, newest.phenomenon_time, newest.phenomenon_time))
            demands = [(one, each) for one in group.indicators for each in due.closed(one, known, before, closing)]
            report += self._compute(group, demands, moment)
        return report

    def _compute(self, group: Group, demands: Sequence[Demand], moment: int) -> Report:
        report = Report()
        for portion in portions(group, demands, self._region):
            report += self._write(portion, moment)
        return report

    def _write(self, portion: Portion, moment: int) -> Report:
        """Read once what all pieces are made of, compute them, and write what is new or different."""
        done = portion.compute(self._store.read(portion.inputs()), self._store.read(portion.results()), moment)
        if len(done.news):
            self._store.write(done.news)
        return done.report()

    def _move(self, name: str, position: int, further: int) -> None:
        if further != position:
            self._catalogue.set_position(name, further)


def _milliseconds(moment: datetime) -> int:
    """Read an instant. Raises ValueError where it has no zone. [ms since 1970 UTC]."""
    if moment.tzinfo is None:
        raise ValueError(f"'{moment}' has no zone, so it is no instant. Use datetime.now(UTC) or give it a zone.")
    return int(np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "ms").astype(np.int64))


def _last_edge(moment: int) -> int:
    """Give the last instant at which windows closed: every edge lies at a full quarter hour. [ms]."""
    step = milliseconds(QUARTER_HOUR)
    return moment // step * step
