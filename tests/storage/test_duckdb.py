"""What only an engine with a file must show: it keeps, it holds alone, and it survives a kill."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream
from storage.duck.lookup import stretches
from storage.store import Outcome, Query, StoreLockedError, open_store

if TYPE_CHECKING:
    from pathlib import Path

A = Datastream("a", "level")

WRITER = """
import sys, numpy as np
from sensors.model import Batch, Datastream
from storage.store import open_store
store, start = open_store(sys.argv[1]), int(sys.argv[2])
for batch in range(start, start + 100_000):
    times = np.arange(batch * 100, batch * 100 + 100)
    store.write(Batch.of([Datastream("a", "level")], [0] * 100, times, times.astype(float)))
    print(batch, flush=True)
"""


def test_what_was_written_is_there_after_opening_again(tmp_path: Path):
    url = f"duckdb://{tmp_path}/new/folder/city.duckdb"
    store = open_store(url)
    version = store.write(Batch.of([A], [0, 0], np.array([10, 20]), [1, 2])).version
    store.close()
    again = open_store(url)
    assert again.latest().result.tolist() == [2]
    assert again.changes(0).version == version
    assert again.write(Batch.of([A], [0], np.array([20]), [2])).version == version
    assert again.write(Batch.of([A], [0], np.array([15]), [5])).version == version + 1
    assert again.read(Query(datastreams=[A])).result.tolist() == [1, 5, 2]
    again.close()


def test_what_was_touched_before_it_was_opened_is_told_far_apart_too(tmp_path: Path):
    url, day = f"duckdb://{tmp_path}/city.duckdb", 86_400_000
    store = open_store(url)
    seen = store.write(Batch.of([A], [0], np.array([10]), [1])).version
    store.write(Batch.of([A], [0, 0, 0], np.array([day, 100 * day, 106 * day]), [1, 2, 3]))
    store.close()
    again = open_store(url)
    newest, older = again.changes(seen, np.timedelta64(7, "D")).layers(np.timedelta64(7, "D"))
    again.close()
    told = [(one.first.view(np.int64).tolist(), one.last.view(np.int64).tolist()) for one in (newest, older)]
    assert told == [([100 * day], [106 * day]), ([day], [day])]


def test_a_file_held_by_another_process_is_told_in_a_sentence(tmp_path: Path):
    url = f"duckdb://{tmp_path}/city.duckdb"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url, "0"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()
    with pytest.raises(StoreLockedError, match=str(writer.pid)):
        open_store(url)
    writer.kill()
    writer.communicate()


def test_a_file_that_is_no_store_is_told_in_a_sentence(tmp_path: Path):
    (tmp_path / "city.duckdb").write_text("no database\n" * 1000)
    with pytest.raises(OSError, match="cannot be opened"):
        open_store(f"duckdb://{tmp_path}/city.duckdb")


def test_killed_at_any_instant_nothing_reported_is_lost_or_doubled(tmp_path: Path):
    url = f"duckdb://{tmp_path}/city.duckdb"
    chance, reported = np.random.default_rng(7), -1
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, url, str(reported + 1)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        reported = int(writer.stdout.readline())
        time.sleep(chance.uniform(0, 0.2))
        writer.kill()
        told = writer.communicate()[0].split()
        reported = int(told[-1]) if told else reported
        store = open_store(url)
        times = store.read(Query(datastreams=[A])).phenomenon_time.view(np.int64)
        store.close()
        # The last batch may have been committed and not been told of.
        assert len(times) in {(reported + 1) * 100, (reported + 2) * 100}
        np.testing.assert_array_equal(times, np.arange(len(times)))
        reported = len(times) // 100 - 1


def test_late_rows_of_many_times_are_looked_up_in_a_few_stretches():
    days = np.datetime64("2020-01-01", "ms") + np.arange(40).astype("timedelta64[D]")
    hours = days[:, None] + np.arange(3).astype("timedelta64[h]")
    found = stretches(hours.ravel())
    assert len(found) == 16
    assert all(any(first <= time <= last for first, last in found) for time in hours.ravel().astype(np.int64))
    whole = [(first.astype(np.int64), last.astype(np.int64)) for first, last in [hours[0, [0, 2]]]]
    assert stretches(hours[0]) == whole
    ends = days[[0, -1]].astype(np.int64).tolist()
    assert stretches(days[[0, -1]]) == [(ends[0], ends[0]), (ends[1], ends[1])]


def test_one_late_row_of_years_ago_has_its_years_left_alone(tmp_path: Path):
    """Of a batch with an old and a new row that are both known, both are found."""
    with closing(open_store(f"duckdb://{tmp_path}/city.duckdb")) as store:
        stream = Datastream("a", "level")
        times = np.array(["2016-01-01", "2020-01-01", "2026-01-01"], dtype="datetime64[ms]")
        batch = Batch.of([stream], [0, 0, 0], times, [1, 2, 3])
        store.write(batch)
        assert store.write(batch.take(np.array([2, 0]))).outcome.tolist() == [Outcome.DUPLICATE] * 2
