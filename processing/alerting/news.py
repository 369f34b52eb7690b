"""What the store has to say that rules have not seen: rows by rule, read once, most of them from memory.

Most things say one thing between two looks, which a store has at hand as their newest row. Only what came in between,
and what a rule compares with, is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import ANYTHING
from processing.alerting.books import properties_of_books
from processing.indicators import derived_properties
from processing.rows import NEVER, Rows
from processing.windows import milliseconds
from sensors.kinds import kinds
from sensors.model import TIME, Batch, Datastream
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from processing.alert import AlertRule
    from processing.alerting.estate import Estate
    from sensors.model import Thing
    from storage.store import Changes, Store

DAY = 86_400_000
"""Rows that may not have been heard of are looked at one by one as far back as this. [ms]"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is there to be looked at by one rule."""

    rows: Rows
    since: NDArray[np.int64] | None = None
    """Of each thing the time from which on rows are new; None where all are. [ms], shape (n,)."""
    came: NDArray[np.bool_] | None = None
    """Of which things rows came, and were not only asked for; None where of all. Shape (n,)."""


class News:
    """Follows the datastreams that some estates look at. For one thread at a time."""

    def __init__(self, store: Store, estates: Sequence[Estate]) -> None:
        self._store = store
        self._estates = tuple(estates)
        self._slots: dict[Datastream, int] = {}
        pairs = [(self._slot(stream), place) for one in self._estates for stream, place in _streams(one)]
        sizes = [sum(1 for _ in _streams(one)) for one in self._estates]
        self._streams = tuple(self._slots)
        self._places = np.full((len(self._estates), len(self._slots) + 1), -1, dtype=np.int64)
        """Of each estate and slot the place of the thing, -1 where it does not look at it; (e, s + 1)."""
        number = np.repeat(np.arange(len(sizes)), sizes)
        slot, place = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        self._places[number, slot] = place
        self._heard = np.full(len(self._slots), -NEVER)
        """Time of the newest row seen of each slot. [ms]"""

    def _slot(self, stream: Datastream) -> int:
        return self._slots.setdefault(stream, len(self._slots))

    def begin(self, changes: Changes, since: int | None, now: int, *, before: News | None = None) -> list[Heard]:
        """Give the newest row of everything, and of what was touched every row of its span; by estate.

        ``since`` is when it was looked last [ms]: where a silence that ended since then may have been an alert, what
        was said before is among the rows. Without an instant nothing was watched before, and the newest rows are all
        that counts. ``before`` is who followed the store up to these changes.
        """
        slot, newest = self._of(changes.datastreams), self._store.latest(self._streams)
        self._heard[:] = now if since is None else now - DAY
        if before is not None:
            self._hear_as(before)
        touched = self._touched(changes, slot)
        parts = [] if since is None else self._again(changes, slot, max(since, now - DAY))
        self._heard[:] = -NEVER
        return [
            Heard(one.rows, self._new_since(number, touched, newest), self._came(number, touched))
            for number, one in enumerate(self._sorted([*parts, newest], self._streams))
        ]

    def since(self, changes: Changes) -> list[Heard]:
        """Give what was touched, by estate; rows older than what was seen of their datastream may be left out."""
        slot = self._of(changes.datastreams)
        known = [changes.datastreams[place] for place in np.flatnonzero(slot >= 0).tolist()]
        if not known:
            return [Heard(_none(one)) for one in self._estates]
        return self._sorted([self._between(changes, slot), self._store.latest(known)], known)

    def _hear_as(self, before: News) -> None:
        """Take over how far others have heard of each datastream that they followed, too."""
        known = [(slot, before._slots[one]) for one, slot in self._slots.items() if one in before._slots]
        mine, its = np.array(known, dtype=np.int64).reshape(-1, 2).T
        self._heard[mine] = before._heard[its]

    def _came(self, number: int, touched: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of which things rows came by changes."""
        places, came = self._places[number][:-1], np.zeros(len(self._estates[number]), dtype=bool)
        came[places[(places >= 0) & (touched < NEVER)]] = True
        return came

    def _touched(self, changes: Changes, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give from when on rows of each slot are new, NEVER where none is."""
        found = np.full(len(self._slots), NEVER)
        first = changes.first.astype(TIME).view(np.int64)
        found[slot[slot >= 0]] = np.maximum(first, np.append(self._heard, 0)[slot])[slot >= 0]
        # What was written meanwhile is the newest of all, whenever it was true.
        last = changes.last.astype(TIME).view(np.int64)
        found[slot[slot >= 0]] = np.minimum(found[slot[slot >= 0]], last[slot >= 0])
        return found

    def _new_since(self, number: int, touched: NDArray[np.int64], newest: Batch) -> NDArray[np.int64]:
        """Give from when on rows of each thing are new; of a thing new to the rule its newest one is."""
        estate, places = self._estates[number], self._places[number]
        since = np.full(len(estate), NEVER)
        mine = np.flatnonzero(places[:-1] >= 0)
        np.minimum.at(since, places[mine], touched[mine])
        time = np.full(len(estate), -NEVER)
        place = places[self._slots_of(newest)]
        np.maximum.at(time, place[place >= 0], newest.phenomenon_time.view(np.int64)[place >= 0])
        since = np.maximum(since, estate.told)
        return np.where(estate.new, np.minimum(since, time), since)

    def _between(self, changes: Changes, slot: NDArray[np.int64]) -> Batch:
        """Read what came beside the newest rows."""
        first, last = (times.astype(TIME).view(np.int64) for times in (changes.first, changes.last))
        heard = np.append(self._heard, NEVER)[slot]
        some = np.flatnonzero((first < last) & (last > heard))
        if not len(some):
            return Batch.empty()
        start, end = int(np.maximum(first, heard)[some].min()), int(last[some].max())
        streams = [changes.datastreams[place] for place in some.tolist()]
        return self._store.read(Query(datastreams=streams, start=_time(start), end=_time(end + 1)))

    def _again(self, changes: Changes, slot: NDArray[np.int64], since: int) -> list[Batch]:
        """Read the spans of what was touched, and what was said before them as far as a silence may reach."""
        first, last = (times.astype(TIME).view(np.int64) for times in (changes.first, changes.last))
        start, patience = np.maximum(first, np.append(self._heard, NEVER)[slot]), self._patience()[slot]
        start = np.where(patience > 0, np.minimum(start, since) - patience, start)
        some = np.flatnonzero((slot >= 0) & (start <= last))
        # Few reach back far: the others are not read from there on.
        far = np.log2(last.max(initial=0) + 1 - start[some]).astype(np.int64)
        return [self._spans(changes, some[far == each], start, last) for each in np.unique(far).tolist()]

    def _spans(
        self, changes: Changes, some: NDArray[np.int64], start: NDArray[np.int64], last: NDArray[np.int64]
    ) -> Batch:
        streams = [changes.datastreams[place] for place in some.tolist()]
        begin, end = int(start[some].min()), int(last[some].max())
        return self._store.read(Query(datastreams=streams, start=_time(begin), end=_time(end + 1)))

    def _patience(self) -> NDArray[np.int64]:
        """Tell how long each slot may be silent until that is an alert, 0 where it never is. [ms], shape (s + 1,)."""
        patience = np.zeros(len(self._slots) + 1, dtype=np.int64)
        for estate, places in zip(self._estates, self._places, strict=True):
            patience[places >= 0] = np.maximum(patience[places >= 0], estate.patience)
        return patience

    def _of(self, streams: Sequence[Datastream]) -> NDArray[np.int64]:
        """Give the slots of datastreams, -1 where nobody looks at one."""
        return np.fromiter((self._slots.get(stream, -1) for stream in streams), dtype=np.int64, count=len(streams))

    def _sorted(self, found: Sequence[Batch], known: Sequence[Datastream]) -> list[Heard]:
        parts = [part for part in found if len(part)]
        slots = [self._slots_of(part) for part in parts]
        for part, slot in zip(parts, slots, strict=True):
            np.maximum.at(self._heard, slot[slot >= 0], part.phenomenon_time.view(np.int64)[slot >= 0])
        return [self._rows(number, parts, slots, known) for number in range(len(self._estates))]

    def _slots_of(self, batch: Batch) -> NDArray[np.int64]:
        """Give the slot of each row."""
        codes, place = np.unique(batch.datastream, return_inverse=True)
        return self._of([batch.datastreams[code] for code in codes.tolist()])[place]

    def _rows(
        self, number: int, parts: Sequence[Batch], slots: Sequence[NDArray[np.int64]], known: Sequence[Datastream]
    ) -> Heard:
        estate, places = self._estates[number], self._places[number]
        mine = [(part, places[slot]) for part, slot in zip(parts, slots, strict=True) if (places[slot] >= 0).any()]
        if not mine:
            return Heard(_none(estate))
        if not estate.rule.reach:
            return Heard(_rows(len(estate), mine))
        since = np.full(len(estate), NEVER)
        for part, place in mine:
            np.minimum.at(since, place[place >= 0], part.phenomenon_time.view(np.int64)[place >= 0])
        return Heard(_rows(len(estate), [self._with_before(number, since, known)]), since)

    def _with_before(
        self, number: int, since: NDArray[np.int64], known: Sequence[Datastream]
    ) -> tuple[Batch, NDArray[np.int64]]:
        """Read rows with what they are compared with; things that have not spoken for long are left out."""
        reach = milliseconds(np.timedelta64(self._estates[number].rule.reach))
        told = since[since < NEVER]
        start = max(int(told.min()), int(told.max()) - max(reach, DAY)) - reach
        streams = [stream for stream in known if self._places[number][self._slots[stream]] >= 0]
        batch = self._store.read(Query(datastreams=streams, start=_time(start)))
        return batch, self._places[number][self._slots_of(batch)]


def streams_of(rule: AlertRule, thing: Thing) -> Iterator[Datastream]:
    """Name the datastreams that a rule looks at of a thing; none for what the platform says of itself."""
    name = rule.looks_at
    if name == ANYTHING:
        yield from (Datastream(thing.id, one.name) for one in kinds()[thing.kind].properties)
    elif name not in properties_of_books():
        yield Datastream(thing.id, name, name in derived_properties())


def _streams(estate: Estate) -> Iterator[tuple[Datastream, int]]:
    """Name the datastreams that an estate looks at, with the places of their things."""
    for place, thing in enumerate(estate.things):
        yield from ((stream, place) for stream in streams_of(estate.rule, thing))


def _rows(count: int, parts: Sequence[tuple[Batch, NDArray[np.int64]]]) -> Rows:
    columns = [
        (place[place >= 0], part.phenomenon_time[place >= 0], part.result[place >= 0], part.quality[place >= 0])
        for part, place in parts
    ]
    series, time, value, quality = (np.concatenate(column) for column in zip(*columns, strict=True))
    coverage = np.concatenate([part.coverage[place >= 0] for part, place in parts]).astype(np.float64)
    return Rows.of(count, series, time, value, quality, coverage=coverage)


def _none(estate: Estate) -> Rows:
    return Rows.of(len(estate), [], [], [], coverage=np.empty(0))


def _time(milliseconds_: int) -> np.datetime64:
    return np.datetime64(milliseconds_, "ms")
