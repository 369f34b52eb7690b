"""A backup is what was there at one instant, made beside whatever runs, and is refused where a byte of it changed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ingest.spool import Spool
from sensors.model import Batch, Datastream, Message, Rejected
from smilecity import manifest
from smilecity.backup import back_up
from smilecity.options import settings
from smilecity.restore import restore
from storage.catalogue import Catalogue, Counts
from storage.database import sqlite_file
from storage.engines.duckdb import DuckDB
from storage.engines.memory import Memory
from storage.store import Query, open_store
from tests.publishing import publish, reading
from tests.servers import free_port, wait_until
from tests.smilecity.running import smilecity, up

DAY = np.timedelta64(86_400_000, "ms")
START = np.datetime64("2026-01-01", "ms")
STREAMS = (Datastream("bin-7", "filling_level"), Datastream("bin-8", "filling_level"))
ROWS = 1000


def nothing(_doing: str, _done: int, _of: int) -> None:
    """Hear of progress."""


def batch(first: int, count: int = ROWS) -> Batch:
    numbers = np.arange(first, first + count)
    times = START + numbers * np.timedelta64(3_600_000, "ms")
    return Batch.of(STREAMS, numbers % 2, times, numbers / 7, result_time=times + 1234, revision=numbers)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Make an installation: a store with settled months, a catalogue with books, a spool, models, sources."""
    folder = tmp_path / "city"
    with closing(open_store(f"duckdb://{folder}/city.duckdb")) as store:
        store.write(batch(0))
        list(store.tend(START + 30 * DAY))
    with closing(Catalogue(f"sqlite:///{folder}/catalogue.sqlite")) as catalogue:
        rejected = Rejected(Message("city", "t", b"\x00?", 5), "not_json", "no JSON", "d")
        catalogue.settle("city", "w1", Counts(received=3, stored=2, quarantined=1), [rejected])
        catalogue.set_position("processing", 1)
    spool = Spool(folder / "spool" / "ingest-1" / "city.sqlite", "city", 1 << 20)
    spool.append([Message("city", "t", b"{}", 1)])
    spool.close()
    (folder / "formats").mkdir()
    (folder / "sources.toml").write_text('[[source]]\nname = "city"\nurl = "mqtt://127.0.0.1"\n')
    (folder / "receivers.toml").write_text('[[webhook]]\nname = "dispatch"\nurl = "https://dispatch.example/"\n')
    return folder


def held(folder: Path) -> tuple[list[float], list[tuple[str, Counts]]]:
    with closing(open_store(f"duckdb://{folder}/city.duckdb")) as store:
        results = store.read(Query(datastreams=STREAMS)).result.tolist()
    with closing(Catalogue(f"sqlite:///{folder}/catalogue.sqlite")) as catalogue:
        return results, [(entry.source, entry.counts) for entry in catalogue.ledger()]


def test_there_and_back_again(data: Path, tmp_path: Path):
    made = smilecity("backup", str(tmp_path / "backup"), "--data", str(data))
    assert made.returncode == 0, made.stderr
    assert "1,000 observations" in made.stdout
    assert "Spools held 1 portions" in made.stdout
    checked = smilecity("restore", str(tmp_path / "backup"), "--check")
    assert "is sound: 1,000 observations" in checked.stdout, checked.stderr
    back = smilecity("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "again"))
    assert back.returncode == 0, back.stderr
    assert "--worker ingest-1" in back.stdout
    assert held(tmp_path / "again") == held(data)
    names = {path.name for path in (tmp_path / "again").iterdir()}
    assert names == {"lock", "city.duckdb", "catalogue.sqlite", "spool", "formats", "sources.toml", "receivers.toml"}
    spool = Spool(tmp_path / "again" / "spool" / "ingest-1" / "city.sqlite", "city", 1 << 20)
    assert spool.messages == 1
    spool.close()


def test_it_is_what_was_there_at_one_instant_while_others_write(data: Path, tmp_path: Path):
    """Writes of 100 rows go on: the copy has whole ones, a row of each, and what it has is what its manifest says."""
    over = threading.Event()
    with closing(open_store(f"duckdb://{data}/city.duckdb")) as store:

        def write() -> None:
            first = ROWS
            while not over.is_set():
                store.write(batch(first, 100))
                first += 100

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = [back_up(store, settings(data=data), tmp_path / str(number), nothing) for number in range(3)]
        finally:
            over.set()
            writer.join()
    for number, one in enumerate(made):
        with closing(open_store(f"duckdb://{tmp_path}/{number}/city.duckdb")) as copy:
            found = copy.read(Query(datastreams=STREAMS))
            assert copy.changes(0).version == one.version
        assert len(found) == one.rows
        assert len(found) % 100 == 0
        assert sorted(found.revision.tolist()) == list(range(len(found)))


def test_a_running_platform_makes_it(tmp_path: Path):
    port = free_port()
    with up(tmp_path, "--mqtt-port", str(port)) as running:
        publish(port, [reading(space, 1) for space in range(20)])
        wait_until(lambda: running.get("/v1/ledger")["total"]["quarantined"] == 20, what="20 messages")
        made = smilecity("backup", str(tmp_path / "backup"), "--data", str(tmp_path / "city"))
        again = smilecity("backup", str(tmp_path / "backup"), "--data", str(tmp_path / "city"))
        assert running.get("/v1/health")["status"] == "ok"
    assert made.returncode == 0, made.stderr
    assert "read back" in made.stdout
    assert again.returncode == 1
    assert "is there already" in again.stderr
    back = smilecity("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "again"))
    assert back.returncode == 0, back.stderr
    ledger = smilecity("ledger", "--json", "--data", str(tmp_path / "again"))
    assert '"received": 20' in ledger.stdout
    assert list((tmp_path / "city" / "errands").iterdir()) == []


def test_who_does_no_errands_is_told(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from smilecity import errands  # noqa: PLC0415 - only here
    from smilecity.lock import DataInUseError, hold  # noqa: PLC0415

    monkeypatch.setattr(errands, "TAKEN_S", 0.0)
    with hold(data, "'smilecity import'"), pytest.raises(DataInUseError, match="smilecity import"):
        errands.ask(data, "backup", str(tmp_path / "backup"), nothing)
    assert list((data / "errands").iterdir()) == []


@pytest.mark.parametrize("name", ["city.duckdb", "catalogue.sqlite", "sources.toml", "manifest.json"])
def test_a_backup_of_which_a_byte_changed_is_refused(data: Path, tmp_path: Path, name: str):
    with closing(open_store(f"duckdb://{data}/city.duckdb")) as store:
        back_up(store, settings(data=data), tmp_path / "backup", nothing)
    file = tmp_path / "backup" / name
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    again = tmp_path / "again"
    with pytest.raises((ValueError, OSError)):
        restore(tmp_path / "backup", again, nothing)
    assert [path.name for path in again.glob("*") if path.name != "lock"] == []


def test_a_manifest_that_does_not_fit_the_rows_is_refused(data: Path, tmp_path: Path):
    with closing(open_store(f"duckdb://{data}/city.duckdb")) as store:
        made = back_up(store, settings(data=data), tmp_path / "backup", nothing)
    day = next(iter(made.days))
    made.days[day] = [int(made.days[day][0]) + 1, made.days[day][1]]
    (tmp_path / "backup" / manifest.NAME).unlink()
    manifest.write(tmp_path / "backup", made)
    with pytest.raises(ValueError, match=day):
        restore(tmp_path / "backup", tmp_path / "again", nothing)


def refusal(*arguments: str | Path) -> str:
    answer = smilecity(*map(str, arguments))
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    return answer.stderr


def test_what_cannot_be_is_a_sentence(data: Path, tmp_path: Path):
    backup = tmp_path / "backup"
    with closing(open_store(f"duckdb://{data}/city.duckdb")) as store:
        back_up(store, settings(data=data), backup, nothing)
    assert "no data folder" in refusal("backup", tmp_path / "b", "--data", tmp_path / "nowhere")
    assert "is there already" in refusal("backup", backup, "--data", data)
    assert "no backup" in refusal("restore", tmp_path, "--data", tmp_path / "again")
    assert "not empty: it holds catalogue.sqlite, city.duckdb" in refusal("restore", backup, "--data", data)


def test_a_backup_that_fails_leaves_nothing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_self: DuckDB, path: Path, _step: object) -> None:
        path.write_bytes(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(DuckDB, "copy_to", full)
    with closing(open_store(f"duckdb://{data}/city.duckdb")) as store, pytest.raises(OSError, match="no space"):
        back_up(store, settings(data=data), tmp_path / "backup", nothing)
    assert not list(tmp_path.glob("backup*"))


def test_what_a_server_holds_is_said_to_be_elsewhere(tmp_path: Path):
    said = settings(data=tmp_path, store="memory://", catalogue="postgresql://city@127.0.0.1/city")
    made = back_up(Memory(), said, tmp_path / "backup", nothing)
    assert made.version is None
    assert [sentence.split(":")[0] for sentence in made.elsewhere] == [
        "The catalogue stands in PostgreSQL",
        "The store is a server's (memory)",
    ]


def test_the_books_of_a_copy_are_those_of_one_instant(data: Path, tmp_path: Path):
    """While somebody books, every copy of the catalogue balances."""
    over = threading.Event()

    def book() -> None:
        with closing(Catalogue(f"sqlite:///{data}/catalogue.sqlite")) as catalogue:
            while not over.is_set():
                catalogue.settle("city", "w1", Counts(received=2, stored=1, duplicate=1))

    booking = threading.Thread(target=book)
    booking.start()
    try:
        for number in range(3):
            back_up(Memory(), settings(data=data), tmp_path / str(number), nothing)
    finally:
        over.set()
        booking.join()
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / str(number) / "catalogue.sqlite")) as copy:
            ((received, stored, duplicate, quarantined),) = copy.execute(
                "SELECT received, stored, duplicate, quarantined FROM ledger"
            )
        assert received == stored + duplicate + quarantined


@pytest.mark.parametrize(
    ("url", "file"),
    [("sqlite:////a/b.sqlite", Path("/a/b.sqlite")), ("sqlite://", None), ("postgresql://a/b", None)],
)
def test_a_catalogue_is_a_file_or_none(url: str, file: Path | None):
    assert sqlite_file(url) == file
