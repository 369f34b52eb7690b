"""Who takes messages from a broker in the benchmarks: two peers that store nothing, our worker over several stores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ingest.gather import Inbox
from ingest.mqtt import Receiver
from ingest.source import Source
from ingest.worker import Worker
from storage.store import Outcome, Written
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from sensors.model import Batch
    from storage.catalogue import Catalogue
    from storage.store import Store
    from tests.servers import Mosquitto

ROOT = Path(__file__).resolve().parents[2]
MOSQUITTO_SUB = shutil.which("mosquitto_sub")
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Taken:
    """What it took to take messages: seconds on the clock, and of the CPU in the taker's own process."""

    seconds: float
    cpu: float


class Contender(Protocol):
    """Takes messages from a session of its own."""

    name: str

    def make_session(self, broker: Mosquitto) -> None:
        """Subscribe once, so that the broker keeps what is not taken."""
        ...

    def take(self, broker: Mosquitto, count: int, begin: Callable[[], float]) -> Taken:
        """Take so many messages; ``begin`` is called when the taker is on its way, and gives the time of the start."""
        ...


class MosquittoSub:
    """The client of the broker's own makers, in C."""

    name = "mosquitto_sub (C, stores nothing)"

    def make_session(self, broker: Mosquitto) -> None:
        """See ``Contender``."""
        assert self._start(broker, "-E").wait(timeout=20) == 0

    def take(self, broker: Mosquitto, count: int, begin: Callable[[], float]) -> Taken:
        """See ``Contender``."""
        began = time.perf_counter()
        process = self._start(broker, "-C", str(count))
        began = begin() or began
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        return Taken(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)

    def _start(self, broker: Mosquitto, *ending: str) -> subprocess.Popen[bytes]:
        assert MOSQUITTO_SUB is not None
        command = [MOSQUITTO_SUB, "-p", str(broker.port), "-V", "mqttv5", "-c", "-i", "peer", "-q", "1"]
        session = ["-t", "city/+/+", "-x", "3600", "-D", "connect", "receive-maximum", "5000"]
        return subprocess.Popen([*command, *session, *ending], stdout=subprocess.DEVNULL)


class PlainPaho:
    """paho-mqtt as its documentation shows it, acknowledging by itself."""

    name = "paho-mqtt callback (Python, stores nothing)"

    def make_session(self, broker: Mosquitto) -> None:
        """See ``Contender``."""
        assert self._start(broker, 0).wait(timeout=20) == 0

    def take(self, broker: Mosquitto, count: int, begin: Callable[[], float]) -> Taken:
        """See ``Contender``; from a queue its start of Python counts, as that of mosquitto_sub does."""
        began = time.perf_counter()
        process = self._start(broker, count)
        began = begin() or began
        out, _ = process.communicate(timeout=PATIENCE_S)
        return Taken(time.perf_counter() - began, float(out))

    def _start(self, broker: Mosquitto, count: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.benchmarks.subscribe_paho", broker.url, "paho", str(count)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


@dataclass
class Null:
    """Says that everything is stored and keeps nothing: what is left is the worker's own work."""

    rows: int = 0

    def write(self, batch: Batch) -> Written:
        """See ``Store.write``."""
        self.rows += len(batch)
        return Written(np.full(len(batch), Outcome.STORED, dtype=np.uint8), self.rows)

    def close(self) -> None:
        """Nothing is held open."""


@dataclass
class Ours:
    """Our worker, acknowledging after the commit into the stores that it is given, one after the other."""

    name: str
    catalogue: Catalogue
    open: Callable[[], Store]
    """Opens an empty store."""
    worker: str = field(init=False)

    def __post_init__(self) -> None:
        self.worker = "".join(letter for letter in self.name if letter.isalnum())

    def make_session(self, broker: Mosquitto) -> None:
        """See ``Contender``."""
        receiver = Receiver(self._source(broker), self.worker, Inbox())
        receiver.start()
        assert receiver.wait_until_connected(20)
        receiver.stop()

    def take(self, broker: Mosquitto, count: int, begin: Callable[[], float]) -> Taken:
        """See ``Contender``."""
        store = self.open()
        worker = Worker(self.worker, [self._source(broker)], store, self.catalogue)
        before = self._settled()
        began, cpu = time.perf_counter(), time.process_time()
        began = begin() or began
        worker.start()
        wait_until(lambda: self._settled() - before >= count, timeout=PATIENCE_S, what=f"{count} messages")
        taken = Taken(time.perf_counter() - began, time.process_time() - cpu)
        worker.stop()
        assert _rows(store) == count
        store.close()
        return taken

    def _source(self, broker: Mosquitto) -> Source:
        return Source.from_url(f"{broker.url}?protocol=5", name="city", topics=("city/+/+",))

    def _settled(self) -> int:
        return sum(entry.counts.received for entry in self.catalogue.ledger() if entry.worker == self.worker)


def _rows(store: Store) -> int:
    return store.rows if isinstance(store, Null) else int(store.spans().count.sum())
