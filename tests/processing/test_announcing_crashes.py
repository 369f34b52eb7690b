"""Publisher, broker and subscribers are killed at random: a utility that keeps to docs/alerts.md misses nothing.

``SMILECITY_FAULTS=long`` tries a hundred stories in place of a few.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import threading
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, cast

import paho.mqtt.client as paho
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from processing.announcing.announcer import Announcer
from processing.announcing.line import Broker
from processing.announcing.topics import ALERTS, ROOT, level
from storage.alert import ACTIVE, Change, Chosen
from storage.catalogue import Catalogue
from tests.alerting import fired, resolved
from tests.processing.announcing import SWIFT, Listener
from tests.servers import MOSQUITTO, Mosquitto, wait_until

if TYPE_CHECKING:
    from socket import socket

    from storage.alerts import Alerts

STORIES = 100 if os.environ.get("SMILECITY_FAULTS") == "long" else 3
OPERATORS = ("Stadt Entsorgung", "Stadt/Werke")
THINGS = 4
NEW = multiprocessing.get_context("forkserver")
"""Processes of which the first costs a second, and each further one a few milliseconds."""
NEW.set_forkserver_preload(["processing.announcing.announcer", "storage.catalogue"])


def publish(url: str, port: int) -> None:
    """Publish until killed; the whole of a publishing process."""
    announcer = Announcer(Catalogue(url).alerts, Broker(host="127.0.0.1", port=port), worker="one", terms=SWIFT)
    announcer.start()
    threading.Event().wait()


@dataclass
class Utility:
    """Follows the alerts of one operator as the contract says; only what it has dealt with outlives a crash."""

    operator: str
    port: int
    alerts: Alerts
    """In the place of the API by which it catches up."""
    dealt: list[int] = field(default_factory=list)
    fetched: int = 0
    connections: int = 0

    def start(self) -> None:
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=level(self.operator),
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        self._client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]  # as good as whole seconds
        self._client.on_connect = lambda client, *_: client.subscribe(f"{ROOT}/{level(self.operator)}/#", 1)
        self._client.on_subscribe = lambda *_: self._begin()
        self._client.on_message = lambda _client, _userdata, message: self._hear(bytes(message.payload))
        self._client.connect_async("127.0.0.1", self.port)
        self._thread = threading.Thread(target=lambda: self._client.loop_forever(retry_first_connection=True))
        self._thread.start()

    def crash(self) -> None:
        """Be gone without a word to the broker, and come back with what was dealt with."""
        self.stop(politely=False)
        self.start()

    def stop(self, *, politely: bool = True) -> None:
        if not politely and (connection := cast("socket | None", self._client.socket())) is not None:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        while self._thread.is_alive():  # paho overlooks it while it is connecting
            self._client.disconnect()
            self._thread.join(0.2)

    @property
    def last(self) -> int:
        return self.dealt[-1] if self.dealt else 0

    def _begin(self) -> None:
        self.connections += 1
        self._catch_up()

    def _hear(self, payload: bytes) -> None:
        if not payload:
            return
        told: dict[str, Any] = json.loads(payload)
        if told["previous"] > self.last:
            self._catch_up()
        if told["sequence"] > self.last:
            self.dealt.append(told["sequence"])

    def _catch_up(self) -> None:
        while missed := self.alerts.changes(self.last, Chosen(operator=self.operator), limit=7):
            self.dealt += [change.sequence for change in missed]
            self.fetched += len(missed)


class City:
    """All that can be killed, and how to."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.url = f"sqlite:///{folder}/catalogue.sqlite"
        self.alerts = running.enter_context(closing(Catalogue(self.url))).alerts
        self.mosquitto = Mosquitto(folder).start()
        running.callback(self.mosquitto.stop)
        self.utilities = [Utility(operator, self.mosquitto.port, self.alerts) for operator in OPERATORS]
        for utility in self.utilities:
            utility.start()
            running.callback(utility.stop)
        self._publisher = self._publish()
        running.callback(self._end_publisher)

    def do(self, what: str, number: int) -> None:
        match what:
            case "change":
                self.alerts.note([self._change(number)], known=self.alerts.sequence())
            case "kill publisher":
                self._end_publisher()
                self._publisher = self._publish()
            case "kill broker":
                self.mosquitto.kill()
                self.mosquitto.start()
            case "kill utility":
                self.utilities[number % len(self.utilities)].crash()
            case "wait":
                self.settle()

    def settle(self) -> None:
        wait_until(
            lambda: self.alerts.position("mqtt") == self.alerts.sequence(), timeout=60, what="every change to be said"
        )

    def _change(self, number: int) -> Change:
        """Begin an alert, or end it; things of one number belong to either operator."""
        thing, operator = f"bin {number}", OPERATORS[number % len(OPERATORS)]
        known = self.alerts.alert(f"overflow/{thing}")
        over = known is None or known.state not in ACTIVE
        return fired(thing, operator=operator) if known is None or over else resolved(known)

    def _publish(self) -> Any:
        process = NEW.Process(target=publish, args=(self.url, self.mosquitto.port), daemon=True)
        process.start()
        return process

    def _end_publisher(self) -> None:
        self._publisher.kill()
        self._publisher.join()
        self._publisher.close()


DONE = st.sampled_from(["change", "change", "change", "kill publisher", "kill broker", "kill utility", "wait"])
STORY = st.lists(st.tuples(DONE, st.integers(0, THINGS - 1)), min_size=5, max_size=25)
BAD_DAY = [
    *(("change", number) for number in range(THINGS)),
    ("wait", 0),
    ("kill broker", 0),
    ("change", 0),
    ("kill publisher", 0),
    ("kill utility", 0),
    ("change", 0),
    ("change", 1),
    ("kill utility", 1),
    ("kill broker", 0),
]


@pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt-get install mosquitto")
@pytest.mark.timeout(3600 if STORIES > 3 else 300)
@settings(max_examples=STORIES, phases=(Phase.explicit, Phase.generate))
@given(story=STORY)
@example(story=BAD_DAY)
def test_whoever_is_killed_each_utility_deals_with_each_of_its_changes_once_and_in_order(
    story: list[tuple[str, int]],
):
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        city = City(Path(folder), running)
        for what, number in story:
            city.do(what, number)
        city.settle()
        for utility in city.utilities:
            assert_dealt(city, utility)
        assert_retained(city)


def assert_dealt(city: City, utility: Utility) -> None:
    expected = [one.sequence for one in city.alerts.changes(0, Chosen(operator=utility.operator))]
    wait_until(lambda: utility.dealt[-1:] == expected[-1:], what=f"{expected}, of which {utility.dealt} came")
    assert utility.dealt == expected


def assert_retained(city: City) -> None:
    """Whoever comes now is told how every alert stands."""
    standing = {alert.key: (alert.state, alert.sequence) for alert in city.alerts.current()}
    with Listener(city.mosquitto, ALERTS) as late:

        def told() -> dict[str, tuple[str, int]]:
            return {said["key"]: (said["state"], said["sequence"]) for said in late.alerts()}

        wait_until(lambda: told() == standing, what=f"{standing}, of which {told()} is retained")


@pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt-get install mosquitto")
def test_where_nobody_is_killed_nothing_need_be_fetched(tmp_path: Path):
    """Else the test above might hold by what is fetched alone."""
    with ExitStack() as running:
        city = City(tmp_path, running)
        wait_until(lambda: all(utility.connections for utility in city.utilities))
        for number in [*range(THINGS), *range(THINGS)]:
            city.do("change", number)
        wait_until(lambda: [len(utility.dealt) for utility in city.utilities] == [THINGS, THINGS])
        assert [utility.fetched for utility in city.utilities] == [0, 0]
