"""The promise under faults: everything published at QoS 1 is stored exactly once, and the ledger balances.

A short form runs with all tests; ``make faults`` runs the long one (SMILECITY_FAULTS=long) and prints the table.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.line import Line, Outcome, table
from tests.faults.proxy import Proxy
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Mosquitto

LONG = os.environ.get("SMILECITY_FAULTS") == "long"
KILLS = 50 if LONG else 3
CUTS = 20 if LONG else 4
RATE = 1000.0
pytestmark = pytest.mark.timeout(900 if LONG else 180)

OUTCOMES: list[Outcome] = []


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """Print what became of everything once all faults are through."""
    yield
    print(table(OUTCOMES))  # noqa: T201 - the table that a person reads


@pytest.fixture
def line(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Line]:
    made = Line(tmp_path, mosquitto)
    yield made
    made.kill()


def nothing_lost(outcome: Outcome) -> None:
    OUTCOMES.append(outcome)
    assert (outcome.lost, outcome.doubled) == (0, 0)
    assert outcome.counts.stored + outcome.counts.duplicate >= outcome.messages


def test_a_worker_that_is_killed_at_random(line: Line):
    """Most of the kills find it at work, on what had waited for it; every fifth comes while it starts."""
    chance = random.Random(4)
    with line.under_load(RATE):
        for number in range(KILLS):
            if number % 5 < 4:
                line.wait_until_connected()
            time.sleep(chance.uniform(0.0, 0.5))  # the instant is the fault
            line.kill()
            line.start()
    outcome = line.outcome(f"worker killed -9, {KILLS} times at random")
    nothing_lost(outcome)
    # Were nothing ever amid its way, the kills would have missed what they are there for.
    assert not LONG or outcome.counts.duplicate > 0


def test_a_broker_that_is_restarted(line: Line, mosquitto: Mosquitto):
    line.publish(2000)
    mosquitto.stop()
    mosquitto.start()
    line.publish(2000)
    nothing_lost(line.outcome("broker stopped and started, persistence on"))


def test_a_broker_that_is_killed_with_messages_waiting(line: Line, mosquitto: Mosquitto):
    """Mosquitto 2.0 writes its queue at intervals, 30 minutes by default: what came since is lost, whatever we do.

    The session is lost with it, where it was not written yet: what is published before the worker is back, too.
    """
    assert line.stop() == 0
    line.publish(2000)
    mosquitto.kill()
    mosquitto.start()
    line.start()
    line.wait_until_connected()
    line.publish(1000)
    wait_until(lambda: line.distinct() >= 1000, what="what came after")
    outcome = line.outcome("broker killed -9 with 2 000 waiting: its own loss")
    OUTCOMES.append(outcome)
    assert outcome.doubled == 0
    assert outcome.lost <= 2000


def test_a_network_that_is_cut_delayed_and_broken_off(line: Line, mosquitto: Mosquitto):
    chance = random.Random(7)
    assert line.stop() == 0
    with Proxy(mosquitto.port) as network:
        line.start(port=network.port)
        with line.publishing(int(CUTS * RATE), RATE):
            for number in range(CUTS):
                time.sleep(chance.uniform(0.2, 0.8))  # the instant is the fault
                if number % 3 == 0:
                    network.cut()
                elif number % 3 == 1:
                    network.break_off()
                else:
                    network.delay = 0.05
                time.sleep(chance.uniform(0.1, 0.3))
                network.mend()
        nothing_lost(line.outcome(f"network cut, broken off mid-packet or slow, {CUTS} times"))


def test_a_network_that_is_away(line: Line, mosquitto: Mosquitto):
    assert line.stop() == 0
    with Proxy(mosquitto.port) as network:
        line.start(port=network.port)
        line.publish(1000)
        wait_until(lambda: line.distinct() > 500, what="the first messages")
        network.cut(refuse=True)
        line.publish(2000)
        network.mend()
        nothing_lost(line.outcome("network away while 2 000 are published"))


def test_a_disk_that_is_full(line: Line):
    """The file may grow no further: the worker ends, acknowledges nothing, and goes on once there is room."""
    line.publish(1000)
    wait_until(lambda: line.distinct() >= 1000, what="the first messages")
    assert line.stop() == 0
    line.start(limits="ulimit -f 1")
    line.publish(2000)
    assert line.process is not None
    assert line.process.wait(timeout=60) != 0
    assert line.distinct() <= line.published - 2000
    line.start()
    nothing_lost(line.outcome("disk full, then room again"))
