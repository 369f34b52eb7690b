"""Fixtures that every room shares: real servers on free ports."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.influx_api import TOKEN, InfluxApi
from tests.servers import (
    INFLUXD,
    MOSQUITTO,
    POSTGRES,
    VICTORIAMETRICS,
    Influxd,
    Mosquitto,
    Nodes,
    PostgreSQL,
    VictoriaMetrics,
    swift_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# A busy machine is no failure, and first calls load what later ones find.
# ``make test PYTEST=--hypothesis-profile=thorough`` looks for longer.
settings.register_profile("city", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("city")

LONGEST = ("tests/smilecity/", "tests/faults/")
"""Rooms of tests that start platforms: one begun last would keep everybody waiting while the other cores idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Start a Mosquitto for one test; skipped, with the reason, where Mosquitto is not installed."""
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder).start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def victoriametrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """Start one VictoriaMetrics for all tests; skipped, with the reason, where it is not installed."""
    if VICTORIAMETRICS is None:
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    with swift_folder(tmp_path_factory.mktemp("victoriametrics")) as folder:
        server = VictoriaMetrics(folder).start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def victoriametrics_nodes(
    victoriametrics: VictoriaMetrics, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nodes]:
    """Start a second VictoriaMetrics beside the first one for all tests: two nodes of one store."""
    with swift_folder(tmp_path_factory.mktemp("victoriametrics-second")) as folder:
        second = VictoriaMetrics(folder).start()
        yield Nodes((victoriametrics, second))
        second.stop()


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxApi]:
    """Start one InfluxDB with the interface of 2.x for all tests; skipped, with the reason, where it is not there."""
    if INFLUXD is None:
        pytest.skip("InfluxDB is not installed: apt-get install influxdb")
    with swift_folder(tmp_path_factory.mktemp("influxdb")) as folder:
        server = Influxd(folder).start()
        with pytest.MonkeyPatch.context() as environment, closing(InfluxApi(server.address)) as api:
            environment.setenv("SMILECITY_INFLUX_TOKEN", TOKEN)
            yield api
        server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Start a PostgreSQL for the session; skipped, with the reason, where PostgreSQL is not installed."""
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgreSQL()
    try:
        yield server.make().start()
    finally:
        server.remove()
