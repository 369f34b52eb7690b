"""By which version of its formula a stored result was computed: told by when that was, and what was in force then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import QUARTER_HOUR, edges
from processing.indicators import indicator_of, window_of, with_forecasts
from processing.windows import milliseconds
from sensors.model import TIME
from storage.formulas import InForce

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from storage.catalogue import Catalogue
    from storage.formulas import Again
    from storage.store import Store

UNKNOWN = 0
"""In the place of a version: nobody has noted or can tell which it was, or the row is no result of a formula."""
STEP = milliseconds(QUARTER_HOUR)
"""Every edge of a window lies at a full one. [ms]"""
SKEW = 60_000
"""Clocks of several machines may be so far apart. [ms]"""
SET_BACK = 24 * 60 * SKEW
"""A clock that was ahead by more was wrong, and is set right rather than back. [ms] Both: our definition."""
FAR = 1 << 44
"""Milliseconds since 1970 UTC of the year 2527, behind all results; a key holds an indicator's number above them."""


@dataclass(frozen=True, eq=False)
class Versions:
    """Which versions of formulas were in force from when on: k notes, ordered by indicator and time."""

    notes: Mapping[str, tuple[InForce, ...]]
    """By indicator, in the order of time."""
    number: Mapping[str, int]
    """The place of each indicator in the order."""
    key: NDArray[np.int64]
    """Indicator and instant of each note as one ascending number. Shape (k,)."""
    version: NDArray[np.int32]
    """Shape (k,)."""

    @classmethod
    def of(cls, noted: tuple[InForce, ...]) -> Versions:
        """Take what the catalogue notes, ordered by indicator and time."""
        notes = {name: tuple(mine) for name, mine in groupby(noted, key=attrgetter("indicator"))}
        number = {name: place for place, name in enumerate(notes)}
        place = np.array([number[one.indicator] for one in noted], dtype=np.int64)
        since = np.array([one.since for one in noted], dtype=np.int64)
        return cls(notes, number, _key(place, since), np.array([one.version for one in noted], dtype=np.int32))

    def in_force(self, indicator: str, moment: int) -> int:
        """Give the version by which results of an instant [ms] are, UNKNOWN where none was noted until then."""
        known = [one.version for one in self.notes.get(indicator, ()) if one.since <= moment]
        return known[-1] if known else UNKNOWN

    def of_results(
        self, properties: Sequence[str], code: NDArray[np.integer], result_time: NDArray[np.datetime64]
    ) -> NDArray[np.int32]:
        """Give the version behind each of n rows, by the index of its derived property and when it was computed.

        UNKNOWN where there was no note yet, and for what is derived by no formula. Shape (n,).
        """
        made = [indicator_of().get(name) for name in properties]
        number = np.array([-1 if one is None else self.number.get(one.name, -1) for one in made], dtype=np.int64)
        mine = number[code]
        sought = _key(mine, result_time.astype(TIME).view(np.int64))
        place = np.searchsorted(self.key, sought, side="right")
        # The first note of an indicator is behind all of those before it, and so is what was computed earlier.
        found = (mine >= 0) & (np.append(-1, self.key // FAR)[place] == mine)
        return np.where(found, np.append(UNKNOWN, self.version)[place], UNKNOWN).astype(np.int32)


def versions_in(catalogue: Catalogue) -> Versions:
    """Give what a catalogue notes now."""
    return _versions(catalogue.formulas.in_force())


_versions = lru_cache(maxsize=8)(Versions.of)
"""The same notes are asked for again and again."""


def note(catalogue: Catalogue, moment: int) -> range:
    """Have the catalogue know which versions compute results of an instant [ms] and later, where it does not yet.

    What was in force last counts, not what is higher: an older Smile City that is started again is noted, too. Gives
    the instants of which that is said: up to a later note, which is there where a clock was set back.
    """
    notes = versions_in(catalogue).notes
    mine = (_to_note(notes.get(one.name, ()), InForce(one.name, moment, one.version)) for one in with_forecasts())
    catalogue.formulas.note(one for one in mine if one is not None)
    later = (one.since for one in catalogue.formulas.in_force() if one.since > moment)
    return range(moment, min(later, default=FAR))


def _to_note(notes: Sequence[InForce], mine: InForce) -> InForce | None:
    """Give what is to be noted of a version that computes, beside an indicator's other notes.

    Where a clock was set back, results up to the later note may be by the version before or by this one: by UNKNOWN.
    """
    before, later = ([one for one in notes if (one.since > mine.since) == is_later] for is_later in (False, True))
    if before and before[-1].version in {mine.version, UNKNOWN}:
        return None
    twice = before and later and SKEW < later[0].since - mine.since <= SET_BACK
    return mine._replace(version=UNKNOWN) if twice else mine


@dataclass(frozen=True, slots=True)
class Outdated:
    """A formula of which the store may hold results by another version than the one that computes now."""

    indicator: str
    before: int
    now: int
    start: int
    """From where to where such results may be found, a half-open span [start, end). [ms since 1970 UTC]"""
    end: int


def outdated(store: Store, catalogue: Catalogue, moment: int, zone: str) -> tuple[Outdated, ...]:
    """List the formulas that are others than before and whose results were not all computed again since.

    The versions that run here count from the given instant [ms] on where they are not noted yet; ``zone`` is that of
    local days. What was there before the first note is of no known version and is not listed.
    """
    known, found = versions_in(catalogue), []
    for one in with_forecasts():
        notes = tuple(note for note in known.notes.get(one.name, ()) if note.version != UNKNOWN)
        if notes and notes[-1].version != one.version:
            notes = (*notes, InForce(one.name, moment, one.version))
        if len({note.version for note in notes}) > 1:
            found.append(_last_change(notes))
    return _left(store, found, catalogue.formulas.again(), zone) if found else ()


def _last_change(notes: Sequence[InForce]) -> tuple[InForce, InForce]:
    """Give the last note of another version, and the one with which the present one came."""
    runs = [tuple(run) for _, run in groupby(notes, key=attrgetter("version"))]
    return runs[-2][-1], runs[-1][0]


def _left(
    store: Store, changes: Sequence[tuple[InForce, InForce]], again: Sequence[Again], zone: str
) -> tuple[Outdated, ...]:
    first, found = _first_closed(store, {now.indicator for _, now in changes}, zone), []
    for before, now in changes:
        start = _uncovered(first.get(now.indicator, now.since), [one for one in again if one.at >= now.since])
        if start < now.since:
            found.append(Outdated(now.indicator, before.version, now.version, start // STEP * STEP, now.since))
    return tuple(found)


def _first_closed(store: Store, indicators: set[str], zone: str) -> dict[str, int]:
    """Tell by indicator the last instant of the window of a result that closed first. [ms].

    No result is computed before its window has closed, and a span that holds one instant of it has it computed again.
    """
    spans, first = store.spans(), dict[tuple[str, str | None], int]()
    for stream, time in zip(spans.datastreams, spans.first.astype(TIME).view(np.int64).tolist(), strict=True):
        made = indicator_of().get(stream.observed_property) if stream.derived else None
        if made is not None and made.name in indicators:
            kind = made.name, window_of().get(stream.observed_property)
            first[kind] = min(time, first.get(kind, time))
    found = dict[str, int]()
    for (name, window), time in first.items():
        last = _last_instant(window, time, zone)
        found[name] = min(last, found.get(name, last))
    return found


def _last_instant(window: str | None, start: int, zone: str) -> int:
    """Give the last instant of a window [ms]; what happened at an instant is in none."""
    if window is None:
        return start
    begin = np.datetime64(start, "ms").astype(TIME)
    return int(edges(window, begin, begin + np.timedelta64(1, "ms"), zone)[-1].astype(np.int64)) - 1


def _uncovered(start: int, again: Sequence[Again]) -> int:
    """Give the first instant from a start on [ms] that was not computed again."""
    for one in sorted(again, key=attrgetter("start")):
        if one.start <= start < one.end:
            start = one.end
    return start


def _key(number: NDArray[np.int64], moment: NDArray[np.int64]) -> NDArray[np.int64]:
    key: NDArray[np.int64] = number * FAR + np.clip(moment, 0, FAR - 1)
    return key
