"""The worker: receive, gather, decode, write, book, and only then acknowledge."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ingest import metrics
from ingest.carry import carry
from ingest.gather import Gather, Inbox
from ingest.ledger import counts
from ingest.mqtt import Receiver
from ingest.replay import replay
from ingest.spool import forgotten
from storage.catalogue import HEADINGS, Counts
from storage.store import StoreBusyError, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ingest.carry import Answer, Carried
    from ingest.gather import Delivery
    from ingest.source import Source
    from sensors.memory import Memory
    from sensors.model import Batch, Devices, Message
    from storage.catalogue import Catalogue
    from storage.replays import Request
    from storage.store import Store

log = logging.getLogger(__name__)

IDLE_S = 0.2
"""How often an idle worker looks whether it should stop."""
CATALOGUE_S = 1.0
"""How often a worker asks whether devices were added or changed, or the quarantine is to be read again."""
SILENT_S = 2.0
"""How long a broker sends nothing until it is taken to hold nothing more."""
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
        *,
        spools: Path | None = None,
        leaving: bool = False,
    ) -> None:
        """Work for some sources; those whose broker keeps nothing have a spool in a folder of the folder ``spools``.

        One that is ``leaving`` gives its subscriptions up, and works until nothing waits for it any more: ``left``.
        Raises OSError where a spool cannot be opened.
        """
        self.name = name
        self._store = store
        self._catalogue = catalogue
        self._gather = gather or Gather()
        # What brokers may have under way fits in: a receiver whose worker waits for the store goes on answering.
        windows = sum(source.window for source in sources if source.kept)
        self._inbox = Inbox(max(2 * self._gather.size, windows))
        own = spools / name if spools else None
        for source in forgotten(own, [each.name for each in sources]) if own else ():
            log.warning(
                "'%s' has a spool in '%s' and is no source any more: declare it again, or delete it", source, own
            )
        self.receivers = tuple(Receiver(source, name, self._inbox, own, leaving=leaving) for source in sources)
        self._dropped: Counter[str] = Counter()
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

    def stop(self) -> None:
        """Stop receiving, store and acknowledge what is under way, and end. What could not be stored comes again."""
        for receiver in self.receivers:
            receiver.pause()
        self._stop.set()
        self._thread.join()
        for receiver in self.receivers:
            receiver.stop()
        self._book_dropped()

    @property
    def alive(self) -> bool:
        """Whether the worker's thread runs; it ends by ``stop``, or by a failure that it has logged."""
        return self._thread.is_alive()

    @property
    def left(self) -> bool:
        """Whether brokers have had nothing more for the worker for a while, and everything is in the books."""
        silent = all(receiver.silent_for > SILENT_S for receiver in self.receivers)
        return silent and not any(self.in_flight().values())

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
            # Before the first message comes: a city's devices take half a second.
            self._current_devices()
            for receiver in self.receivers:
                receiver.start()
            while not self._stop.is_set() or len(self._inbox):
                deliveries = self._gather.take(self._inbox, IDLE_S if self._request is None else 0.0)
                if deliveries and not self._carry(deliveries):
                    self._let_go(deliveries)
                    return
                self._book_dropped()
                if not self._stop.is_set():
                    self._replay()
        except Exception:
            # Nothing of the batch was acknowledged: the broker keeps it for the next start.
            log.exception("worker %s stops: what it had not acknowledged stays with the broker", self.name)
        finally:
            self._inbox.close()
            self._let_go(iter(partial(self._inbox.get, 0.0), None))

    def _carry(self, deliveries: list[Delivery]) -> bool:
        """Take one batch all the way; False when the worker was stopped while the store would not take it."""
        messages = [message for delivery in deliveries for message in delivery.messages]
        carried = carry(messages, self._current_devices(), self._write)
        if carried is None:
            return False
        places: dict[str, int] = {}
        places_of = (places.setdefault(message.source, len(places)) for message in messages)
        origin = np.fromiter(places_of, dtype=np.intp, count=len(messages))
        self._settle(places, origin, carried)
        for delivery in deliveries:
            delivery.acknowledge()
        self._observe(places, origin, messages, carried)
        return True

    def _let_go(self, deliveries: Iterable[Delivery]) -> None:
        """Count as dropped what will not be stored and nobody keeps."""
        lost = Counter(message.source for delivery in deliveries if not delivery.kept for message in delivery.messages)
        for receiver in self.receivers:
            receiver.lose(lost[receiver.source.name])

    def _book_dropped(self) -> None:
        """Book what came and could neither be spooled nor wait."""
        for receiver in self.receivers:
            source = receiver.source.name
            more = receiver.dropped - self._dropped[source]
            if more:
                booked = Counts(received=more, dropped=more)
                self._catalogue.settle(source, self.name, booked)
                self._dropped[source] += more
                self._tell(source, booked)

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
                self._book_dropped()
                if self._stop.wait(busy.retry_after):
                    return None
            else:
                metrics.STORE.labels(self.name).observe(time.monotonic() - started)
                return written, {}

    def _settle(self, places: Mapping[str, int], origin: NDArray[np.intp], carried: Carried) -> None:
        """Book the batch in the ledger and put what was rejected into quarantine: one transaction per source."""
        for source, place in places.items():
            of_source = origin == place
            here = [carried.rejected[index] for index in sorted(carried.rejected) if of_source[index]]
            booked = counts(carried.heading[of_source])
            self._catalogue.settle(source, self.name, booked, here)
            self._quarantined += booked.quarantined
            self._tell(source, booked)

    def _tell(self, source: str, booked: Counts) -> None:
        """Count messages that are in the books now."""
        self._booked[source] += booked.received
        metrics.IN_FLIGHT.labels(source, self.name).dec(booked.received)
        for heading in HEADINGS[1:]:
            metrics.MESSAGES.labels(source, self.name, heading).inc(getattr(booked, heading))

    def _observe(
        self, places: Mapping[str, int], origin: NDArray[np.intp], messages: Sequence[Message], carried: Carried
    ) -> None:
        self._observations += carried.new
        metrics.OBSERVATIONS.labels(self.name).inc(carried.new)
        metrics.BATCH.labels(self.name).observe(len(messages))
        now = time.time()
        for source, place in places.items():
            first = messages[int(np.argmax(origin == place))]
            metrics.LAG.labels(source, self.name, "receipt").set(now - first.received / 1000)
            times = carried.phenomenon_time[origin[carried.message] == place]
            if len(times):
                middle = float(np.median(times.view(np.int64)))
                metrics.LAG.labels(source, self.name, "phenomenon_time").set(now - middle / 1000)

    def _current_devices(self) -> Devices:
        if time.monotonic() >= self._devices_due:
            self._devices_due = time.monotonic() + CATALOGUE_S
            version = self._catalogue.version()
            if version != self._devices_version:
                self._devices, self._devices_version = self._catalogue.devices(), version
        return self._devices
