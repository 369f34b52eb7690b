"""Rows on their way: readers in this process see a commit whole or not at all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from storage.victoria.samples import Rows, keys

if TYPE_CHECKING:
    from collections.abc import Iterator


class Flight:
    """What is being written, and to which readers it must stay hidden: those that began before it was all there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing: list[Rows] = []
        self._readers: list[list[Rows]] = []

    @contextmanager
    def writing(self, rows: Rows) -> Iterator[None]:
        """Hide rows from everybody who is reading now or begins to before the end."""
        with self._lock:
            self._writing.append(rows)
            for hidden in self._readers:
                hidden.append(rows)
        try:
            yield
        finally:
            with self._lock:
                self._writing = [each for each in self._writing if each is not rows]

    @contextmanager
    def reading(self) -> Iterator[list[Rows]]:
        """Give what is to be hidden from one reader: the list grows while it reads."""
        with self._lock:
            hidden = list(self._writing)
            self._readers.append(hidden)
        try:
            yield hidden
        finally:
            with self._lock:
                self._readers = [each for each in self._readers if each is not hidden]


def without(rows: Rows, hidden: list[Rows]) -> Rows:
    """Leave rows out that are hidden: the same datastream, time and generation."""
    for some in hidden:
        stays = ~np.isin(keys(rows.batch), keys(some.batch))
        if not stays.all():
            stays |= ~np.isin(_marks(rows), _marks(some))
            rows = Rows(rows.batch.take(stays), rows.generation[stays])
    return rows


def _marks(rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    pairs = np.empty(len(rows.generation), dtype=[("key", np.int64), ("generation", np.int32)])
    pairs["key"], pairs["generation"] = keys(rows.batch), rows.generation
    return pairs
