"""A replay against a real Mosquitto: in order, byte by byte, and with the gaps that there were."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from simulators.fault import SENT, TOLD, Fault
from simulators.faults import Faults
from simulators.recording import Recorded
from simulators.replay import replay
from tests.servers import free_port, wait_until
from tests.simulators.test_run import listener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import Mosquitto

SECOND = 1_000_000


class Way:
    """Ends when told to, and at once when the broker is away."""

    def __init__(self, on_more: Callable[[], None] = lambda: None) -> None:
        self.acknowledged = 0
        self.away = ""
        self.enough = threading.Event()
        self._on_more = on_more

    def one_more(self) -> None:
        self.acknowledged += 1
        self._on_more()

    def tell_away(self, reason: str) -> None:
        self.away = reason

    def is_enough(self) -> bool:
        return self.enough.is_set()

    def is_set(self) -> bool:
        return bool(self.away)


def messages(number: int, gap: int = 0) -> list[Recorded]:
    return [
        Recorded(1_795_445_809 * SECOND + i * gap, (f"city/parking/{i % 7}", b"\x00\xff%d" % i)) for i in range(number)
    ]


@pytest.mark.parametrize("number", [0, 1, 1203])
def test_every_message_comes_again_in_its_order(number: int, mosquitto: Mosquitto):
    way, recorded = Way(), messages(number, gap=3600 * SECOND)
    with listener(mosquitto) as heard:
        asyncio.run(replay(mosquitto.url, recorded, way, speed=0))
        wait_until(lambda: len(heard) >= number, what="every message")
    assert heard == [message.letter for message in recorded]
    assert way.acknowledged == number


def test_the_gaps_are_divided_by_the_speed(mosquitto: Mosquitto):
    began = time.monotonic()
    asyncio.run(replay(mosquitto.url, messages(11, gap=4 * SECOND), Way(), speed=100))
    assert time.monotonic() - began >= 0.4


def test_a_time_that_goes_back_is_not_waited_for(mosquitto: Mosquitto):
    way, recorded = Way(), messages(3, gap=-3600 * SECOND)
    with listener(mosquitto) as heard:
        asyncio.run(replay(mosquitto.url, recorded, way))
        wait_until(lambda: len(heard) == 3, what="every message")
    assert heard == [message.letter for message in recorded]


def test_only_what_is_due_is_read(mosquitto: Mosquitto):
    taken: list[int] = []

    def endless() -> Iterator[Recorded]:
        for message in messages(100_000, gap=SECOND):
            taken.append(message.time)
            yield message

    def enough() -> None:
        if way.acknowledged == 20:
            way.enough.set()

    way = Way(enough)
    asyncio.run(replay(mosquitto.url, endless(), way, speed=100))
    assert 20 <= way.acknowledged <= len(taken) <= way.acknowledged + 1 < 10_000


def test_faults_can_be_done_to_it(mosquitto: Mosquitto):
    way, faults = Way(), Faults(1, dict.fromkeys(Fault, 0.05))
    with listener(mosquitto) as heard:
        asyncio.run(replay(mosquitto.url, messages(3000, gap=SECOND), way, speed=0, faults=faults))
        wait_until(lambda: len(heard) >= way.acknowledged, what="every message")
    counts = faults.headings
    assert (counts[TOLD], counts[SENT]) == (3000, way.acknowledged)
    assert counts[Fault.CLOCK_JUMP] == counts[Fault.COUNTER_RESET] == 0
    assert len(heard) - len(set(heard)) >= counts[Fault.DUPLICATE] > 0


def test_an_absent_broker_is_told():
    way = Way()
    asyncio.run(replay(f"mqtt://127.0.0.1:{free_port()}", messages(3), way))
    assert "refused" in way.away
    assert way.acknowledged == 0


def test_a_speed_below_zero_cannot_be():
    with pytest.raises(ValueError, match="above 0, or 0 for as fast"):
        asyncio.run(replay("mqtt://127.0.0.1:1", messages(1), Way(), speed=-1))
