"""How long a look for alerts takes, and how long after a sensor's word an alert is noted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.source import Source
from ingest.worker import Worker
from processing.alert import AlertRule, Condition, Severity
from processing.alerting.estate import Estate
from processing.alerting.watch import Watch
from processing.announcing.announcer import Announcer
from processing.announcing.line import Broker
from processing.announcing.topics import ALERTS
from processing.region import Region
from processing.rows import Rows
from sensors.geojson import things_from_geojson
from sensors.model import Batch, Datastream, Thing
from simulators.load import things as load_things
from smilecity.clockwork import Clockwork
from smilecity.platform import LOOK_S
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.loading import publisher
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage.store import Store
    from tests.benchmarks.conftest import Figures
    from tests.servers import Mosquitto

THINGS, RULES = 20_000, 12
MINUTE = 60_000
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVALUATED = f"{THINGS:,} things by {RULES} rules: evaluations a second, every thing has said something new"
ROUND = f"A look at {THINGS:,} things by {RULES} rules in a DuckDB store"
LATENCY = "A sensor's word to the alert of it, through Mosquitto and DuckDB, 1,000 messages/s"
RATE, SECONDS, WARM_S = 1_000, 15, 3.0
SENSORS_OF_LOAD, EVERY = 2_000, 100


def rule(number: int) -> AlertRule:
    """Declare a rule with hysteresis and a pending time, each a little different."""
    return AlertRule(
        name=f"rule_{number}",
        version=1,
        domain="waste",
        title="Full",
        title_de="Voll",
        severity=Severity.WARNING,
        looks_at="filling_level",
        kinds=("waste_container",),
        when=(Condition(above=99.0 - number / 20, clear=80.0),),
        pending=timedelta(minutes=number),
        clear_for=timedelta(minutes=5),
        text="{thing} is {value:.0f} % full",
        text_de="{thing} ist zu {value:.0f} % voll",
        source="a benchmark",
        examples=(),
    )


CITY = tuple(
    Thing(id=f"bin-{number}", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1)
    for number in range(THINGS)
)
RULE = {f"rule_{number}": rule(number) for number in range(RULES)}


def one_by_one(standing: list[list[Any]], values: list[float], now: int, declared: AlertRule) -> None:
    """Do what a loop over things would do for a rule without silence, escalation and hours: the peer."""
    limit, clear = declared.when[0].above or 0.0, declared.when[0].clear or 0.0
    pending, clear_for = (int(span.total_seconds() * 1000) for span in (declared.pending, declared.clear_for))
    for one, value in zip(standing, values, strict=True):
        phase, _, over = one
        if value >= limit:
            one[2] = None
            if phase == "quiet":
                one[:2] = ["pending", now]
        elif phase == "pending":
            one[:2] = ["quiet", None]
        elif phase == "firing" and value <= clear and over is None:
            one[2] = now
        if one[0] == "pending" and now >= one[1] + pending:
            one[0] = "firing"
        if one[2] is not None and now >= one[2] + clear_for:
            one[:] = ["quiet", None, None]


def test_evaluation(figures: Figures):
    chance = np.random.default_rng(1)
    estates = [Estate(declared, CITY, Region()) for declared in RULE.values()]
    begin = round(NOW.timestamp() * 1000)
    rounds = [chance.uniform(0, 100, THINGS) for _ in range(10)]
    series = np.arange(THINGS)

    def columns() -> None:
        for number, values in enumerate(rounds):
            times = np.full(THINGS, begin + number * MINUTE).view("datetime64[ms]")
            rows = Rows.of(THINGS, series, times, values, coverage=np.full(THINGS, np.nan))
            for estate in estates:
                estate.step(rows, begin + number * MINUTE)

    def loop() -> None:
        for declared in RULE.values():
            standing = [["quiet", None, None] for _ in range(THINGS)]
            for number, values in enumerate(rounds):
                one_by_one(standing, values.tolist(), begin + number * MINUTE, declared)

    for name, what in (
        ("a loop in Python over things, rule by rule", loop),
        ("processing.alerting, in columns", columns),
    ):
        figures.add(EVALUATED, name, THINGS * RULES * len(rounds), timed(what))


def timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"duckdb://{tmp_path}/city.duckdb")
    yield opened
    opened.close()


@pytest.mark.timeout(300)
def test_round(store: Store, tmp_path: Path, figures: Figures):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    catalogue.put(CITY)
    watch = Watch(store, catalogue, shipped=lambda: RULE)
    streams = [Datastream(thing.id, "filling_level") for thing in CITY]
    chance = np.random.default_rng(1)
    watch.step(NOW)

    def look(said: int, number: int) -> float:
        """Let some things speak, few of them of something bad, and look."""
        moment = NOW + timedelta(seconds=number + 1)
        which = chance.choice(THINGS, said, replace=False)
        values = np.where(chance.random(said) < 0.001, 99.5, 50.0)
        instants = np.full(said, np.datetime64(moment.replace(tzinfo=None), "ms"))
        if said:
            store.write(Batch.of(streams, which, instants, values))
        return 1000 * timed(lambda: watch.step(moment))

    number = 0
    for said, rounds in ((THINGS, 10), (1_000, 30), (200, 30), (0, 30)):
        spent = [look(said, number := number + 1) for _ in range(rounds)]
        p50, most = np.percentile(spent, [50, 100])
        figures.facts[ROUND].append(f"{said:>6,} have spoken: median {p50:>6.1f} ms   max {most:>6.1f} ms")
    catalogue.close()


class Noted:
    """Says for every alert that is noted how long ago the sensor said it."""

    def __init__(self, watch: Watch, catalogue: Catalogue) -> None:
        self._watch, self._catalogue = watch, catalogue
        self.ages: list[float] = []

    def step(self, now: datetime) -> Any:
        before = self._catalogue.alerts.sequence()
        seen = self._watch.step(now)
        done = time.time() * 1000
        changes = self._catalogue.alerts.changes(before, limit=10_000) if seen.written else ()
        self.ages += [done - change.alert.heard for change in changes]
        return seen

    def leave(self) -> None:
        self._watch.leave()


class Heard:
    """Listens to the alerts of everybody, and says how long ago the sensor said what each change is about."""

    def __init__(self, port: int) -> None:
        self.ages: list[float] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(ALERTS, qos=1)
        self._client.loop_start()

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.payload:
            said = datetime.fromisoformat(json.loads(message.payload)["heard"])
            self.ages.append(1000 * (time.time() - said.timestamp()))

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.timeout(300)
def test_latency(mosquitto: Mosquitto, store: Store, tmp_path: Path, figures: Figures):
    """Of 2,000 spaces every hundredth is a fire-access zone, taken and left in turn: ten alerts change a second."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    load = things_from_geojson(load_things(SENSORS_OF_LOAD))
    zones = [replace(one, kind="fire_access_zone") for one in load.things[::EVERY]]
    catalogue.put([*load.things, *zones], load.devices)
    noted = Noted(Watch(store, catalogue), catalogue)
    source = Source.from_url(mosquitto.url, name="city", topics=("city/+/+",))
    worker, clockwork = Worker("latency", [source], store, catalogue), Clockwork(noted, LOOK_S)
    announcer = Announcer(catalogue.alerts, Broker(host="127.0.0.1", port=mosquitto.port), worker="one")
    heard = Heard(mosquitto.port)
    worker.start()
    clockwork.start()
    announcer.start()
    assert worker.receivers[0].wait_until_connected(20)
    messages = int(RATE * (SECONDS + WARM_S))
    with publisher(mosquitto.url, RATE, SENSORS_OF_LOAD, messages) as begin:
        begin()
        wait_until(lambda: worker.tally().messages >= messages, timeout=120, what="all messages")
    worker.stop()
    clockwork.stop()
    noted.step(datetime.now(UTC))
    wait_until(lambda: announcer.said >= len(noted.ages), timeout=60, what="every change to be said")
    wait_until(lambda: len(heard.ages) >= len(noted.ages), timeout=60, what="every change to be heard")
    announcer.stop()
    heard.stop()
    catalogue.close()
    for name, each in (("noted in the catalogue", noted.ages), ("heard over MQTT", heard.ages)):
        ages = np.array(each)[int(RATE * WARM_S) // EVERY :]
        p50, p99, most = np.percentile(ages, [50, 99, 100])
        figures.facts[LATENCY].append(
            f"{name:<23} p50 {p50:>4.0f} ms   p99 {p99:>4.0f} ms   max {most:>4.0f} ms   {len(ages):,} changes"
        )
