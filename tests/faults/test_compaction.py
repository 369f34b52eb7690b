"""A DuckDB store that is killed -9 while it writes, moves finished days and sorts months: each row is there once.

A short form runs with all tests; ``make faults`` runs the long one (SMILECITY_FAULTS=long) and prints the table.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream
from storage.aggregate import aggregate
from storage.duck import settling
from storage.engines.duckdb import DuckDB, open_engine
from storage.store import Query
from storage.windows import Function, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = os.environ.get("SMILECITY_FAULTS") == "long"
KILLS = dict(zip(("written", "settling days", "sorting months"), (20, 20, 10) if LONG else (2, 2, 1), strict=True))
"""By what the store says that it is just doing."""
pytestmark = pytest.mark.timeout(900 if LONG else 180)

STREAMS = tuple(Datastream(f"thing-{number}", "level") for number in range(4))
START = np.datetime64("2026-01-01", "ms")
HOUR = 3_600_000
ROWS = 40
"""Rows of a batch: ten of an hour of each datastream."""
BEGUN = 24 * 40
BACK = 60
"""A batch corrects a row of the batch so many before it, which is days ago and has moved."""


@dataclass
class Fate:
    """What became of a store."""

    fault: str
    kills: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    unlike: int = 0
    """Windows that are not what their rows come to."""
    months: int = 0
    slowest_s: float = 0.0
    """To open it again."""


FATES: list[Fate] = []


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """Print what became of every store."""
    yield
    for one in FATES:
        print(  # noqa: T201 - the table that a person reads
            f"{one.fault}: {one.kills} kills, {one.rows:,} rows in {one.months} months, {one.lost} lost, "
            f"{one.doubled} doubled, {one.wrong} wrong, {one.unlike} sums unlike their rows; "
            f"opened again within {one.slowest_s:.2f} s"
        )


def batch(number: int) -> Batch:
    """Make the rows of an hour, and a correction of an earlier one: whole or not at all, what a commit is."""
    times = START + (number * HOUR + np.tile(np.arange(10) * 60_000, 4)).astype("timedelta64[ms]")
    code, result = np.repeat(np.arange(4), 10), np.arange(ROWS) + number
    corrected = Batch.of(STREAMS, code, times, result, result_time=times + 700)
    if number < BACK:
        return corrected
    again = START + np.timedelta64((number - BACK) * HOUR, "ms")
    return Batch.of(
        STREAMS,
        np.append(code, 0),
        np.append(times, again),
        np.append(result, -1.0),
        result_time=np.append(times, again) + 700,
        revision=np.append(np.zeros(ROWS), 1),
    )


def expected(batches: int) -> tuple[np.ndarray, np.ndarray]:
    """Give keys and results of all rows after so many batches, in the order of datastreams and times."""
    number = np.repeat(np.arange(batches), 10)
    minute = np.tile(np.arange(10), batches)
    keys = [(code << 43) + number * HOUR + minute * 60_000 for code in range(4)]
    results = [number + code * 10.0 + minute for code in range(4)]
    results[0][(minute == 0) & (number < batches - BACK)] = -1.0
    return np.concatenate(keys), np.concatenate(results)


def run(url: str, begin: int) -> None:
    """Write and tend until killed: the process of the test."""
    import threading  # noqa: PLC0415 - of the other process

    store = open_engine(url)
    newest = [begin]

    def write() -> None:
        for number in range(begin, begin + 1_000_000):
            store.write(batch(number))
            newest[0] = number
            os.write(1, f"written {number}\n".encode())  # at once, whatever the other thread says

    threading.Thread(target=write, daemon=True).start()
    while True:
        for step in store.tend(START + np.timedelta64(newest[0] * HOUR, "ms")):
            os.write(1, f"{step.doing}\n".encode())


def killed(url: str, begin: int, chance: random.Random, amid: str) -> int:
    """Run until something is under way, and kill a little later; gives the last batch that was reported."""
    code = f"from tests.faults.test_compaction import run; run({url!r}, {begin})"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reported, seen = begin - 1, False
        deadline = time.monotonic() + 60
        while not seen or reported < begin + 30:
            assert time.monotonic() < deadline
            line = process.stdout.readline()
            reported = int(line.split()[1]) if line.startswith("written") else reported
            seen = seen or line.startswith(amid)
        time.sleep(chance.uniform(0, 0.3))  # the instant is the fault
        process.kill()
        told = [line for line in process.communicate()[0].split("\n")[:-1] if line.startswith("written")]
    return int(told[-1].split()[1]) if told else reported


def compare(store: DuckDB, reported: int, fate: Fate) -> int:
    """Count what is not as it must be; gives the number of batches that are there."""
    found = store.read(Query(datastreams=STREAMS))
    keys = (found.datastream.astype(np.int64) << 43) + (found.phenomenon_time - START).astype(np.int64)
    batches = -(-len(np.unique(keys)) // ROWS)
    # The last batch may have been committed and not been told of.
    assert batches in {reported + 1, reported + 2} or len(keys) < (reported + 1) * ROWS
    wanted, results = expected(max(batches, reported + 1))
    fate.lost += len(np.setdiff1d(wanted, keys))
    fate.doubled += len(keys) - len(np.unique(keys))
    fate.wrong += int((found.result != results).sum()) if np.array_equal(keys, wanted) else 0
    fate.rows, fate.months = len(keys), len(settling.months(store._connection))
    fate.unlike += unlike(store, found)
    assert store.spans(STREAMS).count.sum() == len(keys)
    assert len(store.latest(STREAMS)) == len(STREAMS)
    return batches


def unlike(store: DuckDB, rows: Batch) -> int:
    """Count windows of days, and of all of it, that are not what their rows come to."""
    many = int((rows.phenomenon_time.max() - START).astype(np.int64)) // (24 * HOUR) + 2
    days = START + (np.arange(many) * 24 * HOUR).astype("timedelta64[ms]")
    wrong = 0
    for windows in (Windows(days), Windows(days[[0, -1]]), Windows(days + np.timedelta64(22 * HOUR, "ms"))):
        found = store.aggregate(STREAMS, windows, list(Function))
        expected = aggregate(rows, STREAMS, windows, list(Function))
        assert len(found) == len(expected)
        for function in Function:
            same = np.isclose(found.columns[function], expected.columns[function], rtol=1e-9, equal_nan=True)
            wrong += int((~same).sum())
    return wrong


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file of some batches: a month must be over before it can be sorted."""
    file = tmp_path_factory.mktemp("begun") / "city.duckdb"
    with closing(open_engine(f"duckdb://{file}")) as store:
        for number in range(BEGUN):
            store.write(batch(number))
    return file


@pytest.mark.parametrize("amid", KILLS)
def test_killed_at_any_instant_what_was_committed_is_there_once(begun: Path, tmp_path: Path, amid: str):
    url, chance, fate = f"duckdb://{tmp_path}/city.duckdb", random.Random(amid), Fate(f"DuckDB amid '{amid}'")
    FATES.append(fate)
    shutil.copy(begun, tmp_path)
    batches = BEGUN
    for _ in range(KILLS[amid]):
        reported = killed(url, batches, chance, amid)
        fate.kills += 1
        began = time.monotonic()
        with closing(open_engine(url)) as store:
            fate.slowest_s = max(fate.slowest_s, time.monotonic() - began)
            batches = compare(store, reported, fate)
        assert (fate.lost, fate.doubled, fate.wrong, fate.unlike) == (0, 0, 0, 0)
