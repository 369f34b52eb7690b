"""History between real engines: everything arrives, again changes nothing, and what differs is told."""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.moving import Step, UnlikeDay, migrate
from storage.store import Query, Spans, Store, StoreBusyError, Written, open_store
from tests.servers import VICTORIAMETRICS, VictoriaMetrics
from tests.storage.rows import some_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400_000
RAW, DERIVED = Datastream("bin-7", "filling_level"), Datastream("bin-7", "filling_level_hour", derived=True)
YEAR = 50 * 365 * DAY


def history(days: int = 40) -> Batch:
    """Hours of some days, every column in use."""
    times = np.tile(YEAR + np.arange(24 * days) * 3_600_000, 2)
    place = np.arange(len(times))
    return Batch.of(
        [RAW, DERIVED],
        np.repeat([0, 1], 24 * days),
        times,
        np.where(place % 7 == 3, np.nan, place / 3),
        result_time=times + 1234,
        quality=np.where(place % 7 == 3, 9, 1 + place % 4),
        revision=place % 5,
        coverage=np.where(place < 24 * days, np.nan, 0.75),
        samples=place % 11,
    )


@pytest.fixture
def stores(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, Store]]:
    urls = {
        "memory": "memory://",
        "duckdb": f"duckdb://{tmp_path}/a.duckdb",
        "duckdb2": f"duckdb://{tmp_path}/b.duckdb",
    }
    if VICTORIAMETRICS is not None:
        server: VictoriaMetrics = request.getfixturevalue("victoriametrics")
        urls["victoriametrics"] = server.url(uuid.uuid4().hex)
    opened = {name: open_store(url) for name, url in urls.items()}
    yield opened
    for store in opened.values():
        store.close()


def moved(source: Store, target: Store, *, write: bool = True) -> Step:
    return sum(migrate(source, target, source.spans(), write=write), Step())


def content(store: Store) -> list[tuple[object, ...]]:
    streams = sorted(store.spans().datastreams)
    rows = store.read(Query(datastreams=streams))
    named = [rows.datastreams[code] for code in rows.datastream]
    columns = (rows.phenomenon_time, rows.result_time, rows.quality, rows.revision, rows.samples)
    floats = (np.nan_to_num(rows.result, nan=-1e300), np.nan_to_num(rows.coverage, nan=-1))
    return list(zip(named, *(column.tolist() for column in (*columns, *floats)), strict=True))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("duckdb", "duckdb2"),
        ("memory", "duckdb"),
        ("duckdb", "memory"),
        ("duckdb", "victoriametrics"),
        ("victoriametrics", "duckdb"),
    ],
)
def test_everything_arrives_and_again_changes_nothing(stores: dict[str, Store], source: str, target: str):
    if {source, target} - set(stores):
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    batch = history()
    stores[source].write(batch)
    first = moved(stores[source], stores[target])
    assert (first.rows, first.written, first.days, first.days_skipped) == (1920, 1920, 80, 0)
    assert (first.missing, first.different, first.days_wrong) == (0, 0, 0)
    assert content(stores[target]) == content(stores[source])
    again = moved(stores[source], stores[target])
    assert (again.written, again.days_skipped) == (0, 80)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_rows(), st.integers(0, 20))
def test_whatever_the_target_had_of_it_all_arrives(batch: Batch, had: int):
    source, target = open_store("memory://"), open_store("memory://")
    source.write(batch)
    target.write(batch.take(np.arange(min(had, len(batch)))))
    total = moved(source, target)
    assert (total.written, total.missing, total.different) == (max(0, len(batch) - had), 0, 0)
    assert content(target) == content(source)


def test_only_comparing_writes_nothing(stores: dict[str, Store]):
    stores["memory"].write(history(2))
    total = moved(stores["memory"], stores["duckdb"], write=False)
    assert (total.missing, total.written, total.days_wrong) == (96, 0, 4)
    assert len(stores["duckdb"].spans().datastreams) == 0


def test_what_was_broken_off_goes_on(stores: dict[str, Store]):
    stores["memory"].write(history())
    steps = migrate(stores["memory"], stores["duckdb"], stores["memory"].spans())
    first = next(steps)
    steps.close()  # type: ignore[attr-defined]
    rest = moved(stores["memory"], stores["duckdb"])
    assert first.written > 0
    assert rest.days_skipped == first.days
    assert rest.written == 1920 - first.written


def test_what_the_target_holds_otherwise_is_told_and_stays():
    source, target = open_store("memory://"), open_store("memory://")
    source.write(Batch.of([RAW], [0, 0], [YEAR, YEAR + DAY], [1, 2]))
    target.write(Batch.of([RAW], [0, 0], [YEAR, YEAR + 1], [5, 6]))
    total = Step()
    days: list[UnlikeDay] = []
    for step in migrate(source, target, source.spans()):
        total += step
        days += step.unlike
    assert (total.written, total.different, total.days_wrong) == (1, 1, 1)
    (day,) = days
    assert (day.datastream, str(day.day)) == (RAW, "2019-12-20")
    assert (day.source, day.target, day.missing, day.different, day.further) == (1, 2, 0, 1, 1)


def test_a_better_row_of_the_source_takes_its_place():
    source, target = open_store("memory://"), open_store("memory://")
    source.write(Batch.of([DERIVED], [0], [YEAR], [2], revision=3))
    target.write(Batch.of([DERIVED], [0], [YEAR], [1], revision=2))
    assert moved(source, target).written == 1
    assert content(target) == content(source)


def test_what_the_target_refuses_is_counted_by_its_sentence(tmp_path: Path):
    if VICTORIAMETRICS is None:
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    server = VictoriaMetrics(tmp_path / "server", flags=("-retentionPeriod=30d",)).start()
    try:
        source = open_store("memory://")
        now = int(np.datetime64("now", "ms").astype(np.int64))
        source.write(Batch.of([RAW], [0, 0, 0], [YEAR, YEAR + 1, now], [1, 2, 3]))
        with closing(open_store(server.url())) as target:
            total = moved(source, target)
    finally:
        server.stop()
    ((sentence, rows),) = total.refused.items()
    assert "-retentionPeriod" in sentence
    assert (rows, total.written, total.missing) == (2, 1, 2)


class Busy:
    """A store that is busy a few times before it takes anything."""

    def __init__(self, times: int) -> None:
        self.store, self.left, self.asked = open_store("memory://"), times, Counter[str]()

    def write(self, batch: Batch) -> Written:
        self.asked["write"] += 1
        if self.asked["write"] <= self.left:
            raise StoreBusyError("a disk is full", retry_after=0.0)
        return self.store.write(batch)

    def __getattr__(self, name: str):
        return getattr(self.store, name)


def test_a_busy_store_is_asked_again():
    source, target = open_store("memory://"), Busy(3)
    source.write(history(1))
    assert moved(source, target).written == 48
    assert target.asked["write"] == 4


def test_a_store_that_stays_busy_says_so():
    source = open_store("memory://")
    source.write(history(1))
    with pytest.raises(StoreBusyError, match="a disk is full"):
        moved(source, Busy(10_000))


def test_nothing_is_moved_of_nothing():
    empty = open_store("memory://")
    spans: Spans = empty.spans()
    assert list(migrate(empty, open_store("memory://"), spans)) == []
