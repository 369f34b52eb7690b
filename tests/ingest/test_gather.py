from __future__ import annotations

import functools
import operator
import threading
import time
from queue import Queue

from ingest.gather import Delivery, Gather, Inbox
from sensors.model import Message


def delivery(number: int) -> Delivery:
    return Delivery(Message("city", f"t/{number}", b"", 0), lambda: None)


def filled(count: int) -> Inbox:
    inbox: Inbox = Queue()
    for number in range(count):
        inbox.put(delivery(number))
    return inbox


def test_nothing_comes_of_an_empty_inbox():
    assert Gather().take(Queue(), wait=0.01) == []


def test_a_lone_message_is_taken_after_a_moment_of_silence():
    batch = Gather(age=60, silence=0.005).take(filled(1), wait=1)
    assert len(batch) == 1


def test_a_batch_is_no_larger_than_asked_and_keeps_the_order():
    inbox = filled(25)
    gather = Gather(size=10, silence=0.005)
    topics = [[one.message.topic for one in gather.take(inbox, wait=1)] for _ in range(3)]
    assert [len(batch) for batch in topics] == [10, 10, 5]
    assert functools.reduce(operator.iadd, topics, []) == [f"t/{number}" for number in range(25)]


def test_a_stream_without_silence_is_cut_by_age():
    inbox: Inbox = Queue()
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
