"""Rows of datastreams, asked of the server in portions that it takes and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.coded import keys
from storage.flight import Flight
from storage.stretches import stretches
from storage.victoria.hidden import without
from storage.victoria.samples import FIELDS, Rows, Samples, joined, latest_generation, rows_of, samples_of
from storage.victoria.selectors import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.dictionary import Dictionary
    from storage.victoria.server import Server

_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Found:
    """All samples of what was asked for, and the row that counts at each datastream and time, by both in order."""

    samples: Samples
    best: Rows


class Reader:
    """Reads by the codes of an engine's dictionary."""

    def __init__(self, server: Server, dictionary: Dictionary) -> None:
        self._server = server
        self._dictionary = dictionary
        self._selection = Selection(server.database, dictionary)
        self.flight: Flight[Rows] = Flight()

    def found(self, codes: Sequence[int], start: int, end: int) -> Found:
        """Give samples and rows of datastreams in a span, both ends included, in milliseconds."""
        with self.flight.reading() as hidden:
            samples = joined([self._samples(some, start, end) for some in self._selection.portions(codes)])
            return Found(samples, latest_generation(without(rows_of(samples, self._dictionary.datastreams), hidden)))

    def rows(self, codes: Sequence[int], start: int, end: int) -> Batch:
        """Give the rows of datastreams in a span, both ends included, ordered by code and time."""
        return self.found(codes, start, end).best.batch

    def _samples(self, codes: Sequence[int], start: int, end: int) -> Samples:
        selectors = self._selection.selectors(codes, FIELDS)
        return samples_of(self._server.export(list(selectors.values()), start, end), self._selection.places(codes))

    def at(self, asked: Batch) -> Found:
        """Give what is held at the datastreams and times of rows: a request per stretch of time without large gaps."""
        samples = joined(list(self._around(asked)))
        mine = np.isin(samples.key(), keys(asked))
        chosen = samples.take(mine)
        return Found(chosen, latest_generation(rows_of(chosen, self._dictionary.datastreams)))

    def _around(self, asked: Batch) -> Iterator[Samples]:
        time = asked.phenomenon_time.astype(TIME).view(np.int64)
        for start, end in stretches(time):
            codes = np.unique(asked.datastream[(time >= start) & (time <= end)]).tolist()
            for some in self._selection.portions(codes):
                yield self._samples(some, start, end)

    def walk(self, code: int, start: int, end: int, *, newest_first: bool) -> Iterator[Batch]:
        """Give the rows of one datastream stretch by stretch, each four times as long, from one end to the other."""
        length = _DAY
        while start <= end:
            near, far = (max(start, end - length + 1), end) if newest_first else (start, min(end, start + length - 1))
            yield self.rows([code], near, far)
            start, end = (start, near - 1) if newest_first else (far + 1, end)
            length *= 4
