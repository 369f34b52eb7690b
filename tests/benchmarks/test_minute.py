"""What one minute of a city costs the processing worker over DuckDB: read changes, compute, write what is new.

``make bench PYTEST='-k test_minute'`` measures it alone.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from processing.stored import joined
from processing.worker import Worker
from smilecity.clockwork import set_aside
from storage.catalogue import Catalogue
from storage.engines.duckdb import DuckDB
from tests.benchmarks.month import START, THINGS, Series, month
from tests.benchmarks.peers import plain_minute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sensors.model import Batch
    from storage.store import Query, Written
    from tests.benchmarks.conftest import Figures

pytestmark = pytest.mark.timeout(900)
MINUTE, HOUR = np.timedelta64(1, "m"), np.timedelta64(1, "h")
BEGUN = START + (10 * 24 + 9) * HOUR - 10 * MINUTE
"""Ten minutes before a full hour, in the tenth day of March."""
HELD = 26 * HOUR
"""What the store holds before."""
MINUTES = 26
"""With the full hour among them, and a quarter hour."""
KINDS = {0: "a full hour", 15: "a quarter hour's end"}
ORDINARY = "other minutes"


class Spent(NamedTuple):
    """What one minute took. [s]"""

    whole: float
    cpu: float
    """Of all threads."""
    reading: float
    writing: float
    peer: float


class Watched(DuckDB):
    """A store that notes how long it was asked, and how long it wrote. [s]"""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reading = self.writing = 0.0

    def read_each(self, queries: Sequence[Query]) -> list[Batch]:
        began = time.perf_counter()
        found = super().read_each(queries)
        self.reading += time.perf_counter() - began
        return found

    def write(self, batch: Batch) -> Written:
        began = time.perf_counter()
        written = super().write(batch)
        self.writing += time.perf_counter() - began
        return written


def test_a_minute(figures: Figures, tmp_path: Path):
    """Follow the city minute by minute, and beside it ask the same file in SQL for plain means of what has spoken."""
    city = month(start=BEGUN - HELD, end=BEGUN + 2 * HOUR)  # so that what speaks every hour does until the end
    catalogue, store = Catalogue(f"sqlite:///{tmp_path}/catalogue.db"), Watched(tmp_path / "city.duckdb")
    catalogue.put([thing for _, each in groupby(city, lambda one: one.kind) for thing in next(each).things])
    store.write(between(city, BEGUN - HELD, BEGUN))
    worker = Worker(store, catalogue)
    first = worker.step(moment(BEGUN))
    set_aside()
    spent: dict[str, list[Spent]] = defaultdict(list)
    load, future = os.getloadavg()[0], between(city, BEGUN, BEGUN + MINUTES * MINUTE)
    for minute in range(1, MINUTES + 1):
        now = BEGUN + minute * MINUTE
        store.write(future.take((future.phenomenon_time >= now - MINUTE) & (future.phenomenon_time < now)))
        spent[KINDS.get((minute - 10) % 60, ORDINARY)].append(followed(worker, store, now))
    told = figures.facts[f"one minute of {THINGS:,} things, by the processing worker over DuckDB"]
    told.append(f"{'a day and two hours at once':<22}{first.written:>9,} results {first.seconds:>6.1f} s")
    told += [line for name in (ORDINARY, *KINDS.values()) for line in lines(name, spent[name])]
    told.append(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    store.close()
    catalogue.close()


def followed(worker: Worker, store: Watched, now: np.datetime64) -> Spent:
    """Step the worker at the end of a minute, and have the peer answer."""
    store.reading = store.writing = 0.0
    cpu = time.process_time()
    report = worker.step(moment(now))
    cpu = time.process_time() - cpu
    assert report.written > 0
    peer = seconds(lambda: plain_minute(store._connection, now))
    return Spent(report.seconds, cpu, store.reading, store.writing, peer)


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def lines(name: str, spent: Sequence[Spent]) -> list[str]:
    """Tell what minutes of one kind took in the middle, and where it went."""
    whole, cpu, reading, writing, peer = (1000 * median(column) for column in zip(*spent, strict=True))
    most, rest = 1000 * max(one.whole for one in spent), whole - reading - writing
    return [
        f"{name:<22}{whole:>9,.0f} ms in the middle {most:>6,.0f} ms at most, {cpu:,.0f} ms of CPU",
        f"{'':<22}{reading:>9,.0f} ms reading {writing:>6,.0f} ms writing {rest:>6,.0f} ms the rest",
        f"{'  SQL, plain means':<22}{peer:>9,.0f} ms, {whole / peer:.1f} times as much",
    ]


def between(city: Sequence[Series], start: np.datetime64, end: np.datetime64) -> Batch:
    """Give all rows of a span, in the order of time."""
    rows = joined(
        [
            one.batch.take(np.flatnonzero((one.batch.phenomenon_time >= start) & (one.batch.phenomenon_time < end)))
            for one in city
        ]
    )
    return rows.take(np.argsort(rows.phenomenon_time, kind="stable"))


def moment(instant: np.datetime64) -> datetime:
    found: datetime = instant.astype(datetime).replace(tzinfo=UTC)
    return found
