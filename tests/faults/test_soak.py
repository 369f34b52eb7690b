"""A long run under load and faults: memory stays flat, the ledger balances, and what is stored is what was told.

A short form runs with all tests; ``make soak`` runs twenty minutes (SMILECITY_SOAK, minutes) at SMILECITY_SOAK_RATE
messages a second and prints what the worker held, minute by minute.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.quality import Quality
from storage.store import Query, open_store
from tests.faults.line import Line
from tests.faults.proxy import Proxy
from tests.smilecity.running import COMMAND, resident

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
    try:
        with Proxy(mosquitto.port) as network:
            assert line.stop() == 0
            line.start(port=network.port)
            line.wait_until_connected()
            with load(mosquitto.url, tmp_path / "truth"), harassed(network):
                looks = [look(line, minute) for minute in moments()]
            counts = line.outcome("soak").counts
    finally:
        line.kill()
    done = json.loads((tmp_path / "truth" / "faults.json").read_text())["messages"]
    good, doubtful = stored(tmp_path)
    print(f"\n{RATE:,.0f} messages a second for {MINUTES:g} minutes, network cut, slow and broken off\n", done, counts)  # noqa: T201
    print(*map(described, looks), sep="\n")  # noqa: T201 - what a person reads
    unreadable = done["truncated"] + done["wrong"]
    told = done["sent"] - done["duplicate"] - unreadable
    assert counts.balanced
    assert good == told - done["clock_jump"]
    # Jumping clocks give way to the instant of receipt, at which the device may have spoken once more.
    assert 0 <= done["clock_jump"] - doubtful <= 0.01 * done["clock_jump"] + 2
    assert counts.stored + counts.superseded >= told - 0.01 * done["clock_jump"] - 2
    assert counts.quarantined >= unreadable
    if MINUTES >= 10:
        assert typical(looks[3 * LOOKS // 4 :]) < FLAT * typical(looks[LOOKS // 4 : LOOKS // 2])


@contextmanager
def load(broker: str, truth: Path) -> Iterator[None]:
    """Let ``smilecity simulate`` publish a load with faults; ends when it has."""
    options = ["--load", f"{RATE}", "--sensors", f"{SENSORS}", "--duration", f"{MINUTES}", "--faults"]
    process = subprocess.Popen(
        [*COMMAND, "simulate", "--broker", broker, *options, "--truth", str(truth)], stdout=subprocess.DEVNULL
    )
    try:
        yield
        assert process.wait(timeout=300) == 0
    finally:
        process.kill()
        process.wait()


def stored(folder: Path) -> tuple[int, int]:
    """Count what is stored with a good flag and with another."""
    with closing(open_store(f"duckdb://{folder / 'city' / 'city.duckdb'}")) as store:
        streams = store.spans().datastreams
        flags = np.zeros(10, dtype=np.int64)
        for first in range(0, len(streams), 500):
            flags += np.bincount(store.read(Query(datastreams=streams[first : first + 500])).quality, minlength=10)
    return int(flags[Quality.GOOD]), int(flags.sum() - flags[Quality.GOOD])


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
