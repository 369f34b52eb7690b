from __future__ import annotations

import functools
import operator
import threading
import time

from ingest.gather import Delivery, Gather, Inbox
from sensors.model import Message


def delivery(number: int) -> Delivery:
    return Delivery((Message("city", f"t/{number}", b"", 0),), lambda: None)


def filled(count: int) -> Inbox:
    inbox = Inbox()
    for number in range(count):
        inbox.put(delivery(number))
    return inbox


def test_nothing_comes_of_an_empty_inbox():
    assert Gather().take(Inbox(), wait=0.01) == []


def test_a_lone_message_is_taken_after_a_moment_of_silence():
    batch = Gather(age=60, silence=0.005).take(filled(1), wait=1)
    assert len(batch) == 1


def test_a_batch_is_no_larger_than_asked_and_keeps_the_order():
    inbox = filled(25)
    gather = Gather(size=10, silence=0.005)
    topics = [[one.messages[0].topic for one in gather.take(inbox, wait=1)] for _ in range(3)]
    assert [len(batch) for batch in topics] == [10, 10, 5]
    assert functools.reduce(operator.iadd, topics, []) == [f"t/{number}" for number in range(25)]


def test_a_stream_without_silence_is_cut_by_age():
    inbox = Inbox()
    done = threading.Event()

    def publish() -> None:
        number = 0
        while not done.is_set():
            inbox.put(delivery(number := number + 1))
            time.sleep(0.001)

    publisher = threading.Thread(target=publish)
    publisher.start()
    batch = Gather(size=10**9, age=0.2, silence=10).take(inbox, wait=5)
    done.set()
    publisher.join()
    assert len(batch) > 1


def test_a_batch_is_counted_in_messages():
    inbox = Inbox()
    for _ in range(3):
        inbox.put(Delivery([Message("city", "t/0", b"", 0)] * 6, lambda: None))
    assert [len(Gather(size=10, silence=0.005).take(inbox, wait=1)) for _ in range(2)] == [2, 1]


def test_a_full_inbox_holds_up_who_puts_until_something_is_taken():
    inbox = Inbox(limit=2)

    def put() -> None:
        for number in range(3):
            inbox.put(delivery(number))

    putter = threading.Thread(target=put)
    putter.start()
    taken = [inbox.get(timeout=5) for _ in range(3)]
    putter.join(timeout=5)
    assert [one.messages[0].topic for one in taken if one] == ["t/0", "t/1", "t/2"]


def test_a_closed_inbox_lets_go_who_waits_and_takes_nothing():
    inbox = Inbox(limit=1)
    inbox.put(delivery(0))
    putter = threading.Thread(target=lambda: inbox.put(delivery(1)))
    putter.start()
    inbox.close()
    putter.join(timeout=5)
    assert not putter.is_alive()
    assert len(inbox) == 1


def heavy(megabytes: int) -> Delivery:
    return Delivery((Message("city", "t", bytes(megabytes << 20), 0),), lambda: None)


def test_large_messages_fill_a_batch_and_an_inbox_sooner():
    """An inbox that counted messages alone would hold 10 GB of these."""
    inbox = Inbox(limit=1000)
    assert [inbox.offer(heavy(1)) for _ in range(5)] == [True, True, True, False, False]
    assert [len(Gather(size=500, silence=0.005).take(inbox, wait=1)) for _ in range(2)] == [2, 1]
    assert len(inbox) == 0
