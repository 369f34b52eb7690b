"""The receiver against a real Mosquitto and the embedded broker."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from smilecity.broker import EmbeddedBroker
from tests.publishing import publish
from tests.servers import Mosquitto, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensors.model import Message

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


def take(inbox: Inbox, count: int, *, acknowledge: bool = False) -> list[Message]:
    """Take so many messages, however they were delivered."""
    messages: list[Message] = []
    while len(messages) < count:
        delivery = inbox.get(timeout=20)
        assert delivery is not None
        messages.extend(delivery.messages)
        if acknowledge:
            delivery.acknowledge()
    assert len(messages) == count
    return messages


def payloads(messages: list[Message]) -> list[bytes]:
    return [message.payload for message in messages]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(mosquitto: Mosquitto, protocol: str):
    url = f"{mosquitto.url}?protocol={protocol}"
    inbox = Inbox()
    with receiving(url, inbox):
        publish(mosquitto.port, numbered(10)[:6])
        take(inbox, 6, acknowledge=True)
        publish(mosquitto.port, numbered(10)[6:])
        take(inbox, 4)
    again = Inbox()
    with receiving(url, again):
        assert payloads(take(again, 4)) == [b"6", b"7", b"8", b"9"]
        publish(mosquitto.port, [("t/last", b"last")])
        assert payloads(take(again, 1)) == [b"last"]


def test_the_broker_keeps_what_is_published_while_nobody_receives(mosquitto: Mosquitto):
    inbox = Inbox()
    with receiving(mosquitto.url, inbox):
        pass
    publish(mosquitto.port, numbered(50))
    with receiving(mosquitto.url, inbox):
        assert payloads(take(inbox, 50)) == [b"%d" % n for n in range(50)]


def test_a_broker_that_is_absent_is_awaited(mosquitto: Mosquitto):
    mosquitto.stop()
    inbox = Inbox()
    receiver = Receiver(Source.from_url(mosquitto.url, name="city", topics=TOPICS), "w1", inbox)
    receiver.start()
    assert not receiver.wait_until_connected(0.5)
    mosquitto.start()
    assert receiver.wait_until_connected(30)
    publish(mosquitto.port, numbered(1))
    assert take(inbox, 1)[0].topic == "t/0"
    receiver.stop()


def test_a_broker_that_restarts_is_found_again(mosquitto: Mosquitto):
    inbox = Inbox()
    with receiving(mosquitto.url, inbox) as receiver:
        mosquitto.stop()
        wait_until(lambda: not receiver.connected, what="the loss to be noticed")
        mosquitto.start()
        assert receiver.wait_until_connected(30)
        publish(mosquitto.port, numbered(1))
        assert take(inbox, 1)[0].topic == "t/0"


def test_a_broker_of_mqtt_3_is_spoken_to_in_mqtt_3(caplog: pytest.LogCaptureFixture):
    broker = EmbeddedBroker("127.0.0.1", free_port())
    broker.start()
    inbox = Inbox()
    with receiving(broker.url, inbox):
        publish(broker.port, numbered(300))
        messages = take(inbox, 300, acknowledge=True)
        assert set(payloads(messages)) == {b"%d" % n for n in range(300)}
    broker.stop()
    assert "going on with MQTT 3.1.1" in caplog.text


def test_a_paused_receiver_leaves_messages_to_the_broker(mosquitto: Mosquitto):
    inbox = Inbox()
    with receiving(mosquitto.url, inbox) as receiver:
        receiver.pause()
        publish(mosquitto.port, numbered(3))
    assert len(inbox) == 0
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
        Source.from_url(mosquitto.url, name="city", topics=TOPICS, username="anna", password="geheim"), "w1", Inbox()
    )
    receiver.start()
    wait_until(lambda: "refuses us" in caplog.text, what="the refusal to be logged")
    receiver.stop()
    assert "geheim" not in caplog.text
