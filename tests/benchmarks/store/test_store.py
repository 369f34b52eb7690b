"""A month of a city in the platform's store: how fast it goes in, what it takes, and how fast it answers, beside peers.

``make bench-store``; SMILECITY_BENCH_ROWS says how many rows the month has at least (50 million), SMILECITY_BENCH_SLICE
how many the smaller month that servers are compared on (2 million). A small form takes seconds:
``SMILECITY_BENCH_ROWS=500000 SMILECITY_BENCH_SLICE=100000 make bench-store``.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
from rich.progress import track

from storage.engines.duckdb import _arrow
from tests.benchmarks.store.city import DAYS, ROWS, City
from tests.benchmarks.store.contender import GOALS_MS, LATEST, WEEK, Ours
from tests.benchmarks.store.parquet import Parquet
from tests.benchmarks.store.servers import Influx, Victoria
from tests.servers import INFLUXD, VICTORIAMETRICS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch
    from tests.benchmarks.conftest import Figures
    from tests.benchmarks.store.contender import Contender

CITY = City(int(os.environ.get("SMILECITY_BENCH_ROWS", str(ROWS))))
SLICE = City(int(os.environ.get("SMILECITY_BENCH_SLICE", "2000000")))
A_COMMIT = 10_000
LATE, AGAIN, CORRECTED = 0.05, 0.02, 0.005
"""Shares of rows that come late, twice, and once more with another result."""
WRITTEN_A_SECOND = 20_000
pytestmark = pytest.mark.timeout(7200)


def load(one: Contender, city: City, figures: Figures, topic: str) -> None:
    """Put the month in, day by day, and let a store of ours tend itself as it would."""
    writing = tending = 0.0
    for day in track(range(DAYS), f"a month into {one.name}"):
        batch = city.day(day)
        began = time.perf_counter()
        one.put(batch)
        writing += time.perf_counter() - began
        if isinstance(one, Ours):
            one.tend(day + 1)
        tending += time.perf_counter() - began
    began = time.perf_counter()
    one.finish()
    figures.add(topic, f"{one.name}, a day at a time", one.rows, writing)
    if isinstance(one, Ours):
        figures.add(topic, f"{one.name}, and days and month put into order", one.rows,
                    tending + time.perf_counter() - began)  # fmt: skip
    figures.facts["size on disk"].append(f"{one.name:<42} {one.size()}, {one.rows:,} rows")


def arriving(batch: Batch) -> Batch:
    """Let some rows of a day come late, some twice, some corrected."""
    chance, n = np.random.default_rng(8), len(batch)
    rows, key = np.arange(n), np.arange(n, dtype=np.float64)
    late = chance.random(n) < LATE
    key[late] += chance.uniform(0, 0.2 * n, late.sum())
    again, corrected = (np.flatnonzero(chance.random(n) < share) for share in (AGAIN, CORRECTED))
    after = [key[some] + chance.uniform(1, 0.1 * n, len(some)) for some in (again, corrected)]
    every = batch.take(np.concatenate([rows, again, corrected]))
    other = np.arange(len(every)) >= n + len(again)
    every = replace(every, result=every.result + other, revision=every.revision + other.astype(np.int32))
    return every.take(np.argsort(np.concatenate([key, *after]), kind="stable"))


def commits(batch: Batch) -> list[Batch]:
    """Part rows into commits, each with a dictionary of its own datastreams."""
    return [slim(batch.take(np.arange(first, min(first + A_COMMIT, len(batch)))))
            for first in range(0, len(batch), A_COMMIT)]  # fmt: skip


def slim(batch: Batch) -> Batch:
    used, codes = np.unique(batch.datastream, return_inverse=True)
    return replace(
        batch, datastreams=tuple(batch.datastreams[code] for code in used), datastream=codes.astype(np.int32)
    )


def write_in_commits(ours: Ours, peer: Path, day: Batch, figures: Figures) -> None:
    """Write the day after the month in small commits, and the same rows into a table that takes everything."""
    topic, parts = f"commits of {A_COMMIT:,} rows, some late, repeated or corrected", commits(arriving(day))
    with closing(duckdb.connect(str(peer))) as table:
        table.register("taken", _arrow(parts[0], 0))
        table.execute("CREATE TABLE observation AS FROM taken LIMIT 0")

        def append(part: Batch) -> None:
            table.register("taken", _arrow(part, 0))
            table.execute("INSERT INTO observation FROM taken")

        _spend("plain DuckDB, appended, whatever comes", append, parts, figures, topic)
    _spend("smilecity, each row exactly once", ours.store.write, parts, figures, topic)
    ours.rows += len(day)
    assert int(ours.store.spans().count.sum()) == ours.rows


def _spend(name: str, work: object, parts: list[Batch], figures: Figures, topic: str) -> None:
    spent = []
    for part in track(parts, name):
        began = time.perf_counter()
        work(part)  # type: ignore[operator]
        spent.append(time.perf_counter() - began)
    figures.add(topic, name, sum(map(len, parts)), sum(spent))
    p50, p99 = np.percentile(spent, [50, 99]) * 1000
    figures.facts[f"{topic}: how long one takes"].append(f"{name:<42} p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def ask(
    one: Contender, figures: Figures, topic: str, goals: dict[str, int] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Ask every question several times; gives the answers."""
    answers = {}
    for question in GOALS_MS:
        spent = []
        for _ in range(20 if question in {LATEST, WEEK} else 5):
            began = time.perf_counter()
            answers[question] = one.ask(question)
            spent.append((time.perf_counter() - began) * 1000)
        goal = f", goal {goals[question]:,} ms" if goals else ""
        way = f" ({one.differs[question]})" if question in one.differs else ""
        figures.facts[topic].append(f"{question:<45} {one.name + way:<60} {np.median(spent):>9,.1f} ms, "
                                    f"worst {max(spent):,.1f} ms{goal}")  # fmt: skip
        print(figures.facts[topic][-1], flush=True)  # noqa: T201 - it takes minutes: a person wants to see it go on
    return answers


@contextmanager
def being_written(ours: Ours) -> Iterator[list[int]]:
    """Write so many rows a second beside, day after day; gives the numbers of rows of all commits."""
    over, written = threading.Event(), [0]

    def write() -> None:
        began = time.monotonic()
        for part in (part for day in count(DAYS + 1) for part in commits(ours.city.day(day))):
            if over.wait(max(0.0, began + sum(written) / WRITTEN_A_SECOND - time.monotonic())):
                return
            ours.store.write(part)
            written.append(len(part))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        over.set()
        thread.join()


def test_a_month_of_a_city(tmp_path: Path, figures: Figures):
    ours, parquet = Ours(CITY, tmp_path), Parquet(CITY, tmp_path / "parquet")
    topic = f"bulk load of a month, {len(CITY.datastreams):,} datastreams"
    load(parquet, CITY, figures, topic)
    load(ours, CITY, figures, topic)
    day = CITY.day(DAYS)
    write_in_commits(ours, tmp_path / "peer.duckdb", day, figures)
    with closing(ours.store):
        parquet.put(corrected(day))
        topic = f"questions to {ours.rows:,} rows"
        theirs = ask(parquet, figures, topic)
        mine = ask(ours, figures, topic, GOALS_MS)
        for question, answer in mine.items():
            np.testing.assert_allclose(answer, theirs[question], rtol=1e-9, err_msg=question)
        began = time.monotonic()
        with being_written(ours) as written:
            again = ask(ours, figures, f"the same, while {WRITTEN_A_SECOND:,} rows a second are written", GOALS_MS)
        rate = sum(written) / (time.monotonic() - began)
        figures.facts["written beside"].append(f"{rate:,.0f} rows a second")
        assert all(np.array_equal(again[question], mine[question]) for question in mine if question != LATEST)


def corrected(day: Batch) -> Batch:
    """Give the rows of a day as they are once all have come."""
    again = np.flatnonzero(_corrected(len(day)))
    result = day.result.copy()
    result[again] += 1
    return replace(day, result=result)


def _corrected(n: int) -> NDArray[np.bool_]:
    """Draw as ``arriving`` does."""
    chance = np.random.default_rng(8)
    late = chance.random(n) < LATE
    chance.uniform(0, 0.2 * n, late.sum())
    chance.random(n)
    return chance.random(n) < CORRECTED


@pytest.mark.skipif(VICTORIAMETRICS is None or INFLUXD is None, reason="needs victoria-metrics and influxdb")
def test_a_smaller_month_beside_servers(tmp_path: Path, figures: Figures):
    topic = f"bulk load of a smaller month, {len(SLICE.datastreams):,} datastreams"
    folders = [tmp_path / name for name in ("ours", "victoria", "influx")]
    for folder in folders:
        folder.mkdir()
    ours = Ours(SLICE, folders[0])
    for one in (Victoria(SLICE, folders[1]), Influx(SLICE, folders[2]), ours):
        load(one, SLICE, figures, topic)
        one.put(SLICE.day(DAYS))
        ask(one, figures, f"questions to {one.rows:,} rows")
        one.close()
