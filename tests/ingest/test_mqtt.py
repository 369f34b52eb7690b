"""The receiver against a real Mosquitto and the embedded broker."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source, Tls
from smilecity.broker import EmbeddedBroker
from tests.faults.proxy import Proxy
from tests.publishing import publish
from tests.servers import Mosquitto, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def test_what_is_sent_again_is_as_old_as_it_was_the_first_time(mosquitto: Mosquitto, protocol: str):
    inbox = Inbox()
    with Proxy(mosquitto.port) as network, receiving(f"mqtt://127.0.0.1:{network.port}?protocol={protocol}", inbox):
        publish(mosquitto.port, [("t/1", b"open"), ("t/1", b"open"), ("t/2", b"open")])
        first = take(inbox, 3)
        network.cut()
        again = take(inbox, 3)
        publish(mosquitto.port, [("t/1", b"open")])
        (new,) = take(inbox, 1, acknowledge=True)
    assert again == first
    assert new.received > max(message.received for message in first)


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


def test_a_broker_that_asks_for_our_certificate_is_received_from(mosquitto: Mosquitto, tmp_path: Path):
    authority, port = trustme.CA(), free_port()
    mosquitto.stop()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("127.0.0.1", "worker"):
        issued = authority.issue_cert(name)
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
    mosquitto.extra = (
        f"listener {port} 127.0.0.1\nrequire_certificate true\ncafile {tmp_path}/ca.pem\n"
        f"certfile {tmp_path}/127.0.0.1.pem\nkeyfile {tmp_path}/127.0.0.1.key\n"
    )
    mosquitto.start()
    ours = Tls(ca=tmp_path / "ca.pem", certificate=tmp_path / "worker.pem", key=tmp_path / "worker.key")
    inbox = Inbox()
    receiver = Receiver(Source.from_url(f"mqtts://127.0.0.1:{port}", name="city", topics=TOPICS, tls=ours), "w1", inbox)
    receiver.start()
    assert receiver.wait_until_connected(20)
    publish(mosquitto.port, numbered(100))
    assert payloads(take(inbox, 100, acknowledge=True)) == [b"%d" % n for n in range(100)]
    receiver.stop()


def test_a_broker_without_a_trusted_certificate_is_refused(mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture):
    secure = f"mqtts://127.0.0.1:{mosquitto.port}"
    receiver = Receiver(Source.from_url(secure, name="city", topics=TOPICS), "w1", Inbox())
    receiver.start()
    wait_until(lambda: "no connection" in caplog.text, what="the refusal to be logged")
    receiver.stop()
    assert not receiver.connected


def test_messages_come_over_a_websocket(mosquitto: Mosquitto):
    port = free_port()
    mosquitto.stop()
    mosquitto.extra = f"listener {port} 127.0.0.1\nprotocol websockets\n"
    mosquitto.start()
    inbox = Inbox()
    with receiving(f"ws://127.0.0.1:{port}", inbox):
        publish(mosquitto.port, numbered(100))
        assert payloads(take(inbox, 100, acknowledge=True)) == [b"%d" % n for n in range(100)]


def test_at_qos_0_nothing_is_held_back_for_us(mosquitto: Mosquitto):
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS, qos=0)
    inbox = Inbox()
    receiver = Receiver(source, "w1", inbox)
    receiver.start()
    assert receiver.wait_until_connected(20)
    publish(mosquitto.port, numbered(10))
    assert len(take(inbox, 10, acknowledge=True)) == 10
    receiver.stop()
    publish(mosquitto.port, numbered(10))
    assert len(inbox) == 0


def shared(
    mosquitto: Mosquitto, worker: str, inbox: Inbox, protocol: str = "5", *, leaving: bool = False, clean: bool = False
) -> Receiver:
    url = f"{mosquitto.url}?protocol={protocol}"
    source = Source.from_url(url, name="city", topics=TOPICS, group="g", clean=clean)
    receiver = Receiver(source, worker, inbox, leaving=leaving)
    receiver.start()
    assert receiver.wait_until_connected(20)
    return receiver


def test_workers_of_a_group_share_the_messages_and_one_that_is_away_finds_its_share_again(mosquitto: Mosquitto):
    """Mosquitto goes on dealing to a persistent session that is away: its share waits for it, and for no other."""
    inboxes = [Inbox(), Inbox()]
    workers = [shared(mosquitto, f"w{number}", inbox) for number, inbox in enumerate(inboxes)]
    publish(mosquitto.port, numbered(100))
    wait_until(lambda: sum(map(len, inboxes)) == 100, what="all messages to be dealt")
    dealt = [payloads(take(inbox, len(inbox), acknowledge=True)) for inbox in inboxes]
    assert all(dealt)
    workers[1].stop()
    publish(mosquitto.port, numbered(100))
    wait_until(lambda: len(inboxes[0]) > 0, what="the share of the one that is there")
    back = shared(mosquitto, "w1", inboxes[1])
    wait_until(lambda: sum(map(len, inboxes)) == 100, what="the share of the one that was away")
    assert len(inboxes[1]) > 0
    for each in (workers[0], back):
        each.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_one_that_leaves_takes_its_share_and_is_dealt_nothing_more(mosquitto: Mosquitto, protocol: str):
    """What waits for a worker that was killed must not wait for ever, and nobody else can have it."""
    inboxes = [Inbox(), Inbox()]
    workers = [shared(mosquitto, f"w{number}", inbox, protocol) for number, inbox in enumerate(inboxes)]
    workers[1].stop()
    publish(mosquitto.port, numbered(20))
    mine = payloads(take(inboxes[0], 10, acknowledge=True))
    leaving = shared(mosquitto, "w1", inboxes[1], protocol, leaving=True)
    parked = payloads(take(inboxes[1], 10, acknowledge=True))
    assert sorted(mine + parked) == sorted(payload for _, payload in numbered(20))
    publish(mosquitto.port, numbered(20))
    assert payloads(take(inboxes[0], 20, acknowledge=True)) == [payload for _, payload in numbered(20)]
    assert len(inboxes[1]) == 0
    for each in (workers[0], leaving):
        each.stop()


def test_with_clean_sessions_what_a_killed_worker_was_dealt_is_lost(mosquitto: Mosquitto):
    """Mosquitto deals it to no other, which is why workers that share keep their sessions."""
    inboxes = [Inbox(), Inbox()]
    workers = [shared(mosquitto, f"w{number}", inbox, clean=True) for number, inbox in enumerate(inboxes)]
    publish(mosquitto.port, numbered(20))
    dealt = payloads(take(inboxes[1], 10))
    workers[1].stop()
    publish(mosquitto.port, numbered(20))
    others = payloads(take(inboxes[0], 30, acknowledge=True))
    assert sorted(others + dealt) == sorted(payload for _, payload in numbered(20) * 2)
    back = shared(mosquitto, "w1", again := Inbox(), clean=True)
    publish(mosquitto.port, numbered(2))
    assert len(take(again, 1)) == 1
    for each in (workers[0], back):
        each.stop()


def test_a_broker_that_sends_without_end_hears_of_us_though_nothing_is_acknowledged(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
):
    """At QoS 0 nothing leaves us by itself; Mosquitto hangs up on who is silent for one and a half times as agreed."""
    monkeypatch.setattr("ingest.mqtt5.KEEPALIVE_S", 2)
    inbox, lost = Inbox(), []
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS, qos=0)
    receiver = Receiver(source, "w1", inbox)
    receiver.start()
    assert receiver.wait_until_connected(20)
    stand = receiver._connection
    for number in range(120):
        publish(mosquitto.port, [(f"t/{number}", b"x")])
        delivery = inbox.get(timeout=1)
        if delivery is None:
            lost.append(number)
        time.sleep(0.05)  # a rate of messages is what this is about
    assert lost == []
    assert receiver._connection is stand
    receiver.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_grants_less_than_qos_1_is_not_relied_on(
    mosquitto: Mosquitto, protocol: str, caplog: pytest.LogCaptureFixture
):
    mosquitto.stop()
    mosquitto.extra = "max_qos 0\n"
    mosquitto.start()
    url = f"{mosquitto.url}?protocol={protocol}"
    receiver = Receiver(Source.from_url(url, name="city", topics=TOPICS), "w1", Inbox())
    receiver.start()
    wait_until(lambda: "grants only QoS 0" in caplog.text, what="the refusal to be logged")
    assert not receiver.connected
    receiver.stop()
    source = Source.from_url(url, name="city", topics=TOPICS, qos=0)
    receiver = Receiver(source, "w1", Inbox())
    receiver.start()
    assert receiver.wait_until_connected(20)
    receiver.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_retained_is_new_once_and_not_on_every_start(mosquitto: Mosquitto, protocol: str):
    url, inbox = f"{mosquitto.url}?protocol={protocol}", Inbox()
    publish(mosquitto.port, [("t/kept", b"1")], retain=True)
    with receiving(url, inbox):
        assert payloads(take(inbox, 1, acknowledge=True)) == [b"1"]
    for number in range(2):
        with receiving(url, inbox):
            publish(mosquitto.port, [("t/other", b"%d" % number)])
            assert payloads(take(inbox, 1, acknowledge=True)) == [b"%d" % number]
    assert len(inbox) == 0


def test_what_is_far_too_large_is_delivered_by_its_beginning(mosquitto: Mosquitto):
    inbox = Inbox()
    with receiving(mosquitto.url, inbox):
        publish(mosquitto.port, [("t/large", b"x" * 3_000_000), ("t/small", b"y")])
        large, small = take(inbox, 2, acknowledge=True)
    assert (len(large.payload), small.payload) == (1 << 20, b"y")


def test_what_cannot_be_made_just_now_is_tried_again(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    made, failures = Receiver._made, [FileNotFoundError("trust.pem"), UnicodeError("label empty or too long")]

    def at_first(self: Receiver) -> object:
        if failures:
            raise failures.pop()
        return made(self)

    monkeypatch.setattr(Receiver, "_made", at_first)
    with receiving(mosquitto.url, Inbox()):
        assert "trust.pem" in caplog.text


def test_sessions_of_different_workers_never_have_one_name():
    names = {
        Receiver(Source.from_url("mqtt://localhost", name=source, topics=TOPICS), worker, Inbox()).client_id
        for worker, source in (("a", "b-c"), ("a-b", "c"), ("a-b-c", ""))
    }
    assert len(names) == 3


def test_two_that_take_each_other_s_session_wait_longer_and_longer(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
):
    source = Source.from_url(mosquitto.url, name="city", topics=TOPICS)
    two = [Receiver(source, "same", Inbox()) for _ in range(2)]
    for receiver in two:
        receiver.start()
    wait_until(lambda: caplog.text.count("trying again") >= 4, what="some fights")
    began, fights = time.monotonic(), caplog.text.count("trying again")
    wait_until(lambda: time.monotonic() - began > 3, what="three seconds")
    assert caplog.text.count("trying again") - fights < 8
    for receiver in two:
        receiver.stop()
