"""A DuckDB file that an earlier version made opens with all its rows, whenever it is killed; a newer one is refused.

``earlier/store_1.duckdb.gz`` and ``store_2`` are what versions 1 and 2 really made: three days of hours over a month's
end, and a correction; in version 2 two days have moved.
"""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest

from sensors.model import Batch, Datastream
from storage.aggregate import aggregate
from storage.duck.settling import months
from storage.engines.duckdb import DuckDB, open_engine
from storage.store import Outcome, Query
from storage.windows import Function, Windows

EARLIER = Path(__file__).parent / "earlier"
RAW, DERIVED = Datastream("bin-7", "filling_level"), Datastream("bin-7", "filling_level_hour", derived=True)
START = np.datetime64("2026-01-30", "ms")
HOURS = np.arange(72)
TIMES = START + HOURS * np.timedelta64(3_600_000, "ms")
LATER = START + np.timedelta64(100 * 86_400_000, "ms")


@pytest.fixture(params=[1, 2, 3])
def version(request: pytest.FixtureRequest) -> int:
    """Name the version that made a file."""
    made: int = request.param
    return made


@pytest.fixture
def earlier(version: int, tmp_path: Path) -> Path:
    file = tmp_path / "city.duckdb"
    file.write_bytes(gzip.decompress((EARLIER / f"store_{version}.duckdb.gz").read_bytes()))
    return file


def all_there(store: DuckDB) -> None:
    raw, derived = store.read(Query(datastreams=[RAW])), store.read(Query(datastreams=[DERIVED]))
    results, late, revisions = HOURS / 4, np.full(72, 700), HOURS.copy()
    results[5], late[5], revisions[5] = 99.0, 900, 500
    np.testing.assert_array_equal(raw.phenomenon_time, TIMES)
    np.testing.assert_array_equal(raw.result, results)
    np.testing.assert_array_equal((raw.result_time - TIMES).astype(np.int64), late)
    np.testing.assert_array_equal(raw.revision, revisions)
    np.testing.assert_array_equal(raw.quality, np.where(HOURS % 10 == 3, 3, 1) * (HOURS != 5) + (HOURS == 5))
    np.testing.assert_array_equal(derived.result, np.where(HOURS % 7 == 0, np.nan, HOURS / 8))
    np.testing.assert_array_equal(derived.coverage, np.full(72, 0.5, dtype=np.float32))
    assert set(derived.samples.tolist()) == {4}
    assert store.changes(0).version == 3
    assert store.latest([RAW, DERIVED]).result.tolist() == [71 / 4, 71 / 8]


def sums_are_right(store: DuckDB) -> None:
    windows, both = Windows(START + np.array([0, 2, 3]) * np.timedelta64(86_400_000, "ms")), [RAW, DERIVED]
    found = store.aggregate(both, windows, list(Function))
    expected = aggregate(store.read(Query(datastreams=both)), both, windows, list(Function))
    for function in Function:
        np.testing.assert_allclose(found.columns[function], expected.columns[function], rtol=1e-9)


def test_it_opens_with_all_its_rows_and_they_move_to_their_months(earlier: Path, version: int):
    with closing(open_engine(f"duckdb://{earlier}")) as store:
        all_there(store)
        sums_are_right(store)
        assert len(months(store._connection)) == {1: 0, 2: 1, 3: 2}[version]
        moving = {1: 144, 2: 49, 3: 1}[version]
        assert sum(step.rows for step in store.tend(LATER) if step.doing == "settling days") == moving
        assert len(months(store._connection)) == 2
        assert store._connection.execute("SELECT count(*), sum(count) FROM summed_day").fetchall() == [(6, 72 + 61)]
        all_there(store)
        sums_are_right(store)
    with closing(open_engine(f"duckdb://{earlier}")) as again:
        all_there(again)
        again_written = again.write(Batch.of([RAW], [0, 0], [TIMES[0], TIMES[0] + 1], [0.0, 1.0]))
        assert again_written.outcome.tolist() == [Outcome.DUPLICATE, Outcome.STORED]
        assert again_written.version == 4


def test_killed_while_it_is_brought_up_it_opens(earlier: Path):
    chance = random.Random(2)
    opening = (
        f"from storage.engines.duckdb import open_engine\nprint('go', flush=True)\nopen_engine('duckdb://{earlier}')"
    )
    before = earlier.read_bytes()
    for _ in range(4):
        earlier.write_bytes(before)
        with subprocess.Popen([sys.executable, "-c", opening], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))  # the instant is the fault
            process.kill()
        with closing(open_engine(f"duckdb://{earlier}")) as store:
            all_there(store)


def test_a_newer_one_is_refused_and_left_alone(earlier: Path):
    with closing(duckdb.connect(str(earlier))) as file:
        file.execute("UPDATE schema_version SET version = 7")
    before = earlier.read_bytes()
    with pytest.raises(ValueError, match="update Smile City"):
        open_engine(f"duckdb://{earlier}")
    assert earlier.read_bytes() == before
