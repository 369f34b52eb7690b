"""Keeps the indicators of a store up to date: computes what new observations and the clock have made due.

The worker remembers in the catalogue how far it has followed the store's changes and until when it has closed windows.
It moves on only after its results are durable: whatever interrupts it, the next step computes the same again, and equal
results are not written twice. Several workers share the things among them (``storage.shares``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, groupby
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from processing import due, formulas, nearby
from processing.apart import Complaints, Read, computed, looked_at
from processing.backfill import Span, backfill
from processing.calendar import QUARTER_HOUR
from processing.group import Spans
from processing.moved import take_back
from processing.portion import DAYS, Report, portions, rounds
from processing.region import Region
from processing.roster import Roster
from processing.standing import Standing
from processing.stored import joined
from processing.windows import milliseconds
from sensors.households import LEAST
from storage.formulas import Again
from storage.presence import Runner
from storage.shares import COUNT, LEASE, Share
from storage.store import read_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from processing.backfill import Crew, Told
    from processing.due import Touched
    from processing.group import Group
    from processing.portion import Demand, Portion
    from storage.catalogue import Catalogue
    from storage.store import Changes, Store


WORK = "processing"
RENEW_S = LEASE / 4 / 1000
APART = np.timedelta64(DAYS, "D")
"""What a thing said so far apart is followed up apart: between a clock that began in 2000 and now lie many windows."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What a step computes at once: the shares that have come equally far."""

    numbers: tuple[int, ...]
    moment: int
    """The result time. [ms]"""
    closing: int
    """Up to when windows are closed. [ms]"""

    def mine(self, group: Group, wanted: Sequence[Demand]) -> Sequence[Demand]:
        """Leave out what is wanted of targets that are not in the shares."""
        if len(self.numbers) == COUNT:
            return wanted
        mine = np.isin(group.marks % COUNT, self.numbers)
        return [(one, each.only(mine)) for one, each in wanted]


class Worker:
    """Computes the indicators of a store, or the part of it that falls to this worker of several.

    Workers of one name share the work, so each needs a ``worker`` of its own: of two the newer replaces the older one.
    Stepped by one thread at a time.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        *,
        region: Region | None = None,
        name: str = WORK,
        worker: str = "processing-1",
        households: int = LEAST,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._region = region or Region()
        self._name = name
        self._runner = Runner(worker)
        self._roster = Roster(catalogue, households)
        self._stages: tuple[tuple[Group, ...], ...] = ()
        self._standings: tuple[Standing, ...] = ()
        self._ahead: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        """By position and shares how far each stage has followed the store; see ``_step``."""
        self._said = 0.0
        self._complaints = Complaints()
        self._noted = range(0)
        """The instants [ms] of which the catalogue knows that these formulas compute then."""

    def step(self, now: datetime) -> Report:
        """Compute what has become due since the last step: windows that changes touch, and windows that closed.

        Raises StoreBusyError when the store cannot take the results now (the next step does the same work), ValueError
        when ``now`` has no zone, and ReplacedError, for good, when another process has come under this worker's name.
        """
        began, moment, report = perf_counter(), _milliseconds(now), Report()
        shares = self._catalogue.shares.of(self._name, self._runner, _clock())
        self._note_formulas(moment)
        self._said = began
        ahead = self._known_ahead()
        for (position, clock), some in groupby(sorted(shares, key=_stand), key=_stand):
            numbers = tuple(share.number for share in some)
            # What another process noted, or this one for other shares, is where it stood by its own count.
            come = ahead.get((position, numbers)) or [self._store.resumed(position)] * len(self._stages)
            report += self._step(come, clock, _Round(numbers, moment, _last_edge(moment)))
        return replace(report, seconds=perf_counter() - began)

    def _note_formulas(self, moment: int) -> None:
        """Have the catalogue know by which formulas results of this instant are, before there are any."""
        if moment not in self._noted:
            self._noted = formulas.note(self._catalogue, moment)

    def leave(self) -> None:
        """Let go of this worker's part, so that others take it at once."""
        self._catalogue.shares.leave(self._name, self._runner)

    def _known_ahead(self) -> dict[tuple[int, tuple[int, ...]], list[int]]:
        """Take what is known of how far stages have come; nothing where they are no longer the same."""
        stages, ahead = self._roster.stages(), self._ahead
        same, self._stages, self._ahead = stages is self._stages, stages, {}
        if not same:
            self._standings = tuple(Standing(self._store, groups) for groups in stages)
        return ahead if same else {}

    def _step(self, come: Sequence[int], clock: int, of: _Round) -> Report:
        """Compute stage after stage: what is made of results is computed once, when all of these are there.

        A later stage hears of what earlier ones have just written, so it comes farther than they do. The catalogue is
        told how far the first one has come: whoever takes over follows the others from there again.
        """
        report, reached = Report(), []
        for groups, standing, after in zip(self._stages, self._standings, come, strict=True):
            changes = self._store.changes(after, APART)
            for layer in changes.layers(APART):
                report += self._changed(groups, layer, of)
            if 0 < clock < of.closing:
                report += self._closed(standing.known(changes.version), clock, of)
            reached.append(changes.version)
        if (reached[0], of.closing) != (come[0], clock):
            # Also where the clock was set back: what it closed ahead of time closes again, with the rows that came.
            stands = [Share(number, reached[0], of.closing) for number in of.numbers]
            self._catalogue.shares.note(self._name, self._runner, stands)
        self._ahead[reached[0], of.numbers] = reached
        return report

    def recompute(
        self, start: datetime, end: datetime, now: datetime, *, crew: Crew | None = None, told: Told | None = None
    ) -> Report:
        """Compute again every closed window that touches the half-open span [start, end); see ``backfill``."""
        moment = _milliseconds(now)
        span = Span(_milliseconds(start), _milliseconds(end), _last_edge(moment), moment)
        self._note_formulas(moment)
        report = backfill(self._store, self._roster.groups(), span, self._region, crew=crew, told=told)
        self._catalogue.formulas.note_again(Again(moment, span.start, min(span.end, moment)))
        return report

    def take_back(self, start: datetime, end: datetime, now: datetime) -> int:
        """Take back what a half-open span [start, end) has of another zone's windows; see ``moved``."""
        span = _milliseconds(start), _milliseconds(end)
        return take_back(self._store, self._roster.groups(), span, self._region.zone, _milliseconds(now))

    def _changed(self, groups: Iterable[Group], changes: Changes, of: _Round) -> Report:
        """Compute the windows to which changed rows matter."""
        spans = Spans.sorted(changes.datastreams, changes.first, changes.last)

        def demands() -> Iterator[tuple[Group, list[Demand]]]:
            for group in filter(spans.tell, groups):
                spanned = group.touched_by_indicator(spans)
                yield group, [(one, due.changed(one, touched, ahead, of.closing)) for one, touched, ahead in spanned]

        return self._compute(demands(), of) if changes.datastreams else Report()

    def _closed(self, standing: Iterable[tuple[Group, Touched]], before: int, of: _Round) -> Report:
        """Compute the windows that have closed since, or have waited long enough."""

        def closed(group: Group, known: Touched) -> Iterator[Demand]:
            for one in group.indicators:
                yield from ((one, each) for each in due.closed(one, known, before, of.closing))

        return self._compute(((group, list(closed(group, known))) for group, known in standing), of)

    def _compute(self, demands: Iterable[tuple[Group, Sequence[Demand]]], of: _Round) -> Report:
        report = Report()
        work = (portions(group, of.mine(group, wanted), self._region) for group, wanted in demands)
        for some in rounds(chain.from_iterable(work)):
            report += self._write(some, of.moment)
        return report

    def _write(self, some: Sequence[Portion], moment: int) -> Report:
        """Read once what all pieces are made of, compute those that may differ, and write what is new or different."""
        near = nearby.narrowed(self._store, some)
        read = read_each(self._store, [portion.inputs() for portion in near])
        looked = [(*looked_at(portion, rows), rows) for portion, rows in zip(near, read, strict=True)]
        left = [(portion, known, rows) for portion, known, rows in looked if portion.pieces]
        if not left:
            return Report()
        held = read_each(self._store, [portion.results() for portion, _, _ in left])
        given = [
            (portion, known, Read(rows, had, moment)) for (portion, known, rows), had in zip(left, held, strict=True)
        ]
        done = [computed(*each) for each in given]
        self._complaints.hear(chain.from_iterable(each.left_out for each in done))
        news = joined([each.news for each in done])
        if len(news):
            self._catalogue.shares.look(self._name, self._runner)
            self._store.write(news)
        if perf_counter() - self._said > RENEW_S:
            self._catalogue.shares.stay(self._name, self._runner, _clock())
            self._said = perf_counter()
        return sum((each.report() for each in done), Report())


def _stand(share: Share) -> tuple[int, int]:
    return share.position, share.clock


def _clock() -> int:
    return time.time_ns() // 1_000_000


def _milliseconds(moment: datetime) -> int:
    """Read an instant. Raises ValueError where it has no zone. [ms since 1970 UTC]."""
    if moment.tzinfo is None:
        raise ValueError(f"'{moment}' has no zone, so it is no instant. Use datetime.now(UTC) or give it a zone.")
    return int(np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "ms").astype(np.int64))


def _last_edge(moment: int) -> int:
    """Give the last instant at which windows closed: every edge lies at a full quarter hour. [ms]."""
    step = milliseconds(QUARTER_HOUR)
    return moment // step * step
