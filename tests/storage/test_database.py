"""Several processes write one catalogue, on either database; and what PostgreSQL alone can do to us."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

import storage.database
from sensors.model import Device, Message, Rejected, Thing
from storage.catalogue import Catalogue, Counts
from storage.quarantine import Fate
from tests.servers import POSTGRES, PostgreSQL, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1)

WORKER = """
import sys
from sensors.model import Device, Message, Rejected, Thing
from storage.catalogue import Catalogue, Counts
url, me = sys.argv[1], int(sys.argv[2])
catalogue = Catalogue(url)
thing = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1)
assigned = 0
for step in range(25):
    messages = [Message("city", "t", b"%d" % (step // 5), 10 * step + me), Message("city", "t", b"%d" % me, step)]
    rejected = [Rejected(message, "unknown_device", "who?", "d") for message in messages]
    catalogue.settle("city", f"w{me % 2}", Counts(received=2, quarantined=2), rejected)
    catalogue.put([thing], [])
    try:
        catalogue.assign(Device(id="d", model="plain", thing=thing, valid_from=1000 * step))
        assigned += 1
    except ValueError:
        pass
print(assigned)
"""


def test_processes_write_at_once_and_nothing_is_lost(catalogue_url: str):
    with closing(Catalogue(catalogue_url)) as catalogue:
        command = [sys.executable, "-c", WORKER, catalogue_url]
        several = [
            subprocess.Popen([*command, str(me)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for me in range(4)
        ]
        told = [process.communicate(timeout=100) for process in several]
        assert [process.returncode for process in several] == [0] * 4, told
        assert [entry.counts for entry in catalogue.ledger()] == [Counts(received=100, quarantined=100)] * 2
        counted = Counter({one.rejected.message.payload: one.count for one in catalogue.quarantine()})
        assert counted == {b"0": 45, b"1": 45, b"2": 45, b"3": 45, b"4": 20}
        assert catalogue.version() == 100 + sum(int(out) for out, _ in told)
        spans = [(each.valid_from, each.valid_to) for each in catalogue.devices()["d"]]
        assert len(spans) == sum(int(out) for out, _ in told)
        assert all(one[1] == after[0] for one, after in pairwise(spans))


def test_what_is_read_again_and_what_comes_do_not_lose_each_other(catalogue_url: str):
    def settle(number: int) -> None:
        with closing(Catalogue(catalogue_url)) as mine:
            for received in range(30):
                one = Rejected(Message("city", "t", b"x", received), "unknown_device", "who?", "d")
                mine.settle("city", f"w{number}", Counts(received=1, quarantined=1), [one])

    def read_again() -> None:
        with closing(Catalogue(catalogue_url)) as mine:
            while not done.is_set():
                request = mine.replay_request(mine.ask_replay())
                assert request is not None
                fates = {each.id: dict.fromkeys(each.received, Fate("stored")) for each in mine.waiting()[0]}
                mine.release(fates, replace(request, finished=True))
                mine.expire(1)

    done = threading.Event()
    with closing(Catalogue(catalogue_url)) as catalogue:
        with ThreadPoolExecutor(4) as pool:
            reader = pool.submit(read_again)
            list(pool.map(settle, range(3)))
            done.set()
            reader.result()
        total = sum((entry.counts for entry in catalogue.ledger()), Counts())
        assert total.balanced
        assert total.received == 90
        waiting = sum(entry.count for entry in catalogue.quarantine())
        assert total.quarantined == waiting + sum(each.booked for each in catalogue.expired())


def test_numbers_are_whole_on_either(catalogue: Catalogue):
    one = Rejected(Message("city", "t", b"x", 1), "unknown_device", "who?", "d")
    catalogue.settle("city", "w", Counts(received=2, quarantined=2), [one, one])
    assert type(catalogue.alike()[0].count) is int
    assert type(catalogue.unknown_devices()[0].count) is int


def test_texts_are_ordered_by_their_code_points(catalogue: Catalogue):
    names = ["Z", "a", "b-1", "b1", "z", "\xe4", "\u20ac"]
    catalogue.put([replace(BIN, id=name) for name in reversed(names)])
    assert [thing.id for thing in catalogue.things()] == names


@pytest.fixture
def own_server() -> Iterator[PostgreSQL]:
    """Start a server that a test may stop."""
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgreSQL()
    try:
        yield server.make().start()
    finally:
        server.remove()


def test_a_server_that_is_started_again_is_waited_for(own_server: PostgreSQL):
    with closing(Catalogue(own_server.database())) as catalogue:
        catalogue.put([BIN], [Device(id="d", model="plain", thing=BIN)])
        own_server.stop()
        with ThreadPoolExecutor(2) as pool:
            read = pool.submit(catalogue.things)
            written = pool.submit(catalogue.settle, "city", "w", Counts(received=1, stored=1))
            own_server.start()
            assert read.result(timeout=60) == (BIN,)
            written.result(timeout=60)
        assert catalogue.ledger()[0].counts == Counts(received=1, stored=1)


def test_a_server_that_stays_away_is_an_error_in_time(own_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.database, "AWAY_S", 0.1)
    with closing(Catalogue(own_server.database())) as catalogue:
        own_server.stop()
        with pytest.raises(Exception, match="connection failed"):
            catalogue.things()


def test_the_password_is_given_apart_and_never_told(postgresql: PostgreSQL):
    url = postgresql.database()
    bare = url.replace(f":{postgresql.password}@", "@")
    with closing(Catalogue(bare, postgresql.password)) as catalogue:
        assert postgresql.password not in repr(catalogue._engine.url)
    for wrong, apart in ((bare, "secret-too"), (url.replace("geheim", "secret-too"), None)):
        with pytest.raises(ConnectionError, match=r"password authentication failed.*SMILECITY_CATALOGUE") as told:
            Catalogue(wrong, apart)
        assert "secret-too" not in str(told.value)


def test_a_server_that_is_not_there_is_named_with_a_sentence():
    pytest.importorskip("psycopg")
    with pytest.raises(ConnectionError, match=r"'postgresql://me:\*\*\*@127.0.0.1:\d+/city[^']*' cannot be opened"):
        Catalogue(f"postgresql://me:secret@127.0.0.1:{free_port()}/city")


@pytest.mark.parametrize("url", ["postgresql://me:secret@host:port/city", "postgresql:secret"])
def test_a_url_that_cannot_be_read_is_not_repeated(url: str):
    with pytest.raises(ValueError, match="Write postgresql://user@host") as told:
        Catalogue(url)
    assert "secret" not in str(told.value)


def test_a_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"pip install 'smilecity\[postgres\]'"):
        Catalogue("postgresql://me@host/city")


def test_a_folder_that_is_not_there_is_told_too():
    with pytest.raises(ConnectionError, match="unable to open database file"):
        Catalogue("sqlite:////nowhere/at/all/catalogue.sqlite")
