"""Keeps the indicators of a store up to date: computes what new observations and the clock have made due.

The worker remembers in the catalogue how far it has followed the store's changes and until when it has closed windows.
It moves on only after its results are durable: whatever interrupts it, the next step computes the same again, and equal
results are not written twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from processing import due, happened
from processing.calendar import QUARTER_HOUR
from processing.group import Spans
from processing.piece import portions
from processing.region import Region
from processing.roster import Roster
from processing.stored import batch_of, joined, stored
from processing.windows import milliseconds
from sensors.model import TIME, Batch
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processing.group import Group
    from processing.indicator import Given, Results
    from processing.piece import Demand, Piece
    from processing.rows import Rows
    from sensors.model import Datastream
    from storage.catalogue import Catalogue
    from storage.store import Changes, Store


ROUNDS = 8
"""Results are what further indicators are made of: so many times a step looks at what it has written itself."""

_NEWEST = 1 << 62
"""Beyond every version: asking for changes after it tells the version and no change."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a step did."""

    windows: int = 0
    """Windows computed, counted per indicator and thing."""
    written: int = 0
    """Results that were new or different."""
    revised: int = 0
    """Those of them that took the place of an earlier result."""
    seconds: float = 0.0

    def __add__(self, other: Report) -> Report:
        return Report(
            self.windows + other.windows,
            self.written + other.written,
            self.revised + other.revised,
            self.seconds + other.seconds,
        )


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

    def recompute(self, start: datetime, end: datetime, now: datetime) -> Report:
        """Compute again every closed window that touches the half-open span [start, end).

        Results that come out the same stay as they are; the others get the next revision. Raises as ``step`` does.
        """
        began, moment = perf_counter(), _milliseconds(now)
        span = _milliseconds(start), _milliseconds(end)
        report, version = Report(), self._store.changes(_NEWEST).version
        for group in self._roster.groups():
            held = self._store.spans(group.streams())
            known = group.touched(Spans.sorted(held.datastreams, held.first, held.last))
            demands = [(one, due.asked(one, known, *span, _last_edge(moment))) for one in group.indicators]
            report += self._compute(group, demands, moment)
        _, further = self._followed(version, _last_edge(moment), moment)
        return replace(report + further, seconds=perf_counter() - began)

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
        for some, pieces in portions(group, demands, self._region):
            report += self._write(some, pieces, moment)
        return report

    def _write(self, group: Group, pieces: Sequence[Piece], moment: int) -> Report:
        """Read once what all pieces are made of, compute them, and write what is new or different."""
        reaches = [piece.reach() for piece in pieces]
        start, end = min(first for first, _ in reaches), max(last for _, last in reaches)
        rows = group.rows(self._store.read(Query(datastreams=group.streams(), start=start, end=end)))
        held = self._held(group, pieces)
        done = [_news(group, piece, rows, held, moment) for piece in pieces]
        batch = joined([news for _, news in done])
        if len(batch):
            self._store.write(batch)
        return Report(sum(windows for windows, _ in done), len(batch), int(np.count_nonzero(batch.revision > 0)))

    def _held(self, group: Group, pieces: Sequence[Piece]) -> Batch:
        streams = [stream for piece in pieces for stream in (*piece.every_stream(group), *piece.events(group))]
        start, end = min(piece.edges[0] for piece in pieces), max(piece.edges[-1] for piece in pieces)
        return self._store.read(Query(datastreams=list(dict.fromkeys(streams)), start=start, end=end))

    def _move(self, name: str, position: int, further: int) -> None:
        if further != position:
            self._catalogue.set_position(name, further)


def _news(group: Group, piece: Piece, rows: Mapping[str, Rows], held: Batch, moment: int) -> tuple[int, Batch]:
    """Compute a piece; count its windows, and give the results that are to be written."""
    given, now = piece.given(group, rows), np.datetime64(moment, "ms").astype(TIME)
    results = piece.indicator.compute(given)
    wanted = piece.due & piece.ready(group.known_until(rows), results, moment)
    parts = {"": results, **{name: results.part(name) for name in results.parts}}
    news = [
        _news_of(piece, piece.streams(group, name), part, held, wanted=wanted, now=now) for name, part in parts.items()
    ]
    news += _events(group, piece, given, held, now)
    return int(np.count_nonzero(wanted)), joined(news)


def _news_of(
    piece: Piece,
    streams: Sequence[Datastream],
    results: Results,
    held: Batch,
    *,
    wanted: NDArray[np.bool_],
    now: np.datetime64,
) -> Batch:
    starts = piece.edges[:-1]
    before = stored(held, streams, starts)
    return batch_of(results, before, wanted & before.news(results), streams, starts, now=now)


def _events(group: Group, piece: Piece, given: Given, held: Batch, now: np.datetime64) -> list[Batch]:
    """Give what is new of the events in the span of a piece, where it is the one that tells of them."""
    happenings, streams = piece.indicator.happenings, piece.events(group)
    if happenings is None or not streams:
        return []
    return [happened.news(happenings(given), held, streams, (piece.edges[0], piece.edges[-1]), now)]


def _milliseconds(moment: datetime) -> int:
    """Read an instant. Raises ValueError where it has no zone. [ms since 1970 UTC]."""
    if moment.tzinfo is None:
        raise ValueError(f"'{moment}' has no zone, so it is no instant. Use datetime.now(UTC) or give it a zone.")
    return int(np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "ms").astype(np.int64))


def _last_edge(moment: int) -> int:
    """Give the last instant at which windows closed: every edge lies at a full quarter hour. [ms]."""
    step = milliseconds(QUARTER_HOUR)
    return moment // step * step
