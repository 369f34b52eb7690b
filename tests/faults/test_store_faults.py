"""The same promise when it is the store that fails: away, killed, slow, hung, full; and when the spool's disk is."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.line import Line, Outcome, table
from tests.faults.proxy import Proxy
from tests.faults.test_faults import LONG, RATE
from tests.servers import VICTORIAMETRICS, VictoriaMetrics, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Mosquitto

KILLS = 20 if LONG else 3
pytestmark = [
    pytest.mark.timeout(900 if LONG else 180),
    pytest.mark.skipif(
        VICTORIAMETRICS is None, reason="VictoriaMetrics is not installed: apt-get install victoria-metrics"
    ),
]
FULL = "-storage.minFreeDiskSpaceBytes=9000000GB"
"""Lets VictoriaMetrics believe that its disk is full."""

OUTCOMES: list[Outcome] = []


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """Print what became of everything once all faults are through."""
    yield
    print(table(OUTCOMES))  # noqa: T201 - the table that a person reads


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    server = VictoriaMetrics(tmp_path / "victoria").start()
    yield server
    server.stop()


@pytest.fixture
def line(tmp_path: Path, mosquitto: Mosquitto, victoria: VictoriaMetrics) -> Iterator[Line]:
    made = Line(tmp_path, mosquitto, store=victoria.url())
    yield made
    made.kill()


def nothing_lost(outcome: Outcome) -> None:
    OUTCOMES.append(outcome)
    assert (outcome.lost, outcome.doubled) == (0, 0)


def begun(line: Line) -> None:
    """Publish some, so that the line is known to work."""
    line.publish(500)
    wait_until(lambda: line.distinct() >= 500, what="the first messages")


def in_flight(line: Line) -> float:
    return line.metric("smilecity_ingest_in_flight_messages")


def dropped(line: Line) -> int:
    return line.booked().dropped


def test_a_store_that_is_away(line: Line, victoria: VictoriaMetrics):
    begun(line)
    victoria.stop()
    line.publish(2000)
    wait_until(lambda: line.metric("smilecity_ingest_store_busy_total") > 0, what="the store to be missed")
    assert line.booked().received == 500
    victoria.start()
    nothing_lost(line.outcome("VictoriaMetrics stopped while 2 000 are published"))


def test_a_store_that_is_away_at_the_start(line: Line, victoria: VictoriaMetrics):
    begun(line)
    assert line.stop() == 0
    victoria.stop()
    line.start()
    line.publish(1000)
    wait_until(lambda: "the store is away" in line.log, what="a sentence")
    victoria.start()
    line.wait_until_connected()
    nothing_lost(line.outcome("VictoriaMetrics away when the worker starts"))


def test_a_store_that_is_killed_at_random(line: Line, victoria: VictoriaMetrics):
    chance = random.Random(5)
    with line.publishing(int(KILLS * 2.5 * RATE), RATE):
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.5, 2.0))  # the instant is the fault
            victoria.kill()
            time.sleep(chance.uniform(0.0, 0.5))
            victoria.start()
    nothing_lost(line.outcome(f"VictoriaMetrics killed -9, {KILLS} times at random"))


@pytest.mark.skipif(not LONG, reason="the worker waits a minute for an answer: `make faults` does")
def test_a_store_that_hangs(line: Line, victoria: VictoriaMetrics):
    begun(line)
    assert victoria.process is not None
    victoria.process.send_signal(signal.SIGSTOP)
    line.publish(2000)
    wait_until(lambda: line.metric("smilecity_ingest_store_busy_total") > 0, timeout=90, what="the store to be missed")
    victoria.process.send_signal(signal.SIGCONT)
    nothing_lost(line.outcome("VictoriaMetrics stands still, then goes on"))


def test_a_store_that_is_slow(tmp_path: Path, mosquitto: Mosquitto, victoria: VictoriaMetrics):
    with Proxy(victoria.port) as network:
        network.delay = 0.02
        line = Line(tmp_path, mosquitto, store=f"victoriametrics://127.0.0.1:{network.port}?database=smilecity")
        try:
            with line.publishing(2000, RATE):
                pass
            nothing_lost(line.outcome("VictoriaMetrics behind a network that delays every 4 kB by 20 ms"))
        finally:
            line.kill()


def test_a_store_that_is_full(line: Line, victoria: VictoriaMetrics):
    begun(line)
    victoria.stop()
    victoria.flags = (FULL,)
    victoria.start()
    line.publish(2000)
    wait_until(lambda: line.metric("smilecity_ingest_store_busy_total") > 0, what="the store to say so")
    victoria.stop()
    victoria.flags = ()
    victoria.start()
    nothing_lost(line.outcome("VictoriaMetrics finds its disk full, then room again"))


@pytest.fixture
def forgetful(tmp_path: Path, mosquitto: Mosquitto, victoria: VictoriaMetrics) -> Iterator[Line]:
    """Run a worker whose broker keeps nothing."""
    made = Line(tmp_path, mosquitto, store=victoria.url(), spooled=True)
    yield made
    made.kill()


def test_a_worker_that_is_killed_while_its_spool_fills(forgetful: Line, victoria: VictoriaMetrics):
    begun(forgetful)
    victoria.stop()
    forgetful.publish(2000)
    wait_until(lambda: in_flight(forgetful) == 2000, what="all in the spool")
    forgetful.kill()
    victoria.start()
    forgetful.start()
    nothing_lost(forgetful.outcome("QoS 0: worker killed -9 with 2 000 in its spool"))


def test_a_disk_that_is_full_for_the_spool(forgetful: Line, victoria: VictoriaMetrics):
    """No file may grow beyond half a megabyte: what the spool cannot take and memory cannot hold is counted."""
    begun(forgetful)
    assert forgetful.stop() == 0
    forgetful.start(limits="ulimit -f 1024")
    forgetful.wait_until_connected()
    victoria.stop()
    forgetful.publish(30_000)
    # What is dropped is in the books at once, though the store is away.
    wait_until(lambda: in_flight(forgetful) + dropped(forgetful) == 30_000, timeout=60, what="all to come in")
    victoria.start()
    outcome = forgetful.outcome("QoS 0: spool's disk full while the store is away")
    nothing_lost(outcome)
    assert 0 < outcome.counts.dropped < 30_000
    assert "cannot be written" in forgetful.log
