"""The spool on a real disk, and sources without a session between a real Mosquitto and a real store."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.source import Source
from ingest.spool import WORTH_SHRINKING, Spool
from ingest.worker import Worker
from sensors.model import Message
from storage.catalogue import Catalogue, Counts
from storage.store import open_store
from tests.ingest.test_worker import TOPICS, Moody, settled, total
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MUCH = 1 << 30


def messages(*texts: str) -> list[Message]:
    return [Message("ttn", f"t/{text}", text.encode(), 1_000 + place) for place, text in enumerate(texts)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ttn.sqlite"


@contextmanager
def spooling(path: Path, limit: int = MUCH) -> Iterator[Spool]:
    spool = Spool(path, "ttn", limit)
    yield spool
    spool.close()


def all_of(spool: Spool, place: int = 0) -> list[Message]:
    found: list[Message] = []
    while (portion := spool.next(place, 0.0))[1]:
        place = portion[0]
        found += portion[1]
    return found


def test_what_is_appended_comes_out_in_order_and_stays_until_released(path: Path):
    with spooling(path) as spool:
        assert spool.append(messages("a", "b"))
        assert spool.append(messages("c"))
        assert all_of(spool) == all_of(spool) == [*messages("a", "b"), *messages("c")]
        assert spool.messages == 3


def test_a_killed_spool_gives_everything_again(path: Path, tmp_path: Path):
    """A copy of the files as they lie on the disk is what a kill leaves."""
    with spooling(path) as spool:
        spool.append(messages("a", "b"))
        shutil.copytree(path.parent, tmp_path / "killed")
    with spooling(tmp_path / "killed" / path.name) as found:
        assert found.messages == 2
        assert all_of(found) == messages("a", "b")


def test_what_was_released_does_not_come_again(path: Path):
    with spooling(path) as spool:
        spool.append(messages("a"))
        place, _ = spool.next(0, 0.0)
        spool.append(messages("b"))
        spool.release(place)
    with spooling(path) as again:
        assert all_of(again) == messages("b")
        assert again.messages == 1


def test_a_full_spool_takes_nothing_until_there_is_room(path: Path, caplog: pytest.LogCaptureFixture):
    with spooling(path, limit=200) as spool:
        assert spool.append(messages("x" * 80))
        assert not spool.append(messages("y" * 80))
        assert not spool.append(messages("y" * 80))
        assert spool.append(messages("z"))
        assert [one.payload[:1] for one in all_of(spool)] == [b"x", b"z"]
        place, _ = spool.next(0, 0.0)
        spool.release(place)
        spool.next(10, 0.0)
        assert spool.append(messages("y" * 80))
    assert caplog.text.count("takes nothing more") == 1


def test_an_emptied_spool_gives_its_room_back(path: Path):
    with spooling(path) as spool:
        for _ in range(20):
            spool.append(messages("x" * (1 << 20)))
        place = 0
        while (found := spool.next(place, 0.0))[1]:
            place = found[0]
        spool.release(place)
        spool.next(place, 0.0)
        assert (spool.messages, spool.bytes) == (0, 0)
    assert path.stat().st_size < WORTH_SHRINKING


def test_a_disk_that_does_not_take_it_says_so(path: Path, caplog: pytest.LogCaptureFixture):
    with spooling(path) as spool:
        spool.append(messages("a"))
        spool._connection.execute("PRAGMA query_only = ON")
        assert not spool.append(messages("b"))
        assert (spool.messages, all_of(spool)) == (1, messages("a"))
        spool._connection.execute("PRAGMA query_only = OFF")
        assert spool.append(messages("b"))
    assert "cannot be written" in caplog.text


def test_a_file_that_is_no_spool_is_not_touched(path: Path):
    path.parent.mkdir()
    path.write_bytes(b"letters of my grandmother" * 100)
    with pytest.raises(OSError, match="cannot be opened"):
        Spool(path, "ttn", MUCH)
    assert path.read_bytes().startswith(b"letters")


def test_a_folder_that_cannot_be_is_a_sentence(path: Path):
    path.parent.write_text("in the way")
    with pytest.raises(OSError, match="cannot be opened"):
        Spool(path, "ttn", MUCH)


def test_a_closed_spool_takes_and_gives_nothing(path: Path):
    spool = Spool(path, "ttn", MUCH)
    spool.close()
    spool.close()
    assert not spool.append(messages("a"))
    assert spool.next(0, 0.0) == (0, [])


@given(steps=st.lists(st.one_of(st.integers(1, 4), st.just("release"), st.just("kill")), max_size=20))
def test_nothing_is_lost_or_out_of_order_over_any_life(tmp_path_factory: pytest.TempPathFactory, steps: list[object]):
    """Model: appended and not released, in order; a released portion may come again only after a kill."""
    path = tmp_path_factory.mktemp("spool") / "ttn.sqlite"
    spool = Spool(path, "ttn", MUCH)
    waiting: list[list[Message]] = []
    place = number = 0
    for step in steps:
        if isinstance(step, int):
            waiting.append(messages(*(str(number + more) for more in range(step))))
            number += step
            assert spool.append(waiting[-1])
        elif step == "release" and waiting:
            place, portion = spool.next(place, 0.0)
            assert portion == waiting.pop(0)
            spool.release(place)
        elif step == "kill":
            spool.close()
            spool = Spool(path, "ttn", MUCH)
            assert spool.messages == sum(map(len, waiting))
            place = 0
    assert all_of(spool, place) == [one for portion in waiting for one in portion]
    spool.close()


@pytest.fixture
def store() -> Iterator[Moody]:
    moody = Moody(open_store("memory://"))
    yield moody
    moody.store.close()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put(*spaces(20))
    yield opened
    opened.close()


@contextmanager
def working(
    url: str, store: Moody, catalogue: Catalogue, spools: Path, *, qos: int = 0, limit: int = MUCH
) -> Iterator[Worker]:
    source = Source.from_url(url, name="city", topics=TOPICS, qos=qos, clean=True, spool=limit)
    worker = Worker("w1", [source], store, catalogue, spools=spools)  # type: ignore[arg-type]  # a Store by delegation
    worker.start()
    assert worker.receivers[0].wait_until_connected(20)
    yield worker
    worker.stop()
    assert not worker.alive


def readings(count: int) -> list[tuple[str, str]]:
    return [reading(number % 20, number // 20) for number in range(count)]


@pytest.mark.parametrize(("protocol", "qos"), [("5", 0), ("5", 1), ("3.1.1", 0), ("3.1.1", 1)])
def test_what_a_broker_does_not_keep_is_kept_while_the_store_is_busy(  # noqa: PLR0917 - fixtures
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, tmp_path: Path, protocol: str, qos: int
):
    url = f"{mosquitto.url}?protocol={protocol}"
    store.busy = True
    with working(url, store, catalogue, tmp_path, qos=qos) as worker:
        publish(mosquitto.port, readings(1000))
        wait_until(lambda: worker.in_flight()["city", "w1"] == 1000, what="all in the spool")
        assert total(catalogue).received == 0
    store.busy = False
    with working(url, store, catalogue, tmp_path, qos=qos) as worker:
        assert settled(catalogue, 1000) == Counts(received=1000, stored=1000)
        spool = worker.receivers[0].spool
        wait_until(lambda: spool is not None and not spool.messages, what="an empty spool")
        assert worker.in_flight() == {("city", "w1"): 0}
    assert int(store.store.spans().count.sum()) == 1000


def test_what_there_is_no_room_for_is_counted_and_the_books_balance(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, tmp_path: Path
):
    store.busy = True
    with working(mosquitto.url, store, catalogue, tmp_path, limit=20_000) as worker:
        receiver = worker.receivers[0]
        publish(mosquitto.port, readings(12_000))
        wait_until(lambda: receiver.received == 12_000, what="all to come in")
        assert receiver.dropped > 0
        store.busy = False
        counts = settled(catalogue, 12_000)
    assert counts.balanced
    assert counts.dropped == receiver.dropped
    assert counts.stored == 12_000 - counts.dropped == int(store.store.spans().count.sum())


def test_with_a_session_what_a_full_spool_does_not_take_stays_with_the_broker(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, tmp_path: Path
):
    store.busy = True
    with working(mosquitto.url, store, catalogue, tmp_path, qos=1, limit=20_000) as worker:
        publish(mosquitto.port, readings(3000))
        wait_until(lambda: worker.receivers[0].received == 3000, what="all to come in")
        store.busy = False
        assert settled(catalogue, 3000) == Counts(received=3000, stored=3000)


def test_a_spool_whose_source_is_gone_is_told(
    store: Moody, catalogue: Catalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with spooling(tmp_path / "w1" / "gone.sqlite") as spool:
        spool.append(messages("a"))
    Worker("w1", [], store, catalogue, spools=tmp_path)  # type: ignore[arg-type]
    assert "'gone' has a spool" in caplog.text


def test_without_a_folder_there_is_no_spool(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS, qos=0, spool=MUCH)
    worker = Worker("w1", [source], store, catalogue)  # type: ignore[arg-type]
    assert worker.receivers[0].spool is None


def test_what_is_dropped_is_in_the_books_while_the_store_is_away_and_after_a_stop(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, tmp_path: Path
):
    store.busy = True
    with working(mosquitto.url, store, catalogue, tmp_path, limit=20_000) as worker:
        receiver = worker.receivers[0]
        publish(mosquitto.port, readings(20_000))
        wait_until(lambda: receiver.received == 20_000, what="all to come in")
        assert receiver.dropped > 0
        wait_until(lambda: total(catalogue).dropped == receiver.dropped, what="what was dropped in the books")
        publish(mosquitto.port, readings(500))
    held = receiver.received - receiver.dropped
    assert total(catalogue) == Counts(received=receiver.dropped, dropped=receiver.dropped)
    store.busy = False
    with working(mosquitto.url, store, catalogue, tmp_path) as worker:
        counts = settled(catalogue, receiver.received)
    assert (counts.balanced, counts.dropped) == (True, receiver.dropped)
    assert counts.stored + counts.duplicate == held


def test_what_comes_while_it_stops_and_finds_no_room_is_counted(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, tmp_path: Path
):
    store.busy = True
    with working(mosquitto.url, store, catalogue, tmp_path, limit=2_000) as worker:
        receiver = worker.receivers[0]
        receiver.pause()
        publish(mosquitto.port, readings(2000))
        wait_until(lambda: receiver.received == 2000, what="all to come in")
    assert total(catalogue).dropped == receiver.dropped > 0
