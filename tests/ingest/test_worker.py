"""The worker between a real Mosquitto and a real store."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ingest.gather import Gather
from ingest.source import Source
from ingest.worker import Worker
from sensors.envelopes import envelopes
from storage.catalogue import Catalogue, Counts
from storage.store import Query, Store, StoreBusyError, Written, open_store
from tests.publishing import publish, reading, spaces
from tests.servers import VICTORIAMETRICS, Mosquitto, VictoriaMetrics, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sensors.model import Batch, Devices

TOPICS = tuple(topic for envelope in envelopes().values() for topic in envelope.topics)


@dataclass
class Moody:
    """A real store that can be told to be busy."""

    store: Store
    busy: bool = False
    attempts: int = 0
    sizes: list[int] = field(default_factory=list)

    def write(self, batch: Batch) -> Written:
        self.attempts += 1
        if self.busy:
            raise StoreBusyError("told to be", retry_after=0.05)
        self.sizes.append(len(batch))
        return self.store.write(batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


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
def working(broker: Mosquitto, store: Moody, catalogue: Catalogue, protocol: str = "5") -> Iterator[Worker]:
    source = Source.from_url(f"{broker.url}?protocol={protocol}", name="city", topics=TOPICS)
    worker = Worker("w1", [source], store, catalogue)  # type: ignore[arg-type]  # Moody is a Store by delegation
    worker.start()
    assert worker.receivers[0].wait_until_connected(20)
    yield worker
    worker.stop()
    assert not worker.alive


def total(catalogue: Catalogue) -> Counts:
    return sum((entry.counts for entry in catalogue.ledger()), Counts())


def settled(catalogue: Catalogue, messages: int) -> Counts:
    wait_until(lambda: total(catalogue).received >= messages, what=f"{messages} messages in the ledger")
    return total(catalogue)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_message_is_booked_once(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, protocol: str):
    good = [reading(space, second) for second in range(20) for space in range(20)]
    unknown = [("city/parking/nobody", '{"time": "2026-01-01T00:00:00Z", "occupied": true}')] * 5
    broken = [("city/parking/space-1", b"\xff\xfe"), ("city/parking/space-1", b"{"), ("city/parking/space-1", b"[]")]
    with working(mosquitto, store, catalogue, protocol) as worker:
        publish(mosquitto.port, [*good, *unknown, *good, *broken])
        counts = settled(catalogue, 808)
    assert counts == Counts(received=808, stored=400, duplicate=400, quarantined=8)
    assert counts.balanced
    assert int(store.store.spans().count.sum()) == 400
    assert worker.in_flight() == {("city", "w1"): 0}
    reasons = {entry.rejected.reason: entry.count for entry in catalogue.quarantine()}
    assert reasons["unknown_device"] == 5
    assert sum(reasons.values()) == 8


def test_a_correction_is_booked_as_superseded(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    with working(mosquitto, store, catalogue):
        publish(mosquitto.port, [reading(1, 0, occupied=True), reading(1, 0, occupied=False)])
        assert settled(catalogue, 2) == Counts(received=2, stored=1, superseded=1)


def test_a_busy_store_holds_everything_back_and_loses_nothing(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    store.busy = True
    with working(mosquitto, store, catalogue) as worker:
        publish(mosquitto.port, [reading(space, second) for second in range(50) for space in range(20)])
        wait_until(lambda: store.attempts > 3 and worker.in_flight()["city", "w1"] == 1000, what="attempts to write")
        assert total(catalogue).received == 0
        store.busy = False
        assert settled(catalogue, 1000).stored == 1000


def test_what_a_stopped_worker_could_not_store_comes_again(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    store.busy = True
    with working(mosquitto, store, catalogue):
        publish(mosquitto.port, [reading(space, 0) for space in range(20)])
        wait_until(lambda: store.attempts > 1, what="an attempt to write")
    assert total(catalogue).received == 0
    store.busy = False
    with working(mosquitto, store, catalogue):
        assert settled(catalogue, 20).stored == 20


def test_a_device_added_while_the_worker_runs_is_known_soon(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    things, devices = spaces(21)
    with working(mosquitto, store, catalogue):
        publish(mosquitto.port, [reading(20, 0)])
        assert settled(catalogue, 1).quarantined == 1
        catalogue.put(things[20:], devices[20:])
        second = iter(range(1, 10_000))

        def known() -> bool:
            publish(mosquitto.port, [reading(20, next(second))])
            return total(catalogue).stored > 0

        wait_until(known, what="the new device to be known")


def test_a_load_is_gathered_into_few_commits(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    with working(mosquitto, store, catalogue):
        publish(mosquitto.port, [reading(space, second) for second in range(100) for space in range(20)])
        settled(catalogue, 2000)
    assert len(store.sizes) < 200


def test_what_waited_is_read_again_when_asked_for(mosquitto: Mosquitto, store: Moody, catalogue: Catalogue):
    things, devices = spaces(21)
    with working(mosquitto, store, catalogue) as worker:
        publish(mosquitto.port, [reading(20, second) for second in range(2500)])
        assert settled(catalogue, 2500).quarantined == 2500
        catalogue.put(things[20:], devices[20:])
        number = catalogue.ask_replay()
        publish(mosquitto.port, [reading(20, second) for second in range(2490, 2510)])

        def finished() -> bool:
            request = catalogue.replay_request(number)
            return request is not None and request.finished

        wait_until(finished, what="the quarantine to be read again")
        counts = settled(catalogue, 2520)
        assert worker.in_flight() == {("city", "w1"): 0}
    assert (counts.stored, counts.duplicate, counts.quarantined) == (2510, 10, 0)
    assert int(store.store.spans().count.sum()) == 2510
    assert catalogue.quarantine() == ()


def test_the_broker_sends_the_next_batch_while_one_waits_for_the_store(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue
):
    """Were no more under way than a batch, broker and worker would take turns, each waiting for the other."""
    store.busy = True
    with working(mosquitto, store, catalogue) as worker:
        more = Gather().size + 1000
        assert publish(mosquitto.port, [reading(number % 20, number) for number in range(more)]) == more
        wait_until(lambda: sum(worker.in_flight().values()) == more, what="all to be under way")
        store.busy = False
        assert settled(catalogue, more).stored == more


def test_devices_are_known_before_the_first_message_comes(
    mosquitto: Mosquitto, store: Moody, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS)
    worker = Worker("w1", [source], store, catalogue)  # type: ignore[arg-type]  # as above
    began: list[bool] = []
    read = catalogue.devices

    def devices() -> Devices:
        began.append(worker.receivers[0]._thread.is_alive())
        return read()

    monkeypatch.setattr(catalogue, "devices", devices)
    worker.start()
    assert worker.receivers[0].wait_until_connected(20)
    assert began == [False]
    worker.stop()


@pytest.mark.skipif(
    VICTORIAMETRICS is None, reason="VictoriaMetrics is not installed: apt-get install victoria-metrics"
)
def test_what_two_workers_receive_at_once_is_one_observation(
    mosquitto: Mosquitto, catalogue: Catalogue, tmp_path: Path
):
    """Two that may write the same row at the same moment do not see each other: both say that they have stored it."""
    server = VictoriaMetrics(tmp_path / "victoria", flags=("-dedup.minScrapeInterval=1ms",)).start()
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS)
    workers = [Worker(name, [source], open_store(server.url()), catalogue) for name in ("w1", "w2")]
    for worker in workers:
        worker.start()
        assert worker.receivers[0].wait_until_connected(20)
    publish(mosquitto.port, [reading(number % 20, number // 20) for number in range(2000)])
    counts = settled(catalogue, 4000)
    for worker in workers:
        worker.stop()
        worker._store.close()
    assert counts.balanced
    assert counts.stored + counts.duplicate == 4000
    assert counts.stored >= 2000
    with closing(open_store(server.url())) as store:
        streams = store.spans().datastreams
        assert int(store.spans().count.sum()) == 2000
        assert len(store.read(Query(datastreams=streams))) == 2000
    server.stop()
