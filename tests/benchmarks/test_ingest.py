"""How fast a worker takes what a broker holds, acknowledged after the commit, beside a C client without a store."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from ingest.worker import Worker
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Figures

SPACES = 200
ROUNDS = 3
MESSAGES = 20_000
TOPIC = "QoS 1 messages taken from Mosquitto's queue"
MOSQUITTO_SUB = shutil.which("mosquitto_sub")


def load() -> list[tuple[str, str]]:
    return [reading(number % SPACES, number // SPACES) for number in range(MESSAGES)]


def subscribe_c(broker: Mosquitto, count: int) -> float:
    """Let mosquitto_sub take ``count`` messages of its persistent session; with 0, only make the session. [s]"""
    assert MOSQUITTO_SUB is not None
    command = [MOSQUITTO_SUB, "-p", str(broker.port), "-V", "mqttv5", "-c", "-i", "peer", "-q", "1", "-t", "city/+/+"]
    session = ["-x", "3600", "-D", "connect", "receive-maximum", "5000"]
    ending = ["-E"] if count == 0 else ["-C", str(count)]
    began = time.perf_counter()
    subprocess.run([*command, *session, *ending], check=True, stdout=subprocess.DEVNULL, timeout=120)
    return time.perf_counter() - began


def settled(catalogue: Catalogue) -> int:
    return sum(entry.counts.received for entry in catalogue.ledger())


def take(broker: Mosquitto, store_url: str, catalogue: Catalogue) -> float:
    """Let a worker take all messages of its session and acknowledge them after the commit. [s]"""
    store = open_store(store_url)
    worker = Worker("bench", [source(broker)], store, catalogue)
    before = settled(catalogue)
    began = time.perf_counter()
    worker.start()
    wait_until(lambda: settled(catalogue) - before >= MESSAGES, timeout=120, what="the queue to be empty")
    seconds = time.perf_counter() - began
    worker.stop()
    assert int(store.spans().count.sum()) == MESSAGES
    store.close()
    return seconds


def source(broker: Mosquitto) -> Source:
    return Source.from_url(f"{broker.url}?protocol=5", name="city", topics=("city/+/+",))


@pytest.mark.skipif(MOSQUITTO_SUB is None, reason="mosquitto_sub is not installed: apt-get install mosquitto-clients")
@pytest.mark.timeout(600)
def test_ingest(mosquitto: Mosquitto, tmp_path: Path, figures: Figures):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue.put(*spaces(SPACES))
    subscribe_c(mosquitto, 0)
    make_session(mosquitto)
    seconds: dict[str, list[float]] = {"peer": [], "ours": []}
    for round_ in range(ROUNDS):
        assert publish(mosquitto.port, load()) == MESSAGES
        seconds["peer"].append(subscribe_c(mosquitto, MESSAGES))
        seconds["ours"].append(take(mosquitto, f"duckdb://{tmp_path}/{round_}.duckdb", catalogue))
    figures.add(TOPIC, "mosquitto_sub (C, stores nothing)", MESSAGES, min(seconds["peer"]))
    figures.add(TOPIC, "smilecity worker, acknowledged after the DuckDB commit", MESSAGES, min(seconds["ours"]))


def make_session(broker: Mosquitto) -> None:
    receiver = Receiver(source(broker), "bench", Inbox())
    receiver.start()
    assert receiver.wait_until_connected(20)
    receiver.stop()
