"""The worker: receive, gather, decode, write, book, and only then acknowledge."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest import metrics
from ingest.carry import carry
from ingest.gather import Gather, Inbox
from ingest.ledger import Heading, counts
from ingest.mqtt import Receiver
from ingest.replay import replay
from storage.store import StoreBusyError, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ingest.carry import Answer
    from ingest.gather import Delivery
    from ingest.source import Source
    from sensors.memory import Memory
    from sensors.model import Batch, Devices, Message, Rejected
    from storage.catalogue import Catalogue
    from storage.replays import Request
    from storage.store import Store

log = logging.getLogger(__name__)

IDLE_S = 0.2
"""How often an idle worker looks whether it should stop."""
CATALOGUE_S = 1.0
"""How often a worker asks whether devices were added or changed, or the quarantine is to be read again."""
RETRY_S = 60.0
"""When a worker tries again to read the quarantine after that failed."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a worker has done since it started, for the terminal: messages and new observations."""

    messages: int
    observations: int
    quarantined: int
    in_flight: int


class Worker:
    """Carries messages from its sources into the store, from a thread of its own.

    A message is acknowledged after its observations are committed and the ledger and quarantine are; a worker killed
    between any two steps is sent the message again, and writing it again changes nothing.
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        store: Store,
        catalogue: Catalogue,
        gather: Gather | None = None,
    ) -> None:
        self.name = name
        self._store = store
        self._catalogue = catalogue
        self._gather = gather or Gather()
        self._inbox = Inbox(2 * max((source.window for source in sources), default=1))
        self.receivers = tuple(Receiver(source, name, self._inbox) for source in sources)
        self._booked: Counter[str] = Counter()
        self._observations = 0
        self._quarantined = 0
        self._stop = threading.Event()
        self._devices: Devices = {}
        self._devices_version = -1
        self._devices_due = 0.0
        self._request: Request | None = None
        self._memory: Memory = {}
        self._requests_due = 0.0
        self._thread = threading.Thread(target=self._run, name=f"worker-{name}", daemon=True)

    def start(self) -> None:
        """Begin to connect and to work; returns at once."""
        self._thread.start()
        for receiver in self.receivers:
            receiver.start()

    def stop(self) -> None:
        """Stop receiving, store and acknowledge what is under way, and end. What could not be stored comes again."""
        for receiver in self.receivers:
            receiver.pause()
        self._stop.set()
        self._thread.join()
        for receiver in self.receivers:
            receiver.stop()

    @property
    def alive(self) -> bool:
        """Whether the worker's thread runs; it ends by ``stop``, or by a failure that it has logged."""
        return self._thread.is_alive()

    def in_flight(self) -> dict[tuple[str, str], int]:
        """Count messages received and not yet booked, by (source, worker)."""
        return {
            (receiver.source.name, self.name): max(0, receiver.received - self._booked[receiver.source.name])
            for receiver in self.receivers
        }

    def tally(self) -> Tally:
        """Say what was done since the start."""
        return Tally(self._booked.total(), self._observations, self._quarantined, sum(self.in_flight().values()))

    def _run(self) -> None:
        try:
            while not self._stop.is_set() or len(self._inbox):
                deliveries = self._gather.take(self._inbox, IDLE_S if self._request is None else 0.0)
                if deliveries and not self._carry(deliveries):
                    return
                if not self._stop.is_set():
                    self._replay()
        except Exception:
            # Nothing of the batch was acknowledged: the broker keeps it for the next start.
            log.exception("worker %s stops: what it had not acknowledged stays with the broker", self.name)
        finally:
            self._inbox.close()

    def _carry(self, deliveries: list[Delivery]) -> bool:
        """Take one batch all the way; False when the worker was stopped while the store would not take it."""
        messages = [message for delivery in deliveries for message in delivery.messages]
        carried = carry(messages, self._current_devices(), self._write)
        if carried is None:
            return False
        self._settle(messages, carried.heading, carried.rejected)
        for delivery in deliveries:
            delivery.acknowledge()
        self._observe(messages, carried.new)
        return True

    def _replay(self) -> None:
        """Read a portion of the quarantine again where somebody has asked for it. Its failure costs no new message."""
        if self._request is None and time.monotonic() < self._requests_due:
            return
        self._requests_due = time.monotonic() + CATALOGUE_S
        try:
            request = self._request or self._asked()
            further = request and replay(self._catalogue, request, self._current_devices(), self._write, self._memory)
        except Exception:
            log.exception("messages in quarantine could not be read again; trying once more in %.0f s", RETRY_S)
            self._request, self._requests_due = None, time.monotonic() + RETRY_S
        else:
            self._request = None if further is None or further.finished else further

    def _asked(self) -> Request | None:
        request = self._catalogue.replay_request()
        self._memory = {}
        if request is not None:
            self._devices_due = 0.0  # who asks has most likely just said what a device observes
        return request

    def _write(self, batch: Batch) -> Answer | None:
        """Write until the store takes it; while it is busy nothing is acknowledged and the broker keeps the rest."""
        while True:
            started = time.monotonic()
            try:
                written = self._store.write(batch)
            except StoreRefusedError as refusal:
                return refusal.written, refusal.reasons
            except StoreBusyError as busy:
                metrics.BUSY.labels(self.name).inc()
                log.warning("the store is busy (%s); trying again in %.1f s", busy, busy.retry_after)
                if self._stop.wait(busy.retry_after):
                    return None
            else:
                metrics.STORE.labels(self.name).observe(time.monotonic() - started)
                return written, {}

    def _settle(
        self,
        messages: Sequence[Message],
        heading: NDArray[np.uint8],
        rejected: Mapping[int, Rejected],
    ) -> None:
        """Book the batch in the ledger and put what was rejected into quarantine: one transaction per source."""
        sources = np.array([message.source for message in messages])
        for source in np.unique(sources):
            of_source = sources == source
            here = [rejected[index] for index in sorted(rejected) if of_source[index]]
            self._catalogue.settle(str(source), self.name, counts(heading[of_source]), here)
            self._count(str(source), heading[of_source])

    def _count(self, source: str, heading: NDArray[np.uint8]) -> None:
        self._booked[source] += len(heading)
        self._quarantined += int(np.count_nonzero(heading == Heading.QUARANTINED))
        metrics.IN_FLIGHT.labels(source, self.name).dec(len(heading))
        for kind, number in zip(*np.unique(heading, return_counts=True), strict=True):
            metrics.MESSAGES.labels(source, self.name, Heading(kind).name.lower()).inc(int(number))

    def _observe(self, messages: Sequence[Message], stored: int) -> None:
        self._observations += stored
        metrics.OBSERVATIONS.labels(self.name).inc(stored)
        metrics.BATCH.labels(self.name).observe(len(messages))
        metrics.LAG.labels(self.name).set(time.time() - messages[0].received / 1000)

    def _current_devices(self) -> Devices:
        if time.monotonic() >= self._devices_due:
            self._devices_due = time.monotonic() + CATALOGUE_S
            version = self._catalogue.version()
            if version != self._devices_version:
                self._devices, self._devices_version = self._catalogue.devices(), version
        return self._devices
