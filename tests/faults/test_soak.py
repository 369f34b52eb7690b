"""A long run under load and faults: memory stays flat, the ledger balances, and every message is stored once.

A short form runs with all tests; ``make soak`` runs twenty minutes (SMILECITY_SOAK, minutes) at SMILECITY_SOAK_RATE
messages a second and prints what the worker held, minute by minute.
"""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faults.line import Line, table
from tests.faults.proxy import Proxy
from tests.loading import publisher
from tests.smilecity.running import resident

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Mosquitto

MINUTES = float(os.environ.get("SMILECITY_SOAK", "0.25"))
RATE = float(os.environ.get("SMILECITY_SOAK_RATE", "500"))
SENSORS = 20_000 if RATE > 1000 else 200
LOOKS = 40 if MINUTES >= 10 else 4
FLAT = 1.25
"""How much more than in the second quarter of the run a worker may hold in the last: the store's cache breathes."""
pytestmark = pytest.mark.timeout(MINUTES * 60 + 300)


@dataclass(frozen=True)
class Look:
    """What was seen of the worker at a moment of the run."""

    minute: float
    memory_mb: float
    booked: int
    in_flight: float


def test_a_long_run_under_faults(mosquitto: Mosquitto, tmp_path: Path):
    line = Line(tmp_path, mosquitto, load=SENSORS)
    line.published = int(MINUTES * 60 * RATE)
    try:
        with Proxy(mosquitto.port) as network:
            assert line.stop() == 0
            line.start(port=network.port)
            line.wait_until_connected()
            with publisher(mosquitto.url, RATE, SENSORS, line.published) as begin, harassed(network):
                begin()
                looks = [look(line, minute) for minute in moments()]
            outcome = line.outcome(f"soak of {MINUTES:g} min at {RATE:,.0f} messages/s, bad network")
    finally:
        line.kill()
    print(table([outcome]), *map(described, looks), sep="\n")  # noqa: T201 - what a person reads
    assert (outcome.lost, outcome.doubled, outcome.counts.balanced) == (0, 0, True)
    if MINUTES >= 10:
        assert typical(looks[3 * LOOKS // 4 :]) < FLAT * typical(looks[LOOKS // 4 : LOOKS // 2])


def moments() -> Iterator[float]:
    """Give the minute of each look, when it has come."""
    began = time.monotonic()
    for number in range(1, LOOKS + 1):
        minute = number * MINUTES / LOOKS
        time.sleep(max(0.0, began + minute * 60 - time.monotonic()))  # the run's length is what is tested
        yield minute


def look(line: Line, minute: float) -> Look:
    assert line.process is not None
    in_flight = line.metric("smilecity_ingest_in_flight_messages")
    return Look(minute, resident(line.process.pid), line.booked().received, in_flight)


def described(one: Look) -> str:
    at = f"minute {one.minute:>5.1f}"
    return f"{at}   {one.memory_mb:>6.0f} MB   {one.booked:>12,} booked   {one.in_flight:>8,.0f} in flight"


def typical(looks: list[Look]) -> float:
    return sum(one.memory_mb for one in looks) / len(looks)


@contextmanager
def harassed(network: Proxy) -> Iterator[None]:
    """Let the network be cut, broken off in the midst of a packet, or slow for a moment, again and again."""
    over, chance = threading.Event(), random.Random(11)

    def harass() -> None:
        while not over.wait(chance.uniform(2, 12)):
            chance.choice([network.cut, network.break_off, network.slow_down])()
            over.wait(chance.uniform(0.1, 1.0))
            network.mend()

    thread = threading.Thread(target=harass)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        network.mend()
