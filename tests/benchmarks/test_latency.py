"""How long a reading takes from its publisher to the answer of a query."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.source import Source
from ingest.worker import Worker
from sensors.geojson import things_from_geojson
from simulators.load import things
from storage.catalogue import Catalogue
from storage.store import Query, open_store
from tests.benchmarks.test_ingest import SENSORS
from tests.loading import publisher
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch
    from storage.store import Store, Written
    from tests.benchmarks.conftest import Figures
    from tests.servers import Mosquitto

RATES = (100, 1_000, 5_000)
SECONDS = 10
WARM_S = 2.0
"""The first seconds are not counted: sensors that speak for the first time, a store that makes its first pages."""
TOPIC = "Publish to queryable, through Mosquitto"


class Asked:
    """A store that is asked for a row after each write, and notes how old all rows are once it has answered."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store
        self.ages: list[NDArray[np.floating]] = []

    def write(self, batch: Batch) -> Written:
        """Write, read back, look at the clock. The publisher's clock stands in every row as its phenomenon time."""
        written = self.store.write(batch)
        if len(batch):
            last = batch.take(np.array([len(batch) - 1]))
            stream, instant = batch.datastreams[last.datastream[0]], last.phenomenon_time[0]
            assert len(self.store.read(Query(datastreams=[stream], start=instant))) > 0
            self.ages.append(time.time() * 1000 - batch.phenomenon_time.view(np.int64))
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.fixture(params=["DuckDB", "VictoriaMetrics"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asked]:
    """Open a store on this machine."""
    if request.param == "DuckDB":
        url = f"duckdb://{tmp_path}/city.duckdb"
    else:
        url = request.getfixturevalue("victoriametrics").url(f"latency{tmp_path.name}")
    asked = Asked(request.param, open_store(url))
    yield asked
    asked.store.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rate", RATES)
def test_latency(mosquitto: Mosquitto, asked: Asked, tmp_path: Path, figures: Figures, rate: int):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    city = things_from_geojson(things(SENSORS))
    catalogue.put(city.things, city.devices)
    source = Source.from_url(mosquitto.url, name="city", topics=("city/+/+",))
    worker = Worker("latency", [source], asked, catalogue)  # type: ignore[arg-type]  # a Store by delegation
    worker.start()
    assert worker.receivers[0].wait_until_connected(20)
    messages = int(rate * (SECONDS + WARM_S))
    with publisher(mosquitto.url, rate, SENSORS, messages) as begin:
        begin()
        wait_until(lambda: worker.tally().messages >= messages, timeout=120, what="all messages")
    worker.stop()
    ages = np.concatenate(asked.ages)[int(rate * WARM_S) :]
    p50, p99, most = np.percentile(ages, [50, 99, 100])
    ages_told = f"p50 {p50:>4.0f} ms   p99 {p99:>4.0f} ms   max {most:>4.0f} ms   {len(ages):,} readings"
    figures.facts[TOPIC].append(f"{asked.name:<16} {rate:>6,} messages/s: {ages_told}")
