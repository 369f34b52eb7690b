from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.city import milliseconds
from simulators.fault import HELD, SENT, TOLD
from simulators.faults import Faults
from simulators.run import Clock, run
from simulators.truth import truth
from tests.servers import wait_until
from tests.simulators.cities import NOON, small_city, whole_city, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Mosquitto

EVERYTHING = [(topic, 1) for topic in ("v3/+/devices/+/up", "application/+/device/+/event/up", "city/+/+")]


@contextmanager
def listener(broker: Mosquitto) -> Iterator[list[tuple[str, bytes]]]:
    """Subscribe to the city with a session that outlives the broker; gives what has come in so far."""
    heard: list[tuple[str, bytes]] = []
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
    client.on_connect = lambda *_: (client.subscribe(EVERYTHING), None)[1]
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _client, _userdata, message: heard.append((message.topic, bytes(message.payload)))
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        wait_until(ready.is_set, what="the subscription")
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def test_a_history_arrives_whole_and_in_order(mosquitto: Mosquitto):
    city = small_city()
    expected = written(city, city.events(NOON - timedelta(hours=6), NOON))
    with listener(mosquitto) as heard:
        told = asyncio.run(run(mosquitto.url, start=NOON, history=timedelta(hours=6), duration=timedelta(0), city=city))
        wait_until(lambda: len(heard) >= len(expected), what="every message")
    assert told == len(expected)
    assert heard == expected


def test_a_broker_that_goes_away_misses_nothing(mosquitto: Mosquitto):
    city, progress, restarts = whole_city(), list[int](), list[threading.Thread]()
    expected = written(city, city.events(NOON - timedelta(hours=2), NOON))

    def interrupt(published: int) -> None:
        progress.append(published)
        if published == 300:
            mosquitto.stop()
            restarts.append(threading.Thread(target=mosquitto.start))
            restarts[0].start()

    with listener(mosquitto) as heard:
        told = asyncio.run(
            run(
                mosquitto.url,
                start=NOON,
                history=timedelta(hours=2),
                duration=timedelta(0),
                city=city,
                on_progress=interrupt,
            )
        )
        restarts[0].join()
        wait_until(lambda: set(heard) >= set(expected), what="every message")
    assert told == len(expected) > 1000
    assert progress == list(range(1, told + 1))
    assert set(heard) == set(expected)


def test_time_runs_as_fast_as_told_but_nothing_is_told_early(mosquitto: Mosquitto):
    city = whole_city()
    start = datetime.now(UTC) - timedelta(hours=1)
    told = asyncio.run(run(mosquitto.url, start=start, speed=1800, duration=timedelta(minutes=20), city=city))
    assert told == len(city.events(start, start + timedelta(minutes=20))) > 100


def test_without_an_end_it_goes_on_until_told_to_stop(mosquitto: Mosquitto):
    city, stop = whole_city(), threading.Event()
    start = datetime.now(UTC) - timedelta(hours=2)

    def enough(published: int) -> None:
        if published == 100:
            stop.set()

    told = asyncio.run(run(mosquitto.url, start=start, speed=600, city=city, on_progress=enough, stop=stop))
    assert 100 <= told < len(city.events(start, start + timedelta(hours=2)))


def test_a_fast_history_is_told_at_that_speed_and_then_goes_with_the_present():
    clock = Clock(start=1000, speed=10, began=5000)
    assert [clock.now(real) for real in (5000, 5100, 5400, 5444, 5500, 9000)] == [1000, 2000, 5000, 5440, 5500, 9000]


def test_faults_are_done_to_what_is_told_and_the_rest_is_sent_at_the_end(mosquitto: Mosquitto):
    city, faults = whole_city(), Faults(1)
    begin = NOON - timedelta(hours=2)
    story = run(mosquitto.url, start=NOON, history=NOON - begin, duration=timedelta(0), city=city, faults=faults)
    with listener(mosquitto) as heard:
        told = asyncio.run(story)
        wait_until(lambda: len(heard) >= told, what="every message")
    alone = Faults(1)
    assert heard == alone.through(city.told(city.events(begin, NOON))) + alone.rest()
    assert faults.headings == alone.headings
    assert told == faults.headings[SENT] != faults.headings[TOLD]


def test_enough_ends_with_everything_acknowledged_that_was_told(mosquitto: Mosquitto):
    enough, faults = threading.Event(), Faults(1)
    start = datetime.now(UTC) - timedelta(hours=2)
    told = asyncio.run(
        run(mosquitto.url, start=start, speed=600, faults=faults, enough=enough, on_progress=lambda _: enough.set())
    )
    assert told == faults.headings[SENT] > 0
    assert faults.headings[HELD] == 0


def test_truth_is_written_beside(mosquitto: Mosquitto, tmp_path: Path):
    city, folder = small_city(), tmp_path / "truth"
    asyncio.run(
        run(
            mosquitto.url,
            start=NOON,
            history=timedelta(hours=3),
            duration=timedelta(0),
            city=city,
            truth=folder,
        )
    )
    series = truth(city, NOON - timedelta(hours=3), NOON)["occupancy"]
    lines = (folder / "occupancy.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "thing,time,value"
    assert len(lines) == 1 + series.value.size
    assert np.allclose(sum(float(line.rpartition(",")[2]) for line in lines[1:]), series.value.sum(), atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"speed": 60.0}, "needs a past"),
        ({"speed": 0.0}, "above 0"),
        ({"start": datetime(2900, 1, 1, tzinfo=UTC)}, "yet to come"),
        ({"start": datetime(2026, 1, 1)}, "no zone"),  # noqa: DTZ001 - the very mistake
    ],
)
def test_times_that_cannot_be_are_refused(settings: dict[str, Any], sentence: str):
    with pytest.raises(ValueError, match=sentence):
        asyncio.run(run("mqtt://127.0.0.1:1", city=small_city(), **settings))


def test_the_present_is_told_when_no_start_is_given(mosquitto: Mosquitto):
    city, before = whole_city(), time.time_ns() // 1_000_000
    told = asyncio.run(run(mosquitto.url, history=timedelta(minutes=30), duration=timedelta(0), city=city))
    after = time.time_ns() // 1_000_000
    sizes = {len(city.events(now - 30 * 60_000, now)) for now in range(before, after + 1, 50)}
    assert min(sizes) - 2 <= told <= max(sizes) + 2
    assert milliseconds(datetime.now(UTC)) >= after
