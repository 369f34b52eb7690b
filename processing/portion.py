"""Work in portions: what is due for some things and days, read, computed and written at once to fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from processing import happened
from processing.calendar import ROLLED, edges
from processing.indicator import EVENT
from processing.piece import Known, Piece
from processing.stored import Held, batch_of, joined, stored
from sensors.model import TIME, Batch
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.apart import LeftOut
    from processing.due import Due
    from processing.group import Group
    from processing.indicator import Given, Indicator, Results
    from processing.region import Region
    from processing.rows import Rows
    from sensors.model import Datastream

DAYS = 7
"""Days computed at once, and"""
THINGS = 400
"""things computed at once, more of fewer days: together they bound the memory, however much history arrives. Of groups
of things, which may have any number of members, one day is computed at once."""

AT_ONCE = 10_000
"""Days of datastreams that portions read together have at most, but for one that alone has more: a minute has fewer."""

DAY = 86_400_000
"""[ms]"""
WAIT = 28 * 3_600_000
"""How long a day whose results stay waits for the next one at most, where somebody asks for it anew. [ms]"""
NEXT_DAY = 22 * 3_600_000
"""How much of the next day must be known of some where a day's results stay: it may be short of an hour. [ms]"""
Demand = tuple["Indicator", "Due"]
"""Windows of an indicator that are due for the things of a group."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was done."""

    windows: int = 0
    """Windows computed, counted per indicator and thing."""
    written: int = 0
    """Results that were new or different."""
    revised: int = 0
    """Those of them that took the place of an earlier result."""
    seconds: float = 0.0
    left_out: int = 0
    """Windows that could not be computed, see ``processing.apart``."""

    def __add__(self, other: Report) -> Report:
        return Report(
            self.windows + other.windows,
            self.written + other.written,
            self.revised + other.revised,
            self.seconds + other.seconds,
            self.left_out + other.left_out,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a portion."""

    windows: int
    news: Batch
    """Results to be written: new ones, and those that differ from what is held."""
    left_out: tuple[LeftOut, ...] = ()
    """What could not be computed."""

    def report(self) -> Report:
        """Count it."""
        revised = int(np.count_nonzero(self.news.revision > 0))
        return Report(self.windows, len(self.news), revised, left_out=sum(one.windows for one in self.left_out))


@dataclass(frozen=True, slots=True)
class Portion:
    """Some things and the pieces that are due for them: a pure function of what is read for it."""

    group: Group
    pieces: tuple[Piece, ...]

    def inputs(self) -> Query:
        """Ask for all that the pieces are made of."""
        start, end = self.reach()
        return Query(datastreams=self.group.streams(), start=start, end=end)

    def reach(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the half-open span of what the pieces are made of."""
        reaches = [piece.reach() for piece in self.pieces]
        before, after = (np.timedelta64(far, "ms") for far in (self.group.reach.before, self.group.reach.after))
        return min(first for first, _ in reaches) - before, max(last for _, last in reaches) + after

    def days(self) -> float:
        """Tell how many days of datastreams the pieces are made of."""
        start, end = self.reach()
        return len(self.group.streams()) * float((end - start) / np.timedelta64(1, "D"))

    def results(self) -> Query:
        """Ask for the results that are held already."""
        streams = [stream for piece in self.pieces for stream in piece.every_stream(self.group)]
        start, end = min(piece.edges[0] for piece in self.pieces), max(piece.edges[-1] for piece in self.pieces)
        return Query(datastreams=list(dict.fromkeys(streams)), start=start, end=end)

    def known(self, read: Batch) -> Known:
        """Examine what was read of the inputs."""
        return Known(self.group.rows(read, max(piece.sited for piece in self.pieces)))

    def narrowed(self, usable: Mapping[str, Rows], told: Mapping[str, NDArray[np.bool_]]) -> Portion:
        """Leave out windows that come out as before, see ``Piece.narrowed``; none may be left."""
        pieces = (piece.narrowed(usable, told) for piece in self.pieces)
        return Portion(self.group, tuple(piece for piece in pieces if piece is not None))

    def compute(self, known: Known, held: Batch, moment: int) -> Done:
        """Compute the pieces from what was read for both questions; ``moment`` [ms] is the result time."""
        before = Held(held)
        done = [_news(self.group, piece, known, before, moment) for piece in self.pieces]
        return Done(sum(each.windows for each in done), joined([each.news for each in done]))


def _news(group: Group, piece: Piece, known: Known, held: Held, moment: int) -> Done:
    """Compute a piece; count its windows, and give the results that are to be written."""
    given, now = piece.given(group, known), np.datetime64(moment, "ms").astype(TIME)
    if piece.window == EVENT:
        return Done(0, _events(group, piece, given, held, now))
    results = piece.indicator.compute(given)
    ready = piece.ready(group.known_until(known.usable), results, moment)
    wanted = piece.due & (_once(group, piece, known, held, moment) if group.once else ready)
    parts = {"": results, **{name: results.part(name) for name in results.parts}}
    news = [
        _news_of(piece, piece.streams(group, name), part, held, wanted=wanted, now=now) for name, part in parts.items()
    ]
    return Done(int(np.count_nonzero(wanted)), joined(news))


def _once(group: Group, piece: Piece, known: Known, held: Held, moment: int) -> NDArray[np.bool_]:
    """Tell which windows are told now: of which the next day is known, and that have no value yet. Shape (s, m).

    Who asks for all of them anew gets also those that have waited for long enough [ms].
    """
    end = piece.edges[1:].view(np.int64)
    newest = group.members.greatest(group.known_until(known.usable).astype(np.float64)[:, np.newaxis])
    over: NDArray[np.bool_] = newest >= end + NEXT_DAY
    if group.again:
        return over | (end + WAIT <= moment)
    return over & np.isnan(stored(held, piece.streams(group), piece.edges[:-1]).results.value)


def _news_of(
    piece: Piece,
    streams: Sequence[Datastream],
    results: Results,
    held: Held,
    *,
    wanted: NDArray[np.bool_],
    now: np.datetime64,
) -> Batch:
    starts = piece.edges[:-1]
    before = stored(held, streams, starts)
    return batch_of(results, before, wanted & before.news(results), streams, starts, now=now)


def _events(group: Group, piece: Piece, given: Given, held: Held, now: np.datetime64) -> Batch:
    """Give what is new of the events in the span of a piece."""
    happenings = piece.indicator.happenings
    if happenings is None:
        return Batch.empty()
    return happened.news(happenings(given).finite(), held, piece.streams(group), (piece.edges[0], piece.edges[-1]), now)


def count(group: Group, demands: Sequence[Demand], region: Region) -> int:
    """Count the portions that there will be at most."""
    return sum(1 for _ in _parts(group, demands, region))


def portions(group: Group, demands: Sequence[Demand], region: Region) -> Iterator[Portion]:
    """Divide what is due into portions of some things and days each."""
    for start, end, chosen in _parts(group, demands, region):
        some = group.take(chosen)
        found = _pieces([(indicator, due.take(chosen)) for indicator, due in demands], start, end, region)
        pieces = tuple(part for piece in found for part in piece.by_site(some))
        if pieces:
            yield Portion(some, pieces)


def rounds(some: Iterable[Portion]) -> Iterator[list[Portion]]:
    """Put portions together, in their order, that are read and written at once: each question and commit has its price.

    None of them may be made of what another one gives.
    """
    together: list[Portion] = []
    days = 0.0
    for portion in some:
        more = portion.days()
        if together and days + more > AT_ONCE:
            yield together
            together, days = [], 0.0
        together.append(portion)
        days += more
    if together:
        yield together


def _parts(group: Group, demands: Sequence[Demand], region: Region) -> Iterator[tuple[int, int, NDArray[np.intp]]]:
    """Give the spans [ms] and the targets of all portions."""
    for start, end in _spans(demands, group, region.zone):
        active = np.flatnonzero(np.any([_alive(due, start, end) for _, due in demands], axis=0))
        at_once = max(len(active), 1) if group.groups else THINGS * max(DAYS * DAY // (end - start), 1)
        for first in range(0, len(active), at_once):
            yield start, end, active[first : first + at_once]


def _spans(demands: Sequence[Demand], group: Group, zone: str) -> Iterator[tuple[int, int]]:
    """Divide the time in which anything is due into some local days at once [ms], anew where a site has changed.

    A site counts as it was when its day began, so that a day's windows agree with each other. Windows that are made of
    days are computed by the year, those in pieces of their own between whose beginnings a site changed.
    """
    reaches = [due.reach(due.things()) for _, due in demands if due.things().any()]
    if not reaches:
        return
    first, last = min(first for first, _ in reaches), max(last for _, last in reaches)
    long = all(set(indicator.windows) <= set(ROLLED) for indicator, _ in demands)
    days = edges("year" if long else "day", _time(first), _time(last), zone).view(np.int64)
    changes = group.changes
    anew = np.searchsorted(days, changes[(changes > days[0]) & (changes < days[-1])])
    at_once = 1 if long or group.groups else DAYS
    limits = np.unique([*range(0, len(days) - 1, at_once), *anew, len(days) - 1])
    for begin, end in pairwise(limits):
        yield int(days[begin]), int(days[end])


def _alive(due: Due, start: int, end: int) -> NDArray[np.bool_]:
    """Tell for which things anything may be due in a span [ms]; what a window holds may lie on either side."""
    return due.things() & (np.minimum(due.low, due.high) < end) & (np.maximum(due.low, due.high) >= start)


def _pieces(demands: Sequence[Demand], start: int, end: int, region: Region) -> Iterator[Piece]:
    for indicator, due in demands:
        alive = _alive(due, start, end)
        if not alive.any():
            continue
        first, last = due.reach(alive)
        for window in _windows(indicator):
            kind = "15min" if window == EVENT else window
            cover = edges(kind, _time(max(start, first)), _time(min(end, last)), region.zone)
            wanted = due.matrix(cover.view(np.int64)) & due.things()[:, np.newaxis] & _first_here(due, start, cover)
            piece = Piece(indicator, window, cover, wanted, region, due.touched).of(wanted)
            if piece is not None:
                yield piece


def _windows(indicator: Indicator) -> Iterator[str]:
    """Name the windows that are stored; what happened is told for quarter hours, however long the windows are."""
    yield from (window for window in indicator.windows if window != "now")
    if indicator.happenings is not None:
        yield EVENT


def _first_here(due: Due, start: int, cover: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Tell which windows no portion before a start [ms] has: longer ones than its days reach into several. (s, m)."""
    begun = np.minimum(due.low, due.high)[:, np.newaxis] < start
    first: NDArray[np.bool_] = (cover[:-1].view(np.int64) >= start) | ~begun
    return first


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)
