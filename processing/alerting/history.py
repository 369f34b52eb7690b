"""Reads history for a rehearsal: what a rule, or several that differ in a limit, would have looked at, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import NoData
from processing.alerting.books import properties_of_books
from processing.alerting.estate import Estate
from processing.alerting.evaluate import Episodes, evaluate
from processing.alerting.judging import things_of, timing
from processing.alerting.news import streams_of
from processing.calendar import edges
from processing.indicators import window_of
from processing.rehearsal import within
from processing.rows import Rows
from processing.windows import milliseconds
from sensors.model import TIME
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from processing.alert import AlertRule
    from processing.region import Region
    from sensors.model import Thing
    from storage.store import Store

LEAD_IN = 86_400_000
"""History is looked at from so long before the span on: what had begun before it is none of the span's. [ms]"""
ROWS_AT_ONCE = 5_000_000


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rule would have done to things in a span."""

    rule: AlertRule
    things: tuple[Thing, ...]
    start: int
    end: int
    """The half-open span. [ms since 1970 UTC]"""
    episodes: Episodes
    """Its alerts; ``thing`` is an index into ``things``."""
    rows: int
    """Observations that were looked at."""


def rehearse(
    store: Store,
    rules: Sequence[AlertRule],
    things: Iterable[Thing],
    span: tuple[int, int],
    region: Region,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Rehearsal]:
    """Run rules that look at the same things and property over a span [ms], reading history once for all of them.

    A result of an indicator counts from the end of its window on, when it was known. ``told`` hears how many things
    are done, and of how many. Raises ValueError for what has no history.
    """
    rule, (start, end) = rules[0], span
    if rule.looks_at in properties_of_books():
        raise ValueError(f"'{rule.name}' looks at the platform's own books, of which no history is kept")
    mine = things_of(rule, things)
    found: list[list[Episodes]] = [[] for _ in rules]
    done = rows_seen = 0
    for some in _portions(store, rule, mine):
        rows = _history(store, rule, some, span, region)
        for number, each in enumerate(rules):
            course = evaluate(each, some, _thinned(each, some, rows, region), end, region)
            found[number].append(_moved(within(course.episodes, start, end), done))
        done, rows_seen = done + len(some), rows_seen + len(rows)
        told(done, len(mine))
    return [
        Rehearsal(each, mine, start, end, _joined(parts), rows_seen) for each, parts in zip(rules, found, strict=True)
    ]


def _portions(store: Store, rule: AlertRule, things: Sequence[Thing]) -> Iterator[tuple[Thing, ...]]:
    """Part things so that each part has about so many rows in all of time, or is one thing."""
    spans = store.spans([stream for thing in things for stream in streams_of(rule, thing)])
    held: dict[str, int] = {}
    for stream, count in zip(spans.datastreams, spans.count.tolist(), strict=True):
        held[stream.thing] = held.get(stream.thing, 0) + count
    some: list[Thing] = []
    size = 0
    for thing in things:
        if some and size + held.get(thing.id, 0) > ROWS_AT_ONCE:
            yield tuple(some)
            some, size = [], 0
        some.append(thing)
        size += held.get(thing.id, 0)
    if some:
        yield tuple(some)


def _history(store: Store, rule: AlertRule, things: Sequence[Thing], span: tuple[int, int], region: Region) -> Rows:
    """Read the rows that matter; series i is thing i."""
    named = [(stream, place) for place, thing in enumerate(things) for stream in streams_of(rule, thing)]
    place = dict(named)
    first = np.datetime64(span[0] - LEAD_IN - milliseconds(np.timedelta64(rule.reach)), "ms").astype(TIME)
    last = np.datetime64(span[1], "ms").astype(TIME)
    batch = store.read(Query(datastreams=[stream for stream, _ in named], start=first, end=last))
    series = np.array([place.get(stream, -1) for stream in batch.datastreams], dtype=np.int64)[batch.datastream]
    time = _known(rule.looks_at, batch.phenomenon_time, first, last, region) if len(batch) else batch.phenomenon_time
    rows = Rows.of(len(things), series, time, batch.result, batch.quality, coverage=batch.coverage.astype(np.float64))
    return rows.take(rows.time < span[1])


def _known(name: str, time: np.ndarray, first: np.datetime64, last: np.datetime64, region: Region) -> np.ndarray:
    """Tell when observations were known: a result at the end of its window. [datetime64[ms]], shape (n,)."""
    window = window_of().get(name)
    if window is None:
        return time
    limits = edges(window, first, last, region.zone)
    ends: np.ndarray = limits[np.minimum(np.searchsorted(limits, time, side="right"), len(limits) - 1)]
    return ends


def _thinned(rule: AlertRule, things: Sequence[Thing], rows: Rows, region: Region) -> Rows:
    """Leave out rows that change nothing: the machine goes through what a thing says one by one.

    Where silence matters the first and the last row of every half of its time stay: what remains is nowhere silent
    for longer than all rows are. Where rows are compared with others all stay.
    """
    if rule.reach or not len(rows):
        return rows
    verdict, first = Estate(rule, things, region).judge(rows).verdict, ~rows.continues()
    turns = first | (verdict != np.roll(verdict, 1))
    if rule.silent.then is NoData.KEEP:
        return rows.take(turns)
    half = rows.time // np.maximum(timing(rule, things).silent[rows.series] // 2, 1)
    begins = first | (half != np.roll(half, 1))
    return rows.take(turns | begins | np.roll(begins, -1))


def _moved(episodes: Episodes, first: int) -> Episodes:
    columns = (episodes.since, episodes.fired, episodes.ended, episodes.value)
    return Episodes(episodes.thing + first, *columns)


def _joined(parts: Sequence[Episodes]) -> Episodes:
    names = ("thing", "since", "fired", "ended", "value")
    empty = [np.empty(0, dtype=np.float64 if name == "value" else np.int64) for name in names]
    return Episodes(
        *(
            np.concatenate([none, *(getattr(part, name) for part in parts)])
            for name, none in zip(names, empty, strict=True)
        )
    )
