"""A utility as a user: ``mosquitto_sub`` and ``mosquitto_pub`` with the documented topics, credentials and ACL."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing.announcing.topics import HEARTBEAT, ROOT
from storage.alert import State
from storage.catalogue import Catalogue
from tests.alerting import fired, resolved
from tests.processing.announcing import SWIFT, Listener, announcing, broker, guarded, publish
from tests.processing.test_announcing_messages import validator
from tests.servers import MOSQUITTO, Mosquitto, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.alerts import Alerts

SER, SW = f"{ROOT}/Stadtentsorgung%20Rostock", f"{ROOT}/Stadtwerke%20Rostock"
MINE = (HEARTBEAT, f"{SER}/#")
ALL = (f"{ROOT}/#",)


@pytest.fixture
def guarded_mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    mosquitto = guarded(tmp_path)
    yield mosquitto
    mosquitto.stop()


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    """An alert of either utility fires."""
    with closing(Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as catalogue:
        bin_7 = fired("bin-7", operator="Stadtentsorgung Rostock")
        meter = fired("meter", operator="Stadtwerke Rostock", rule="peak", domain="energy")
        catalogue.alerts.note([bin_7, meter], known=0)
        yield catalogue.alerts


def end(alerts: Alerts, key: str) -> None:
    known = alerts.alert(key)
    assert known is not None
    alerts.note([resolved(known)], known=alerts.sequence())


def test_it_hears_its_own_retained_late_live_and_to_the_end(guarded_mosquitto: Mosquitto, alerts: Alerts):
    with announcing(alerts, broker(guarded_mosquitto, "smilecity"), replace(SWIFT, heartbeat_s=0.3, let_go_s=0.3)):
        wait_until(lambda: alerts.position("mqtt") == 2)
        with Listener(guarded_mosquitto, *ALL, user="stadtentsorgung") as late:
            # It asks for everything, and gets the heartbeat and its own: as it stands, although it comes late.
            first = sorted(late.wait(2)[:2], key=lambda one: one[1])
            assert [(retained, topic) for retained, topic, _ in first] == [
                (True, f"{SER}/waste/overflow/bin-7"),
                (True, HEARTBEAT),
            ]
            validator().validate(first[0][2])
            validator("Heartbeat").validate(first[1][2])
            assert (first[0][2]["state"], first[0][2]["sequence"], first[1][2]["alive"]) == ("firing", 1, True)
            end(alerts, "overflow/bin-7")
            end(alerts, "peak/meter")
            wait_until(lambda: (False, f"{SER}/waste/overflow/bin-7", {}) in late.heard, what="it was let go of")
            assert [(one["sequence"], one["previous"], one["state"]) for one in late.alerts()] == [
                (1, 0, "firing"),
                (3, 1, "resolved"),
            ]
            assert {topic for _, topic, _ in late.heard} == {HEARTBEAT, f"{SER}/waste/overflow/bin-7"}
        wait_until(lambda: alerts.position("mqtt, let go") == 4)
        with Listener(guarded_mosquitto, *ALL, user="smilecity") as everything:
            wait_until(lambda: everything.heard)
            assert {topic for _, topic, _ in everything.heard} == {HEARTBEAT}, "what was let go of is retained"


def test_it_cannot_tell_alerts_nor_a_heartbeat_and_strangers_nothing(guarded_mosquitto: Mosquitto, alerts: Alerts):
    with announcing(alerts, broker(guarded_mosquitto, "smilecity")):
        wait_until(lambda: alerts.position("mqtt") == 2)
        with Listener(guarded_mosquitto, *ALL, user="smilecity") as everything:
            everything.wait(3)
            for user in ("stadtentsorgung", "sensors", None):
                for topic in (f"{SER}/waste/overflow/bin-7", HEARTBEAT, f"{SER}/reply", f"{SW}/ack"):
                    publish(guarded_mosquitto, topic, {"state": "resolved"}, user=user)
            publish(guarded_mosquitto, f"{ROOT}/the-end", {}, user="smilecity")
            wait_until(lambda: any(topic.endswith("the-end") for _, topic, _ in everything.heard))
            assert not [said for _, _, said in everything.heard if said == {"state": "resolved"}]
    with (
        Listener(guarded_mosquitto, *ALL, user="sensors") as sensors,
        Listener(guarded_mosquitto, *ALL) as stranger,
        Listener(guarded_mosquitto, *ALL, user="smilecity") as everything,
    ):
        publish(guarded_mosquitto, HEARTBEAT, {}, user="smilecity")
        wait_until(lambda: (False, HEARTBEAT, {}) in everything.heard)
        assert (sensors.heard, stranger.heard, stranger.refused) == ([], [], True)


def test_it_acknowledges_its_own_only_and_is_answered(guarded_mosquitto: Mosquitto, alerts: Alerts):
    with (
        announcing(alerts, broker(guarded_mosquitto, "smilecity")),
        Listener(guarded_mosquitto, *MINE, user="stadtentsorgung") as mine,
        Listener(guarded_mosquitto, f"{SW}/#", user="stadtwerke") as other,
    ):
        wait_until(lambda: mine.alerts() and other.alerts())
        asked = [{"who": "Ada", "key": "peak/meter", "id": "1"}, {"who": "Ada", "key": "overflow/bin-7", "id": "2"}]
        for each in asked:
            publish(guarded_mosquitto, f"{SW}/ack", each, user="stadtentsorgung")
            publish(guarded_mosquitto, f"{SER}/ack", each, user="stadtentsorgung")
        wait_until(lambda: len(mine.heard) >= 5, what="two replies, the alert again")
        replies = {said["id"]: said for _, topic, said in mine.heard if topic == f"{SER}/reply"}
        assert {name: (said["accepted"], said["code"]) for name, said in replies.items()} == {
            "1": (False, "unknown"),
            "2": (True, "accepted"),
        }
        validator("Reply").validate(replies["1"])
        told = mine.alerts()[-1]
        assert (told["state"], told["acknowledged"]["who"], told["sequence"]) == ("acknowledged", "Ada", 3)
        assert replies["2"]["sequence"] == 3
        assert len(other.heard) == 1
    kept = alerts.alert("peak/meter")
    assert kept is not None
    assert kept.state is State.FIRING
