"""How fast a worker takes what a broker holds, acknowledged after the commit, beside clients without a store."""

from __future__ import annotations

import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, cast

import pytest

from sensors.geojson import things_from_geojson
from simulators.load import things
from storage.catalogue import Catalogue
from storage.store import Store, open_store
from tests.benchmarks.contenders import MOSQUITTO_SUB, Contender, MosquittoSub, Null, Ours, PlainPaho, Taken
from tests.loading import AT_ONCE, publisher
from tests.publishing import publish, reading, spaces
from tests.servers import VICTORIAMETRICS, Mosquitto, VictoriaMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sensors.model import Device, Thing
    from tests.benchmarks.conftest import Figures

SPACES = 200
ROUNDS = 3
MESSAGES = 60_000
LIVE = 100_000
SENSORS = 20_000
TOPIC = "QoS 1 messages taken from Mosquitto's queue"
LIVE_TOPIC = "QoS 1 messages taken from Mosquitto while they are published"

needs_mosquitto_sub = pytest.mark.skipif(
    MOSQUITTO_SUB is None, reason="mosquitto_sub is not installed: apt-get install mosquitto-clients"
)


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaMetrics | None]:
    """Start a VictoriaMetrics, where it is installed: without one its lines are missing from the sheet."""
    server = VictoriaMetrics(tmp_path / "victoria").start() if VICTORIAMETRICS else None
    yield server
    if server is not None:
        server.stop()


def contenders_in(
    tmp_path: Path, things: Iterable[Thing], devices: Iterable[Device], server: VictoriaMetrics | None = None
) -> list[Contender]:
    """Give all who take messages; the first is the peer that the others are compared with."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue.put(things, devices)
    numbers = count()

    def duckdb() -> Store:
        return open_store(f"duckdb://{tmp_path}/{next(numbers)}.duckdb")

    contenders: list[Contender] = [
        MosquittoSub(),
        PlainPaho(),
        Ours("smilecity worker, null store", catalogue, lambda: cast("Store", Null())),
        Ours("smilecity worker, PUBACK after the DuckDB commit", catalogue, duckdb),
    ]
    if server is not None:
        name = "smilecity worker, PUBACK after VictoriaMetrics' commit"
        contenders.append(Ours(name, catalogue, lambda: open_store(server.url(f"bench{next(numbers)}"))))
    return contenders


@needs_mosquitto_sub
@pytest.mark.timeout(900)
def test_ingest(mosquitto: Mosquitto, victoria: VictoriaMetrics | None, tmp_path: Path, figures: Figures):
    contenders = contenders_in(tmp_path, *spaces(SPACES), victoria)
    for each in contenders:
        each.make_session(mosquitto)
    taken: dict[str, list[Taken]] = {each.name: [] for each in contenders}
    for _ in range(ROUNDS):
        assert publish(mosquitto.port, load()) == MESSAGES
        for each in contenders:
            taken[each.name].append(each.take(mosquitto, MESSAGES, time.perf_counter))
    report(figures, TOPIC, MESSAGES, taken)


@needs_mosquitto_sub
@pytest.mark.timeout(900)
def test_ingest_live(victoria: VictoriaMetrics | None, tmp_path: Path, figures: Figures):
    """Let the same load, as fast as the broker takes it, be received by one after the other, each alone."""
    city = things_from_geojson(things(SENSORS))
    contenders = contenders_in(tmp_path, city.things, city.devices, victoria)
    taken: dict[str, list[Taken]] = {each.name: [] for each in contenders}
    for round_ in range(ROUNDS):
        for number, each in enumerate(contenders):
            with loaded(tmp_path / f"{round_}-{number}", each.make_session) as (broker, publish_now):
                taken[each.name].append(each.take(broker, LIVE, publish_now))
    report(figures, LIVE_TOPIC, LIVE, taken)


def report(figures: Figures, topic: str, messages: int, taken: dict[str, list[Taken]]) -> None:
    for name, rounds in taken.items():
        best = min(rounds, key=lambda one: one.seconds)
        figures.add(topic, name, messages, best.seconds, best.cpu)


def load() -> list[tuple[str, str]]:
    return [reading(number % SPACES, number // SPACES) for number in range(MESSAGES)]


@contextmanager
def loaded(folder: Path, subscribe: Callable[[Mosquitto], None]) -> Iterator[tuple[Mosquitto, Callable[[], float]]]:
    """Start a broker, and a publisher beside it in a process of its own that waits for its sign; gives both."""
    folder.mkdir()
    broker = Mosquitto(folder).start()
    subscribe(broker)
    with publisher(broker.url, AT_ONCE, SENSORS, LIVE) as publish_now:
        yield broker, publish_now
    broker.stop()
