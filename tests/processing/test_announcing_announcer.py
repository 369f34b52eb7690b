"""Every change once and in order, over whatever becomes of broker, connection and process; by one of several."""

from __future__ import annotations

import logging
import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing.announcing import announcer as module
from processing.announcing.line import Broker
from processing.announcing.topics import ALERTS, HEARTBEAT, ROOT
from smilecity.broker import EmbeddedBroker
from storage.catalogue import Catalogue
from storage.lease import LEASE
from tests.alerting import fired, resolved
from tests.processing.announcing import SWIFT, Listener, announcing, broker, guarded, publish
from tests.servers import MOSQUITTO, Mosquitto, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.alerts import Alerts

BEAT = f"{ROOT}/heartbeat"


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with closing(Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as catalogue:
        yield catalogue.alerts


def note(alerts: Alerts, *things: str) -> None:
    alerts.note([fired(thing) for thing in things], known=alerts.sequence())


def all_said(alerts: Alerts) -> None:
    wait_until(lambda: alerts.position("mqtt") == alerts.sequence(), what="everything to be said")


def sequences(listener: Listener) -> list[int]:
    return [said["sequence"] for said in listener.alerts()]


def live(listener: Listener) -> list[int]:
    return [said["sequence"] for retained, _, said in listener.heard if said and not retained]


def test_what_came_while_the_broker_was_away_comes_once_and_in_order(mosquitto: Mosquitto, alerts: Alerts):
    note(alerts, "before")
    with Listener(mosquitto, ALERTS, session="utility") as listener, announcing(alerts, broker(mosquitto)) as announcer:
        all_said(alerts)
        mosquitto.stop()
        wait_until(lambda: not announcer.connected)
        note(alerts, *(f"bin-{number}" for number in range(250)))  # more than is said at once
        known = alerts.alert("overflow/bin-1")
        assert known is not None
        alerts.note([resolved(known)], known=251)
        mosquitto.start()
        all_said(alerts)
        wait_until(lambda: live(listener)[-1:] == [252])
    assert live(listener) == list(range(1, 253))


def test_killed_between_acknowledgement_and_note_it_says_the_same_again(mosquitto: Mosquitto, alerts: Alerts):
    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    note(alerts, "a", "b")
    with Listener(mosquitto, ALERTS) as listener:
        with pytest.MonkeyPatch.context() as killed:
            killed.setattr(alerts, "published", die)
            killed.setattr("threading.excepthook", lambda _: None)
            dying = module.Announcer(alerts, broker(mosquitto), worker="one", terms=SWIFT)
            dying.start()
            wait_until(lambda: sequences(listener) == [1, 2])
            wait_until(lambda: not dying.alive)
        with announcing(alerts, broker(mosquitto)):
            note(alerts, "c")
            all_said(alerts)
            wait_until(lambda: sequences(listener)[-1] == 3)
    assert sequences(listener) == [1, 2, 1, 2, 3]


def test_one_of_two_speaks_and_the_other_when_that_one_has_gone(mosquitto: Mosquitto, alerts: Alerts):
    note(alerts, "a")
    with Listener(mosquitto, ALERTS) as listener, pytest.MonkeyPatch.context() as soon:
        soon.setattr(module, "RENEW_S", 0.05)
        with announcing(alerts, broker(mosquitto), worker="two") as second:
            wait_until(lambda: second.connected)
            with announcing(alerts, broker(mosquitto), worker="one") as first:
                for number in range(20):
                    note(alerts, f"bin-{number}")
                all_said(alerts)
                assert (first.said, second.said) == (0, 21)
            second.stop()
        with announcing(alerts, broker(mosquitto), worker="one") as first:
            note(alerts, "b")
            all_said(alerts)
            wait_until(lambda: len(sequences(listener)) >= 22)
            assert first.said == 1
    assert sequences(listener) == list(range(1, 23))


def test_who_slept_over_its_lease_is_cut_off_by_the_broker(mosquitto: Mosquitto, alerts: Alerts):
    """The lease alone would let two speak at once: the one that took it, and the one that has not noticed."""
    with announcing(alerts, broker(mosquitto), worker="one") as sleeper:
        wait_until(lambda: sleeper.connected)
        alerts.resign("mqtt", sleeper._runner)  # as if its lease had run out while it slept
        with announcing(alerts, broker(mosquitto), worker="two") as second:
            wait_until(lambda: second.connected and not sleeper.connected)
            note(alerts, "a")
            all_said(alerts)
            assert (sleeper.said, second.said) == (0, 1)


def test_a_broker_that_lost_what_it_retained_gets_it_again(mosquitto: Mosquitto, alerts: Alerts):
    note(alerts, "a", "b")
    with announcing(alerts, broker(mosquitto)) as announcer:
        all_said(alerts)
        mosquitto.kill()  # it writes to disk every half hour
        wait_until(lambda: not announcer.connected)
        mosquitto.start()
        wait_until(lambda: announcer.connected)
        with Listener(mosquitto, ALERTS) as listener:
            heard = listener.wait(2)
    assert [(retained, said["sequence"]) for retained, _, said in heard] == [(True, 1), (True, 2)]
    assert announcer.said == 2


def test_what_is_left_over_from_elsewhere_is_let_go_of(mosquitto: Mosquitto, alerts: Alerts):
    topic = f"{ROOT}/SR/waste/overflow/long-gone"
    with Listener(mosquitto, ALERTS) as listener:
        publish(mosquitto, topic, {"sequence": 5}, retain=True)
        with announcing(alerts, broker(mosquitto)):
            wait_until(lambda: (False, topic, {}) in listener.heard)


def test_the_broker_says_when_nobody_publishes_any_more(mosquitto: Mosquitto, alerts: Alerts):
    with announcing(alerts, broker(mosquitto), replace(SWIFT, heartbeat_s=0.1)) as announcer:
        wait_until(lambda: announcer.connected)
        with Listener(mosquitto, HEARTBEAT) as listener:
            beats = [said for _, _, said in listener.wait(4)]
            assert {beat["alive"] for beat in beats} == {True}
            assert beats == sorted(beats, key=lambda beat: str(beat["at"]))
            publish(mosquitto, HEARTBEAT, {}, name="smilecity-alerts")  # takes its place, as a new connection of ours
            wait_until(lambda: any(said.get("alive") is False for _, _, said in listener.heard), what="the will")
            wait_until(lambda: listener.heard[-1][2].get("alive") is True, what="it to come back")
            announcer.stop()
            wait_until(lambda: listener.heard[-1][2]["alive"] is False, what="the last word")


def test_a_broker_that_refuses_alerts_is_named_and_nothing_is_skipped(
    tmp_path: Path, alerts: Alerts, caplog: pytest.LogCaptureFixture
):
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    mosquitto = guarded(tmp_path)
    try:
        note(alerts, "a")
        with caplog.at_level(logging.WARNING), announcing(alerts, broker(mosquitto, "sensors")):
            wait_until(lambda: "the broker refuses a message (Not authorized)" in caplog.text)
        assert alerts.position("mqtt") == 0
        caplog.clear()
        wrong = replace(broker(mosquitto, "smilecity"), password="wrong")
        with caplog.at_level(logging.WARNING), announcing(alerts, wrong):
            wait_until(lambda: "refuses the connection" in caplog.text)
        assert "wrong" not in caplog.text
        with announcing(alerts, broker(mosquitto, "smilecity")):
            all_said(alerts)
    finally:
        mosquitto.stop()


def test_a_broker_that_ends_the_connection_without_an_answer_is_tried_in_the_older_version_next(alerts: Alerts):
    """As one does that does not speak MQTT 5, or that is killed just then."""
    note(alerts, "a")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        at = Broker(host="127.0.0.1", port=server.getsockname()[1])
        with announcing(alerts, at):
            versions = []
            for _ in range(3):
                connection, _address = server.accept()
                with connection:
                    versions.append(connection.recv(100).split(b"MQTT")[1][0])
    assert versions == [5, 4, 5]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_both_versions_of_mqtt_are_spoken(mosquitto: Mosquitto, alerts: Alerts, protocol: str):
    note(alerts, "a")
    with announcing(alerts, broker(mosquitto, protocol=protocol)):
        all_said(alerts)
        with Listener(mosquitto, ALERTS) as listener:
            listener.wait(1)
            publish(mosquitto, f"{ROOT}/SR/ack", {"who": "Ada", "key": "overflow/a"})
            wait_until(lambda: sequences(listener)[-1] == 2)


def test_the_embedded_broker_retains_for_who_comes_late(tmp_path: Path, alerts: Alerts):
    embedded = EmbeddedBroker("127.0.0.1", free_port())
    embedded.start()
    try:
        at = Mosquitto(tmp_path, port=embedded.port)  # to listen at; it is not started
        note(alerts, "a", "b")
        with announcing(alerts, broker(at, protocol="3.1.1")):
            all_said(alerts)
            with Listener(at, ALERTS, HEARTBEAT) as listener:
                heard = listener.wait(3)
                assert {(retained, said["schema"].rsplit("/")[-1]) for retained, _, said in heard} == {
                    (True, "alert"),
                    (True, "heartbeat"),
                }
                assert set(sequences(listener)) == {1, 2}
    finally:
        embedded.stop()


def test_a_lease_outlives_some_renewals():
    assert 2 * module.RENEW_S * 1000 < LEASE
