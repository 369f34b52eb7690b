"""The receiver against a real Mosquitto and the embedded broker."""

from __future__ import annotations

from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING

import pytest

from ingest.mqtt import Receiver
from ingest.source import Source
from smilecity.broker import EmbeddedBroker
from tests.publishing import publish
from tests.servers import Mosquitto, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.gather import Delivery, Inbox

TOPICS = ("t/#",)


@contextmanager
def receiving(url: str, inbox: Inbox, **options: int) -> Iterator[Receiver]:
    source = Source.from_url(url, name="city", topics=TOPICS)
    receiver = Receiver(source, "w1", inbox)
    receiver.start()
    assert receiver.wait_until_connected(20)
    yield receiver
    receiver.stop()
    assert not receiver.connected


def numbered(count: int) -> list[tuple[str, bytes]]:
    return [(f"t/{number}", b"%d" % number) for number in range(count)]


def take(inbox: Inbox, count: int) -> list[Delivery]:
    return [inbox.get(timeout=20) for _ in range(count)]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(mosquitto: Mosquitto, protocol: str):
    url = f"{mosquitto.url}?protocol={protocol}"
    inbox: Inbox = Queue()
    with receiving(url, inbox):
        publish(mosquitto.port, numbered(10))
        for delivery in take(inbox, 10)[:6]:
            delivery.acknowledge()
    again: Inbox = Queue()
    with receiving(url, again):
        payloads = [delivery.message.payload for delivery in take(again, 4)]
        publish(mosquitto.port, [("t/last", b"last")])
        assert again.get(timeout=20).message.payload == b"last"
    assert payloads == [b"6", b"7", b"8", b"9"]


def test_the_broker_keeps_what_is_published_while_nobody_receives(mosquitto: Mosquitto):
    inbox: Inbox = Queue()
    with receiving(mosquitto.url, inbox):
        pass
    publish(mosquitto.port, numbered(50))
    with receiving(mosquitto.url, inbox):
        assert [delivery.message.payload for delivery in take(inbox, 50)] == [b"%d" % n for n in range(50)]


def test_a_broker_that_is_absent_is_awaited(mosquitto: Mosquitto):
    mosquitto.stop()
    inbox: Inbox = Queue()
    receiver = Receiver(Source.from_url(mosquitto.url, name="city", topics=TOPICS), "w1", inbox)
    receiver.start()
    assert not receiver.wait_until_connected(0.5)
    mosquitto.start()
    assert receiver.wait_until_connected(30)
    publish(mosquitto.port, numbered(1))
    assert inbox.get(timeout=20).message.topic == "t/0"
    receiver.stop()


def test_a_broker_that_restarts_is_found_again(mosquitto: Mosquitto):
    inbox: Inbox = Queue()
    with receiving(mosquitto.url, inbox) as receiver:
        mosquitto.stop()
        wait_until(lambda: not receiver.connected, what="the loss to be noticed")
        mosquitto.start()
        assert receiver.wait_until_connected(30)
        publish(mosquitto.port, numbered(1))
        assert inbox.get(timeout=20).message.topic == "t/0"


def test_a_broker_of_mqtt_3_is_spoken_to_in_mqtt_3(caplog: pytest.LogCaptureFixture):
    broker = EmbeddedBroker("127.0.0.1", free_port())
    broker.start()
    inbox: Inbox = Queue()
    with receiving(broker.url, inbox):
        publish(broker.port, numbered(300))
        deliveries = take(inbox, 300)
        for delivery in deliveries:
            delivery.acknowledge()
        assert {delivery.message.payload for delivery in deliveries} == {b"%d" % n for n in range(300)}
    broker.stop()
    assert "going on with MQTT 3.1.1" in caplog.text


def test_a_paused_receiver_leaves_messages_to_the_broker(mosquitto: Mosquitto):
    inbox: Inbox = Queue()
    with receiving(mosquitto.url, inbox) as receiver:
        receiver.pause()
        publish(mosquitto.port, numbered(3))
    assert inbox.empty()
    assert receiver.received == 0
    with receiving(mosquitto.url, inbox):
        assert len(take(inbox, 3)) == 3


def test_a_refused_login_is_told(mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture):
    mosquitto.stop()
    (mosquitto.folder / "passwords").write_text("")
    mosquitto.extra = f"password_file {mosquitto.folder}/passwords\n"
    mosquitto.anonymous = False
    mosquitto.start()
    receiver = Receiver(
        Source.from_url(mosquitto.url, name="city", topics=TOPICS, username="anna", password="geheim"), "w1", Queue()
    )
    receiver.start()
    wait_until(lambda: "refuses us" in caplog.text, what="the refusal to be logged")
    receiver.stop()
    assert "geheim" not in caplog.text
