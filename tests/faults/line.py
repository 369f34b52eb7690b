"""A line under test: a Mosquitto, a worker process and its store, and what was published into it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import urlopen

from sensors.geojson import geojson_from_things
from simulators.load import things
from smilecity.bench import METERS
from storage.catalogue import Catalogue, Counts
from storage.store import open_store
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPACES = 100
STILL_S = 2.0


@dataclass(frozen=True)
class Outcome:
    """What became of the messages that the broker acknowledged to the publisher."""

    fault: str
    messages: int
    lost: int
    doubled: int
    recovered_s: float
    """From the end of the fault until everything is in the books."""
    counts: Counts


@dataclass
class Line:
    """Publishes distinct readings and counts what is stored of them."""

    folder: Path
    mosquitto: Mosquitto
    store: str = ""
    """URL of the store; without one DuckDB in the worker's own folder."""
    spooled: bool = False
    """Whether the broker is asked to keep nothing, QoS 0 and no session, so that all goes through the spool."""
    load: int = 0
    """Number of sensors of a load that somebody else publishes; without one, a row of parking spaces of our own."""
    published: int = 0
    process: subprocess.Popen[bytes] | None = None
    metrics: int = 0

    def __post_init__(self) -> None:
        document = self.folder / "spaces.geojson"
        document.write_text(
            json.dumps(things(self.load, METERS) if self.load else geojson_from_things(*spaces(SPACES)))
        )
        added = smilecity("things", "add", str(document), "--data", str(self.folder / "city"))
        assert added.returncode == 0, added.stderr
        self.start()
        self.wait_until_connected()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def start(self, *, port: int | None = None, limits: str = "") -> None:
        """Start the worker; through another port where one is given, under limits such as ``ulimit -f 1``."""
        broker = f"mqtt://127.0.0.1:{port or self.mosquitto.port}"
        self.metrics = free_port()
        options = ["--data", str(self.folder / "city"), "--metrics", str(self.metrics)]
        options += ["--store", self.store] if self.store else []
        options += ["--sources", self._forgetful(broker)] if self.spooled else ["--broker", broker]
        command = [*COMMAND, "ingest", *options]
        if limits:
            command = ["sh", "-c", f'{limits}; exec "$@"', "sh", *command]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def _forgetful(self, broker: str) -> str:
        """Declare a source of a broker that keeps nothing."""
        file = self.folder / "sources.toml"
        file.write_text(f'[[source]]\nname = "city"\nurl = "{broker}"\nqos = 0\nsession = "clean"\n')
        return str(file)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)

    def wait_until_connected(self) -> None:
        """Wait until the worker says that its subscription stands."""
        wait_until(self._healthy, timeout=60, what="the worker to receive")

    def _healthy(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.metrics}/health", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def publish(self, count: int, rate: float = float("inf")) -> int:
        """Publish further readings, each of another space or time than all before, and wait for the broker."""
        first, self.published = self.published, self.published + count
        messages = [reading(number % SPACES, number // SPACES) for number in range(first, self.published)]
        assert publish(self.mosquitto.port, messages, rate=rate) == count
        return count

    @contextmanager
    def publishing(self, count: int, rate: float) -> Iterator[None]:
        """Publish beside what happens within; ends when all is published."""
        thread = threading.Thread(target=self.publish, args=(count, rate))
        thread.start()
        yield
        thread.join(timeout=count / rate + 60)
        assert not thread.is_alive()

    @contextmanager
    def under_load(self, rate: float) -> Iterator[None]:
        """Publish beside what happens within until that is over, in portions of half a second."""
        over = threading.Event()

        def publish() -> None:
            while not over.is_set():
                self.publish(int(rate / 2), rate)

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=60)
        assert not thread.is_alive()

    def booked(self) -> Counts:
        catalogue = Catalogue(f"sqlite:///{self.folder / 'city' / 'catalogue.sqlite'}")
        total = sum((entry.counts for entry in catalogue.ledger()), Counts())
        catalogue.close()
        return total

    def outcome(self, fault: str) -> Outcome:
        """Wait until the books stand still, stop, and count what is stored.

        Killed between the store's commit and its own, the ledger books as duplicate what comes again: the store alone
        tells what is lost.
        """
        began = time.monotonic()
        changed = self._stands_still(began)
        assert self.stop() == 0, self.log
        store = open_store(self.store or f"duckdb://{self.folder / 'city' / 'city.duckdb'}")
        rows = int(store.spans().count.sum())
        store.close()
        counts = self.booked()
        assert counts.balanced
        lost, doubled = max(0, self.published - rows - counts.dropped), max(0, rows - self.published)
        return Outcome(fault, self.published, lost, doubled, changed - began, counts)

    def _stands_still(self, began: float) -> float:
        """Wait until the worker is connected and has booked all it took, for a while; gives since when."""
        received, changed = -1, began
        while (now := time.monotonic()) < changed + STILL_S or not self._healthy() or self._under_way():
            assert now < began + 240, self.log
            if (booked := self.booked().received) != received:
                received, changed = booked, time.monotonic()
            time.sleep(0.1)  # standing still is what is waited for
        return changed

    def _under_way(self) -> bool:
        return self.metric("smilecity_ingest_in_flight_messages") > 0

    def metric(self, name: str) -> float:
        """Read what the worker tells of itself, summed over labels."""
        with urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))

    def distinct(self) -> int:
        counts = self.booked()
        return counts.stored + counts.superseded


def table(outcomes: list[Outcome]) -> str:
    """Write outcomes as a table for people."""
    head = f"{'fault':<58} {'messages':>9} {'lost':>6} {'doubled':>8} {'again':>7} {'dropped':>8} {'recovered':>10}"
    rows = [
        f"{one.fault:<58} {one.messages:>9,} {one.lost:>6,} {one.doubled:>8} {one.counts.duplicate:>7,} "
        f"{one.counts.dropped:>8,} {one.recovered_s:>8.1f} s"
        for one in outcomes
    ]
    return "\n".join(["", head, *rows])
