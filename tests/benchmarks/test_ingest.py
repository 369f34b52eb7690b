"""How fast a worker takes what a broker holds, acknowledged after the commit, beside a C client without a store."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from ingest.worker import Worker
from sensors.geojson import things_from_geojson
from simulators.load import things
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.conftest import Figures

SPACES = 200
ROUNDS = 3
MESSAGES = 20_000
LIVE = 100_000
SENSORS = 20_000
ROOT = Path(__file__).resolve().parents[2]
TOPIC = "QoS 1 messages taken from Mosquitto's queue"
LIVE_TOPIC = "QoS 1 messages taken from Mosquitto while they are published"
MOSQUITTO_SUB = shutil.which("mosquitto_sub")


needs_mosquitto_sub = pytest.mark.skipif(
    MOSQUITTO_SUB is None, reason="mosquitto_sub is not installed: apt-get install mosquitto-clients"
)


def load() -> list[tuple[str, str]]:
    return [reading(number % SPACES, number // SPACES) for number in range(MESSAGES)]


def peer(broker: Mosquitto, count: int) -> subprocess.Popen[bytes]:
    """Start mosquitto_sub on its persistent session, to take ``count`` messages; with 0, only to make the session."""
    assert MOSQUITTO_SUB is not None
    command = [MOSQUITTO_SUB, "-p", str(broker.port), "-V", "mqttv5", "-c", "-i", "peer", "-q", "1", "-t", "city/+/+"]
    session = ["-x", "3600", "-D", "connect", "receive-maximum", "5000"]
    ending = ["-E"] if count == 0 else ["-C", str(count)]
    return subprocess.Popen([*command, *session, *ending], stdout=subprocess.DEVNULL)


def subscribe_c(broker: Mosquitto, count: int) -> float:
    """Let mosquitto_sub take ``count`` messages from the queue. [s]"""
    began = time.perf_counter()
    assert peer(broker, count).wait(timeout=120) == 0
    return time.perf_counter() - began


def settled(catalogue: Catalogue) -> int:
    return sum(entry.counts.received for entry in catalogue.ledger())


def take(broker: Mosquitto, store_url: str, catalogue: Catalogue, count: int, begin: Callable[[], float]) -> float:
    """Let a worker take so many messages of its session and acknowledge them after the commit. [s]"""
    store = open_store(store_url)
    worker = Worker("bench", [source(broker)], store, catalogue)
    before = settled(catalogue)
    began = begin()
    worker.start()
    wait_until(lambda: settled(catalogue) - before >= count, timeout=120, what=f"{count} messages")
    seconds = time.perf_counter() - began
    worker.stop()
    assert int(store.spans().count.sum()) == count
    store.close()
    return seconds


def source(broker: Mosquitto) -> Source:
    return Source.from_url(f"{broker.url}?protocol=5", name="city", topics=("city/+/+",))


def session_of_peer(broker: Mosquitto) -> None:
    """Subscribe once, so that the broker keeps what is not taken."""
    assert peer(broker, 0).wait(timeout=20) == 0


def session_of_ours(broker: Mosquitto) -> None:
    """Subscribe once, so that the broker keeps what is not taken."""
    receiver = Receiver(source(broker), "bench", Inbox())
    receiver.start()
    assert receiver.wait_until_connected(20)
    receiver.stop()


@needs_mosquitto_sub
@pytest.mark.timeout(600)
def test_ingest(mosquitto: Mosquitto, tmp_path: Path, figures: Figures):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue.put(*spaces(SPACES))
    session_of_peer(mosquitto)
    session_of_ours(mosquitto)
    seconds: dict[str, list[float]] = {"peer": [], "ours": []}
    for round_ in range(ROUNDS):
        assert publish(mosquitto.port, load()) == MESSAGES
        seconds["peer"].append(subscribe_c(mosquitto, MESSAGES))
        store = f"duckdb://{tmp_path}/{round_}.duckdb"
        seconds["ours"].append(take(mosquitto, store, catalogue, MESSAGES, time.perf_counter))
    figures.add(TOPIC, "mosquitto_sub (C, stores nothing)", MESSAGES, min(seconds["peer"]))
    figures.add(TOPIC, "smilecity worker, acknowledged after the DuckDB commit", MESSAGES, min(seconds["ours"]))


@needs_mosquitto_sub
@pytest.mark.timeout(600)
def test_ingest_live(tmp_path: Path, figures: Figures):
    """Let the same load, as fast as the broker takes it, be received by one and then by the other, alone."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    city = things_from_geojson(things(SENSORS))
    catalogue.put(city.things, city.devices)
    seconds: dict[str, list[float]] = {"peer": [], "ours": []}
    for round_ in range(ROUNDS):
        with loaded(tmp_path / f"peer-{round_}", session_of_peer) as (broker, publish_now):
            client = peer(broker, LIVE)
            began = publish_now()
            assert client.wait(timeout=120) == 0
            seconds["peer"].append(time.perf_counter() - began)
        with loaded(tmp_path / f"ours-{round_}", session_of_ours) as (broker, publish_now):
            store = f"duckdb://{tmp_path}/live-{round_}.duckdb"
            seconds["ours"].append(take(broker, store, catalogue, LIVE, publish_now))
    figures.add(LIVE_TOPIC, "mosquitto_sub (C, stores nothing)", LIVE, min(seconds["peer"]))
    figures.add(LIVE_TOPIC, "smilecity worker, acknowledged after the DuckDB commit", LIVE, min(seconds["ours"]))


@contextmanager
def loaded(folder: Path, subscribe: Callable[[Mosquitto], None]) -> Iterator[tuple[Mosquitto, Callable[[], float]]]:
    """Start a broker, and a publisher beside it in a process of its own that waits for its sign; gives both."""
    folder.mkdir()
    broker = Mosquitto(folder).start()
    subscribe(broker)
    command = [sys.executable, "-m", "tests.benchmarks.publish_on_sign", broker.url, str(SENSORS), str(LIVE)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    sign = process.stdin

    def publish_now() -> float:
        sign.write("\n")
        sign.flush()
        return time.perf_counter()

    yield broker, publish_now
    assert process.wait(timeout=60) == 0
    process.stdin.close()
    process.stdout.close()
    broker.stop()
