"""Observations over MQTT, at a real broker: each once, as HTTP tells it, also where the broker was away."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.access import CITY, PUBLIC
from api.app import create_app
from api.sta import updates as updates_module
from api.sta.links import Links
from api.sta.updates import News, Updates
from api.times import now
from sensors.model import Batch, Datastream
from tests.api.city import FILLING, FREE, Client
from tests.processing.announcing import Listener, broker, guarded, publish
from tests.servers import MOSQUITTO, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.services import Services
    from tests.servers import Mosquitto

pytestmark = pytest.mark.parametrize("empty", ["duckdb"], indirect=True)
ROOT = "http://city/sta/v1.1"
EVERY = "v1.1/#"


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates_module, "PATIENCE_S", (0.05, 0.2))


@contextmanager
def publishing(services: Services, mosquitto: Mosquitto, tenant=CITY, user: str | None = None) -> Iterator[Updates]:
    app = create_app(services)
    updates = Updates(app.state.cities.of(tenant), broker(mosquitto, user), ROOT, look_s=0.05)
    updates.start()
    try:
        wait_until(lambda: updates.connected, what="a connection")
        yield updates
    finally:
        updates.stop()
    assert not updates.alive


def observed(result: float, ago_s: int = 60, stream: Datastream = FREE) -> Batch:
    time = now()
    return Batch.of((stream,), [0], [time - np.timedelta64(ago_s, "s")], [result], result_time=[time])


def test_what_comes_in_is_published_as_http_tells_it(services: Services, mosquitto: Mosquitto):
    with Listener(mosquitto, EVERY) as listener, publishing(services, mosquitto) as updates:
        services.store.write(observed(120))
        ((retained, topic, told),) = listener.wait(1)
        assert (retained, topic) == (False, "v1.1/Datastreams('lot-1/available_spot_number')/Observations")
        path = told["@iot.selfLink"].removeprefix("http://city")
        assert Client(create_app(services)).json(path) == told
        services.store.write(observed(55, stream=FILLING))
        services.store.write(observed(119, ago_s=30))
        results = [said["result"] for _, _, said in listener.wait(3)]
        assert sorted(results) == [55, 119, 120]
        assert updates.published == 3


def test_what_is_late_comes_and_nothing_twice(services: Services, mosquitto: Mosquitto):
    with Listener(mosquitto, EVERY) as listener, publishing(services, mosquitto):
        for result, ago in ((3, 30), (2, 300), (1, 3000)):
            services.store.write(observed(result, ago))
            listener.wait(4 - result)
        assert [said["result"] for _, _, said in listener.heard] == [3, 2, 1]


def test_what_came_while_the_broker_was_away_comes_when_it_is_back(services: Services, mosquitto: Mosquitto):
    with publishing(services, mosquitto) as updates:
        mosquitto.stop()
        services.store.write(observed(120))
        services.store.write(observed(119, ago_s=30))
        wait_until(lambda: not updates.connected, what="the loss")
        mosquitto.start()
        wait_until(lambda: updates.published == 2, what="both")


@pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt-get install mosquitto")
def test_the_acl_that_we_ship_lets_the_platform_publish_alone(services: Services, tmp_path: Path):
    folder = tmp_path / "guarded"
    folder.mkdir()
    mosquitto = guarded(folder)
    try:
        with (
            Listener(mosquitto, EVERY, user="smilecity") as listener,
            publishing(services, mosquitto, user="smilecity"),
        ):
            publish(mosquitto, "v1.1/Datastreams('x/y')/Observations", {"result": 1}, user="sensors")
            services.store.write(observed(120))
            assert [said["result"] for _, _, said in listener.wait(1)] == [120]
    finally:
        mosquitto.stop()


def test_the_public_hears_what_is_public(services: Services, mosquitto: Mosquitto):
    with Listener(mosquitto, EVERY) as listener, publishing(services, mosquitto, PUBLIC):
        services.store.write(observed(55, stream=FILLING))
        services.store.write(observed(120))
        assert [said["result"] for _, _, said in listener.wait(1)] == [120]


def test_history_that_is_brought_in_is_no_news(services: Services):
    news = News(create_app(services).state.cities.of(CITY), Links(ROOT))
    news.begin()
    assert list(news.portions(news.look())) == []
    services.store.write(observed(1, ago_s=90_000))
    early = Batch.of((FREE,), [0], [now() - np.timedelta64(5, "s")], [2.0], result_time=["2026-03-29T00:00:00"])
    services.store.write(early)
    services.store.write(observed(3, stream=Datastream("of-no-thing", "filling_level")))
    assert [letter for portion in news.portions(news.look()) for letter in portion] == []


def test_a_name_that_mqtt_would_mistake_is_escaped(services: Services):
    from sensors.model import Thing  # noqa: PLC0415

    services.catalogue.put([Thing(id="a+b#c", name="x", kind="parking_lot", longitude=1, latitude=2)])
    news = News(create_app(services).state.cities.of(CITY), Links(ROOT))
    news.begin()
    services.store.write(observed(1, stream=Datastream("a+b#c", "available_spot_number")))
    ((letter,),) = news.portions(news.look())
    assert letter.topic == "v1.1/Datastreams('a%2Bb%23c/available_spot_number')/Observations"
    news.come_to(news.look())
    assert list(news.portions(news.look())) == []
