from __future__ import annotations

import pytest

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from smilecity.broker import EmbeddedBroker
from tests.publishing import publish
from tests.servers import answers, free_port


def test_it_listens_and_ends():
    broker = EmbeddedBroker("127.0.0.1", free_port())
    broker.start()
    assert answers(broker.port)
    broker.stop()
    assert not answers(broker.port)


def test_a_port_in_use_is_an_error_at_the_start():
    first = EmbeddedBroker("127.0.0.1", free_port())
    first.start()
    with pytest.raises(OSError, match="in use"):
        EmbeddedBroker("127.0.0.1", first.port).start()
    first.stop()


def test_draining_waits_until_the_last_message_is_acknowledged():
    broker = EmbeddedBroker("127.0.0.1", free_port())
    broker.start()
    inbox = Inbox()
    receiver = Receiver(Source.from_url(f"{broker.url}?protocol=3.1.1", name="c", topics=("t/#",)), "w", inbox)
    receiver.start()
    assert receiver.wait_until_connected(10)
    publish(broker.port, [(f"t/{n}", b"x") for n in range(500)])
    received = 0
    while received < 500:
        delivery = inbox.get(timeout=10)
        assert delivery is not None
        received += len(delivery.messages)
        delivery.acknowledge()
    assert broker.drain(receiver.client_id)
    assert len(inbox) == 0
    assert not answers(broker.port)
    receiver.stop()
    broker.stop()
