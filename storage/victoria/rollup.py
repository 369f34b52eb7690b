"""What the server tells of datastreams without giving their rows away: which there are, the newest row, the extent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch, Datastream
from storage.clock import now_ms
from storage.coded import last_of_each, together
from storage.stretches import stretches
from storage.victoria.samples import (
    FIELDS,
    Export,
    Samples,
    joined,
    labels_of,
    property_and_field,
    rows_of,
    samples_of,
)
from storage.victoria.selectors import LONGEST, Selection
from storage.victoria.server import AHEAD, EARLY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.dictionary import Dictionary
    from storage.victoria.reading import Reader
    from storage.victoria.server import Rolled, Server

_LOOKS_BACK = (86_400_000, 30 * 86_400_000)
"""Milliseconds. The newest row of most datastreams is young, so all of history is searched for few."""
_EXTENT = 'aggr_over_time(("tfirst_over_time", "tlast_over_time", "count_over_time"), $)'
_ROLLED_TIMES = {"tfirst_over_time", "tlast_over_time"}


@dataclass(frozen=True, slots=True)
class Extents:
    """First and last time in milliseconds and number of rows, by the codes of the dictionary; 0 rows where none are."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def none(cls, size: int) -> Extents:
        """Give the extents of so many empty datastreams."""
        return cls(np.full(size, np.iinfo(np.int64).max), np.full(size, -1), np.zeros(size, dtype=np.int64))

    def add(self, rows: Batch) -> None:
        """Enter rows that are not counted yet."""
        time = rows.phenomenon_time.astype(TIME).view(np.int64)
        np.minimum.at(self.first, rows.datastream, time)
        np.maximum.at(self.last, rows.datastream, time)
        np.add.at(self.count, rows.datastream, 1)

    def enter(self, code: int, what: str, value: float) -> None:
        """Enter what the server has rolled up of one series."""
        number = round(value * 1000) if what in _ROLLED_TIMES else round(value)
        if what == "tfirst_over_time":
            self.first[code] = min(self.first[code], number)
        elif what == "tlast_over_time":
            self.last[code] = max(self.last[code], number)
        else:
            self.count[code] += number


class Rollup:
    """Asks by the codes of an engine's dictionary."""

    def __init__(self, server: Server, dictionary: Dictionary, reader: Reader) -> None:
        self._server = server
        self._dictionary = dictionary
        self._reader = reader
        self._selection = Selection(server.database, dictionary)

    def streams(self) -> list[Datastream]:
        """List all datastreams of which the server holds any sample, be it of half a row."""
        found: set[Datastream] = set()
        for name in self._server.names(f"({'|'.join(FIELDS)})"):
            observed, field = property_and_field(name)
            for each in self._server.series(self._selection.one(observed, [FIELDS[field]])):
                found.add(Datastream(each.get("thing", ""), observed, "derived" in each))
        return sorted(found)

    def newest(self, codes: Sequence[int]) -> tuple[Batch, Samples]:
        """Give the newest row of each datastream, and the newest samples, of rows whole or not."""
        now, left = now_ms(), set(codes)
        found = []
        for since in (*(now - back for back in _LOOKS_BACK), None):
            found.append(self._last(sorted(left), since))
            left -= set(found[-1].code.tolist())
        found.append(self._reader.found(sorted(left), 0, EARLY).samples)
        rows = [rows_of(some, self._dictionary.datastreams).batch for some in found]
        return self._mended(together(rows, self._dictionary.datastreams), joined(found))

    def _mended(self, rows: Batch, samples: Samples) -> tuple[Batch, Samples]:
        """Read through the datastreams whose newest row is not whole: its writer was killed."""
        reached, whole = (np.full(len(self._dictionary), -1, dtype=np.int64) for _ in range(2))
        np.maximum.at(reached, samples.code, samples.time)
        np.maximum.at(whole, rows.datastream, rows.phenomenon_time.astype(TIME).view(np.int64))
        torn = np.flatnonzero(reached > whole).tolist()
        mended = [rows, self._reader.rows(torn, 0, now_ms() + AHEAD)] if torn else [rows]
        return together(mended, self._dictionary.datastreams), samples

    def _last(self, codes: Sequence[int], since: int | None) -> Samples:
        """Give the newest sample of every series after a time."""
        found = []
        for some in self._selection.portions(codes, LONGEST):
            for asked in self._selection.selectors(some, FIELDS).values():
                times = self._server.rolled("tlast_over_time($) keep_metric_names", asked, since)
                values = self._server.rolled("last_over_time($) keep_metric_names", asked, since)
                found.append(samples_of(_at_their_times(times, values), self._selection.places(some)))
        return joined(found)

    def newest_until(self, codes: Sequence[int], until: int) -> Batch:
        """Give the newest row of each datastream at an instant [ms] or before it."""
        reached = self._reached(codes, until)
        spoke, early = (
            np.array([code for code in codes if (reached[code] >= 0) == told], int) for told in (True, False)
        )
        parts = [last_of_each(self._reader.rows(early.tolist(), 0, min(until, EARLY)))]
        for start, end in stretches(reached[spoke]):
            some = spoke[(reached[spoke] >= start) & (reached[spoke] <= end)]
            rows = self._reader.rows(some.tolist(), start, end)
            parts.append(rows.take(rows.phenomenon_time.astype(TIME).view(np.int64) == reached[rows.datastream]))
        # Where the newest samples are of a row that is not whole, or not to be seen yet, one before them counts.
        hidden = set(spoke.tolist()).difference(*(part.datastream.tolist() for part in parts))
        parts += [self._before(code, int(reached[code])) for code in sorted(hidden)]
        return together(parts, self._dictionary.datastreams)

    def _reached(self, codes: Sequence[int], until: int) -> NDArray[np.int64]:
        """Tell up to where each datastream has samples until an instant, by code; -1 where none after ``EARLY``."""
        reached, left = np.full(len(self._dictionary), -1, dtype=np.int64), list(codes)
        for since in (*(until - back for back in _LOOKS_BACK), EARLY):
            if since < EARLY or until <= EARLY:
                continue
            for some in self._selection.portions(left, LONGEST):
                self._reach(some, since, until, reached)
            left = [code for code in left if reached[code] < 0]
        return reached

    def _reach(self, codes: Sequence[int], since: int, until: int, reached: NDArray[np.int64]) -> None:
        """Enter the times of the newest samples between two instants."""
        places = self._selection.places(codes)
        for observed, asked in self._selection.selectors(codes, FIELDS[:1]).items():
            rolled = self._server.rolled("tlast_over_time($) keep_metric_names", asked, since, until)
            for labels, value in zip(rolled.labels, rolled.value, strict=True):
                code = places.get((labels["thing"], observed, "derived" in labels))
                if code is not None:
                    reached[code] = max(reached[code], round(value * 1000))

    def _before(self, code: int, until: int) -> Batch:
        """Read backwards through one datastream until there is a row."""
        walked = self._reader.walk(code, 0, until, newest_first=True)
        return next((last_of_each(rows) for rows in walked if len(rows)), Batch.empty())

    def extents(self, codes: Sequence[int]) -> Extents:
        """Tell what is held of each datastream."""
        extents = Extents.none(len(self._dictionary))
        replaced: set[int] = set()
        for some in self._selection.portions(codes, LONGEST):
            replaced |= self._extent(some, extents)
        extents.add(self._reader.rows(codes, 0, EARLY))
        # Only the rows themselves tell how many of a datastream are of one time.
        for code in sorted(replaced):
            extents.count[code] = 0
            extents.add(self._reader.rows([code], 0, now_ms() + AHEAD))
        return extents

    def _extent(self, codes: Sequence[int], extents: Extents) -> set[int]:
        """Enter what the server counts; gives the datastreams some of whose rows have been replaced."""
        places, replaced = self._selection.places(codes), set()
        for observed, asked in self._selection.selectors(codes, FIELDS[:1]).items():
            rolled = self._server.rolled(_EXTENT, asked)
            for labels, value in zip(rolled.labels, rolled.value, strict=True):
                code = places.get((labels["thing"], observed, "derived" in labels))
                if code is not None:
                    extents.enter(code, labels["rollup"], value)
                    replaced |= {code} if "generation" in labels else set()
        return replaced


def _at_their_times(times: Rolled, values: Rolled) -> Export:
    """Put last values and their times together, as if they had been exported; what came between the two is left out."""
    time_of = {_series(labels): round(value * 1000) for labels, value in zip(times.labels, times.value, strict=True)}
    both = [place for place, labels in enumerate(values.labels) if _series(labels) in time_of]
    labels = [values.labels[place] for place in both]
    time = np.array([time_of[_series(each)] for each in labels], dtype=np.int64)
    return Export(labels_of(labels), np.arange(len(both)), time, np.array([values.value[place] for place in both]))


def _series(labels: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())
