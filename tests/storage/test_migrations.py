"""A catalogue that an earlier version made still opens, nothing of it is forgotten, and it ends as a new one begins.

The files in ``earlier`` are what those versions made, each with the same thing, device and messages.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from sensors.model import Message, Rejected
from storage import migrations
from storage.catalogue import Catalogue, Counts
from storage.database import engine_of, rebuilding
from storage.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

EARLIER = sorted((Path(__file__).parent / "earlier").glob("*.sql"))


@pytest.fixture(params=EARLIER, ids=lambda file: file.stem)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    file = tmp_path / "catalogue.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    return f"sqlite:///{file}"


def shape(engine: Engine) -> dict[str, Any]:
    """Give what a catalogue's tables are, without the order of columns and the defaults of those that were added."""
    found = inspect(engine)
    return {
        table: {
            "columns": {one["name"]: (str(one["type"]), one["nullable"]) for one in found.get_columns(table)},
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "unique": {(one["name"], *one["column_names"]) for one in found.get_unique_constraints(table)},
            "indexes": {(one["name"], *one["column_names"]) for one in found.get_indexes(table) if not one["unique"]},
            "refers": {(*one["constrained_columns"], one["referred_table"]) for one in found.get_foreign_keys(table)},
        }
        for table in found.get_table_names()
    }


def test_nothing_is_forgotten(earlier: str):
    for _ in range(2):
        with closing(Catalogue(earlier)) as catalogue:
            ((device,),) = catalogue.devices().values()
            assert (device.id, device.thing.name, device.always) == ("d", "Bin ü", True)
            (books,) = catalogue.ledger()
            assert books.counts == Counts(received=5, stored=1, quarantined=4)
            found = [(one.rejected.device, one.rejected.message.payload, one.count) for one in catalogue.quarantine()]
            assert found == [("x", b"p", 2), ("x", b"\xff\x00", 1), ("y", b"p", 1)]
            assert [each.received for each in catalogue.waiting()[0]] == [(1000, 5000), (2000,), (3000,)]
            assert catalogue.position("processing") == 7


def test_the_same_message_still_folds(earlier: str):
    again = Rejected(Message("city", "t", b"p", 9000), "unknown_device", "who?", "x")
    with closing(Catalogue(earlier)) as catalogue:
        catalogue.settle("city", "w1", Counts(received=1, quarantined=1), [again])
        assert [(one.id, one.count) for one in catalogue.quarantine()] == [(1, 3), (2, 1), (3, 1)]


def test_it_ends_as_a_new_one_begins(earlier: str):
    Catalogue(earlier).close()
    brought_up = engine_of(earlier)
    with closing(Catalogue("sqlite://")) as new:
        assert shape(brought_up) == shape(new._engine)
        with brought_up.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), SCHEMA) == []
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    brought_up.dispose()


def test_several_may_come_first(earlier: str):
    def open_and_count(_: int) -> int:
        with closing(Catalogue(earlier)) as catalogue:
            return len(catalogue.devices())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_and_count, range(8))) == [1] * 8


def test_several_processes_may_come_first(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/catalogue.sqlite"
    with closing(sqlite3.connect(tmp_path / "catalogue.sqlite")) as connection:
        connection.executescript(EARLIER[0].read_text(encoding="utf-8"))
    program = f"from storage.catalogue import Catalogue; print(len(Catalogue({url!r}).devices()))"
    several = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in several] == ["1"] * 4


def test_what_fails_half_way_changes_nothing(earlier: str, monkeypatch: pytest.MonkeyPatch):
    engine = engine_of(earlier)
    before = shape(engine)
    run = migrations.run

    def and_fail(connection: Any) -> None:
        run(connection)
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "run", and_fail)
        with pytest.raises(OSError, match="disk is full"):
            Catalogue(earlier)
    assert shape(engine) == before
    engine.dispose()
    Catalogue(earlier).close()


def test_from_nothing_they_end_in_the_tables(catalogue_url: str, fresh: Callable[[], Catalogue]):
    engine = engine_of(catalogue_url)
    with rebuilding(engine) as connection:
        migrations.run(connection)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SCHEMA) == []
    assert shape(engine) == shape(fresh()._engine)
    engine.dispose()


def test_what_waits_is_taken_along_by_either_database(catalogue_url: str):
    engine = engine_of(catalogue_url)
    with rebuilding(engine) as connection:
        migrations.run(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO quarantine (source, topic, device, reason, detail, payload, digest, received, first_seen, "
            "last_seen, count, booked, unkept) "
            "VALUES ('city', 't', 'x', 'unknown_device', 'who?', 'p', 'd', 1, 1, 1, 1, 1, 0)"
        )
        connection.exec_driver_sql("INSERT INTO arrival VALUES (1, 1)")
    engine.dispose()
    with closing(Catalogue(catalogue_url)) as catalogue:
        assert [each.received for each in catalogue.waiting()[0]] == [(1,)]


def test_files_are_named_after_their_revisions():
    script = ScriptDirectory(migrations.FOLDER)
    assert [step.revision for step in reversed(list(script.walk_revisions()))] == list(migrations.known())
    assert script.get_heads() == [migrations.newest()]


def test_a_newer_catalogue_is_refused_with_a_sentence(catalogue_url: str):
    with closing(Catalogue(catalogue_url)) as catalogue, catalogue._writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ValueError, match=r"a newer Smile City made this catalogue: its version is 9999.*Update"):
        Catalogue(catalogue_url)


def test_one_that_is_up_is_opened_without_a_lock_and_without_alembic(catalogue_url: str):
    url = catalogue_url
    opens = f"import sys; from storage.catalogue import Catalogue; Catalogue({url!r}).close()"
    program = f"{opens}; print('alembic' in sys.modules)"
    fresh = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == "False"
    with closing(Catalogue(url)) as catalogue, catalogue._writing():
        other = threading.Thread(target=lambda: Catalogue(url).close())
        other.start()
        other.join(timeout=20)
        assert not other.is_alive()
