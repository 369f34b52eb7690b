"""Several ``smilecity process --follow``, one of them killed and one that comes later, beside one that does it all.

They share a VictoriaMetrics and a catalogue while observations come in, and among these are late ones. The lease of
the one that was killed is ended by the test: nobody need wait for a minute. Of two of one name one is left.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import uuid
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from processing.worker import WORK, Worker
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.shares import LEASE
from storage.store import Query, open_store
from tests.servers import wait_until
from tests.smilecity.running import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.store import Store
    from tests.servers import VictoriaMetrics

HOURS, PORTIONS = 6, 9
FEW = 20
"""Results after which one is killed: it has begun, and has not done."""
OBSERVED = {"parking_spot": "occupied", "energy_meter": "total_active_energy_import"}
THINGS = tuple(
    Thing(
        id=f"{kind}-{number}",
        name=kind,
        kind=kind,
        longitude=12.1,
        latitude=54.1,
        district="Mitte" if number % 2 else "Nord",
        operator=kind,
    )
    for kind in OBSERVED
    for number in range(6)
)
Key = tuple[Datastream, int]
Stated = tuple[float, int, float, int]
"""Value, flag, coverage, samples."""
Row = tuple[float, int, float, int, int]
"""And the revision."""
TAKEN_BACK = (-1.0, Quality.MISSING, 0.0, 0)
STREAMS = tuple(Datastream(thing.id, OBSERVED[thing.kind]) for thing in THINGS)


def observations() -> list[Batch]:
    """Give what all things said in the last hours, in portions as it comes in; every tenth row comes a portion late."""
    rng = np.random.default_rng(7)
    count = HOURS * 4
    series = np.repeat(np.arange(len(THINGS)), count)
    minutes = np.tile(15 * np.arange(count), len(THINGS)) + rng.integers(0, 15, len(series))
    told = rng.random((len(THINGS), count))
    spaces = np.array([thing.kind == "parking_spot" for thing in THINGS])[:, np.newaxis]
    value = np.where(spaces, told < 0.5, told.cumsum(axis=1)).ravel()
    portion = minutes * PORTIONS // (HOURS * 60) + (rng.random(len(series)) < 0.1)
    begin = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "m") - np.timedelta64(HOURS, "h")
    time = begin + minutes.astype("timedelta64[m]")
    parts = (portion == number for number in range(PORTIONS + 1))
    return [Batch.of(STREAMS, series[mine], time[mine], value[mine]) for mine in parts]


class Followed(NamedTuple):
    folder: Path
    store: str
    catalogue: str

    def shares(self) -> dict[str | None, list[tuple[int, int]]]:
        """Give position and clock of every share, by who has it."""
        found: dict[str | None, list[tuple[int, int]]] = {}
        with closing(sqlite3.connect(self.folder / "catalogue.sqlite")) as connection:
            for worker, *stand in connection.execute("select worker, position, clock from share"):
                found.setdefault(worker, []).append((stand[0], stand[1]))
        return found

    def clock(self) -> int:
        """Tell up to when windows are closed, of those farthest behind. [ms]"""
        return min(clock for stands in self.shares().values() for _, clock in stands)

    def let_lapse(self, worker: str) -> None:
        """End a worker's lease, as a minute would."""
        with closing(sqlite3.connect(self.folder / "catalogue.sqlite", isolation_level=None)) as connection:
            connection.execute("update presence set until = 0 where work = ? and worker = ?", (WORK, worker))

    @contextmanager
    def follower(self, name: str, worker: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """Start a follower with a folder and a log of its own, that goes by the folder's name or another."""
        arguments = ("--data", str(self.folder / name), "--store", self.store, "--catalogue", self.catalogue)
        with (
            (self.folder / name).with_suffix(".log").open("wb") as log,
            subprocess.Popen(
                [*COMMAND, "process", "--follow", "--worker", worker or name, *arguments], stdout=log, stderr=log
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def said(self, name: str) -> str:
        return " ".join((self.folder / name).with_suffix(".log").read_text().split())

    def written(self, name: str) -> int:
        """Read how many values a follower that has stopped says that it wrote."""
        said = self.said(name)
        assert "Traceback" not in said
        found = re.search(r"Stopped\. ([\d,]+) values", said)
        assert found, said
        return int(found[1].replace(",", ""))


def derived(store: Store) -> dict[Key, Row]:
    """Give every result."""
    rows = store.read(Query(datastreams=[stream for stream in store.spans().datastreams if stream.derived]))
    keys = zip(
        (rows.datastreams[code] for code in rows.datastream), rows.phenomenon_time.astype(int).tolist(), strict=True
    )
    columns = (np.nan_to_num(rows.result, nan=-1.0), rows.quality, rows.coverage, rows.samples, rows.revision)
    found = dict(zip(keys, zip(*(column.tolist() for column in columns), strict=True), strict=True))
    assert len(found) == len(rows)
    return found


def test_several_followers_do_what_one_backfill_does_though_one_is_killed(
    victoriametrics: VictoriaMetrics, tmp_path: Path
):
    city = Followed(tmp_path, victoriametrics.url(uuid.uuid4().hex), f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue, store = Catalogue(city.catalogue), open_store(city.store)
    catalogue.put(THINGS)
    with ExitStack() as running:
        running.callback(catalogue.close)
        running.callback(store.close)
        one, two = (running.enter_context(city.follower(name)) for name in ("one", "two"))
        wait_until(lambda: {*city.shares()} == {"one", "two"}, timeout=60, what="two followers to share the things")
        portions = iter(observations())
        for _ in range(3):
            store.write(next(portions))
        wait_until(lambda: len(derived(store)) > FEW, timeout=60, what="the first results")
        two.kill()
        assert two.wait() == -signal.SIGKILL
        held = len(derived(store))
        three = running.enter_context(city.follower("three"))
        for _ in range(3):
            store.write(next(portions))
        city.let_lapse("two")
        wait_until(lambda: {*city.shares()} == {"one", "three"}, timeout=60, what="the third to take over")
        for portion in portions:
            store.write(portion)
        alone = Alone(store, catalogue)
        wait_until(lambda: stated(derived(store)) == alone.at(city.clock()), timeout=90, what="all to be computed")
        for process in (one, three):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        found = derived(store)
    assert {*city.shares()} == {None}
    assert FEW < held < len(found)
    # Late rows restate; what two of them had written each would be more than there are revisions.
    assert {row[-1] for row in found.values()} > {0}
    assert city.written("one") > 0 < city.written("three")
    assert city.written("one") + city.written("three") <= sum(1 + row[-1] for row in found.values())


def test_of_two_of_one_name_the_newer_goes_on_and_who_comes_back_after_a_kill_does_so_at_once(
    victoriametrics: VictoriaMetrics, tmp_path: Path
):
    city = Followed(tmp_path, victoriametrics.url(uuid.uuid4().hex), f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue, store = Catalogue(city.catalogue), open_store(city.store)
    catalogue.put(THINGS)
    with ExitStack() as running:
        running.callback(catalogue.close)
        running.callback(store.close)
        portions = iter(observations())
        older = running.enter_context(city.follower("older", "c1"))
        for _ in range(4):
            store.write(next(portions))
        wait_until(lambda: len(derived(store)) > FEW, timeout=60, what="the first results")
        newer = running.enter_context(city.follower("newer", "c1"))
        assert older.wait(timeout=60) == os.EX_CONFIG
        assert re.search(
            rf"Stopped\. .* smilecity: another process goes by the name 'c1' .* \(process {newer.pid} on .*--worker of",
            city.said("older"),
        )
        for _ in range(3):
            store.write(next(portions))
        alone = Alone(store, catalogue)
        wait_until(lambda: stated(derived(store)) == alone.at(city.clock()), timeout=60, what="all that has come")
        newer.kill()
        assert newer.wait() == -signal.SIGKILL
        again = running.enter_context(city.follower("again", "c1"))
        for portion in portions:
            store.write(portion)
        alone = Alone(store, catalogue)
        # Its predecessor's lease has not ended yet: it goes on at once, or would not be there in time.
        wait_until(lambda: stated(derived(store)) == alone.at(city.clock()), timeout=LEASE / 2000, what="all of it")
        again.send_signal(signal.SIGTERM)
        assert again.wait(timeout=60) == 0
        found = derived(store)
    assert {*city.shares()} == {None}
    assert city.written("older") > 0 < city.written("again")
    assert city.written("older") + city.written("again") <= sum(1 + row[-1] for row in found.values())


def stated(found: dict[Key, Row]) -> dict[Key, Stated]:
    """Leave out what was true of the rows that had come, and was taken back: who looks later never says it."""
    return {key: row[:4] for key, row in found.items() if row[:4] != TAKEN_BACK}


class Alone:
    """What a backfill makes of it, of a copy."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._rows = store.read(Query(datastreams=STREAMS))
        self._catalogue = catalogue
        self._known: dict[int, dict[Key, Stated]] = {}

    def at(self, clock: int) -> dict[Key, Stated]:
        """Compute all windows that have closed by an instant. [ms]"""
        if clock not in self._known:
            now = datetime.fromtimestamp(clock / 1000, UTC)
            with closing(open_store("memory://")) as copy:
                copy.write(self._rows)
                Worker(copy, self._catalogue).recompute(now - timedelta(days=40), now + timedelta(days=1), now)
                self._known[clock] = stated(derived(copy))
        return self._known[clock]
