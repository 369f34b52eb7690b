"""One receiver's place in the outbox: what comes next is tried until it is taken, and only then noted as told.

Killed in between, or cut off, a receiver is told the same again: with the same ``webhook-id`` or ``Message-ID``. Of
several processes one tells a receiver, by a lease in the catalogue.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processing.announcing.following import messages_of
from processing.notifying.metrics import CHANGES, FAILING, FAILURES, WAITING
from processing.notifying.receiver import UndeliveredError
from storage.lease import LEASE
from storage.presence import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from processing.notifying.receiver import Receiver
    from storage.alert import Change
    from storage.alerts import Alerts

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Changes in one step."""
RENEW_S = LEASE / 3000
"""Between two renewals of the lease."""
REMIND_S = 600.0
"""Between two complaints about a receiver that stays away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait after what was not taken. [s]."""

    shortest: float = 1.0
    longest: float = 300.0
    """It doubles in between."""


class Delivery:
    """Tells one receiver. Stepped by one thread."""

    def __init__(
        self,
        alerts: Alerts,
        receiver: Receiver,
        *,
        worker: str,
        link: str = "",
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.told = 0
        """Changes that were told."""
        self.receiver = receiver
        self.publisher = f"receiver {receiver.terms.name}"
        self._alerts = alerts
        self._runner = Runner(worker)
        self._link = link
        self._patience = patience or Patience()
        self._pause = self._patience.shortest
        self._clock = clock
        self._come: int | None = None
        """Sequence up to which everything was told or passed over; None while others may tell."""
        self._noted = 0
        self._renewed = 0.0
        self._failed: float | None = None
        self._complained = 0.0

    def step(self) -> float:
        """Tell what comes next; gives how long to wait unless something new is heard of. [s]."""
        if not self._ours():
            self._come = None
            return RENEW_S
        if self._come is None:
            self._come = self._noted = self._begin()
        changes = self._alerts.changes(self._come, limit=AT_ONCE)
        WAITING.labels(self.receiver.terms.name).set(self._alerts.sequence() - self._come)
        try:
            self._tell(changes)
        except UndeliveredError as error:
            return self._complain(error)
        return 0.0 if len(changes) == AT_ONCE else RENEW_S

    def leave(self) -> None:
        """Note how far it came, and let another process go on."""
        if self._come is not None:
            self._note(self._come)
        self._alerts.resign(self.publisher, self._runner)
        self.receiver.close()

    def _ours(self) -> bool:
        if self._come is not None and time.monotonic() < self._renewed + RENEW_S:
            return True
        self._renewed = time.monotonic()
        return self._alerts.may_publish(self.publisher, self._runner)

    def _begin(self) -> int:
        """Go on where it was left; a new receiver is told what changes from now on."""
        begun = f"{self.publisher}, begun"
        if not self._alerts.position(begun):
            self._alerts.published(self.publisher, self._alerts.sequence())
            self._alerts.published(begun, 1)
        return self._alerts.position(self.publisher)

    def _tell(self, changes: Sequence[Change]) -> None:
        left_out = {change.sequence: why for change in changes if (why := self._why_not(change))}
        every = messages_of(self._alerts, changes, self._link)
        messages = [message for message in every if message.sequence not in left_out]
        for first in range(0, len(messages), self.receiver.at_once):
            some = messages[first : first + self.receiver.at_once]
            if not self._ours():
                self._come = None
                return
            self.receiver.tell(some)
            self._recover()
            self.told += len(some)
            CHANGES.labels(self.receiver.terms.name, "delivered").inc(len(some))
            self._pass(some[-1].sequence, left_out)
            self._note(some[-1].sequence)
        if changes:
            self._pass(changes[-1].sequence, left_out)
            if changes[-1].sequence >= self._noted + AT_ONCE:  # what nobody asks for is passed over again after a kill
                self._note(changes[-1].sequence)

    def _why_not(self, change: Change) -> str:
        """Say why a receiver is not told of a change; empty where it is."""
        terms = self.receiver.terms
        oldest = None if terms.oldest_ms is None else round(self._clock() * 1000) - terms.oldest_ms
        if not terms.choice.wants(change, self._alerts):
            return "not_asked_for"
        return "too_old" if oldest is not None and change.recorded < oldest else ""

    def _pass(self, sequence: int, left_out: Mapping[int, str]) -> None:
        """Go on behind a change, and count what was left out on the way."""
        before, self._come = self._come or 0, sequence
        passed = Counter(why for number, why in left_out.items() if before < number <= sequence)
        for why, count in passed.items():
            CHANGES.labels(self.receiver.terms.name, why).inc(count)
        if passed["too_old"]:
            name = self.receiver.terms.name
            log.warning("'%s' is not told of %d changes of alerts, which are too old by now", name, passed["too_old"])

    def _note(self, sequence: int) -> None:
        if sequence > self._noted:
            self._alerts.published(self.publisher, sequence)
            self._noted = sequence

    def _complain(self, error: UndeliveredError) -> float:
        """Say why a receiver was not told, at first and then from time to time; gives how long to wait."""
        name, now = self.receiver.terms.name, time.monotonic()
        FAILURES.labels(name).inc()
        FAILING.labels(name).set(1)
        if self._failed is None or now >= self._complained + REMIND_S:
            self._complained = now
            since = "" if self._failed is None else f", for {(now - self._failed) / 60:.0f} min now"
            log.warning("'%s' (%s) is not told of alerts%s: %s; trying again", name, self.receiver.place, since, error)
        self._failed = now if self._failed is None else self._failed
        pause, self._pause = max(self._pause, error.wait), min(2 * self._pause, self._patience.longest)
        return pause

    def _recover(self) -> None:
        self._pause = self._patience.shortest
        FAILING.labels(self.receiver.terms.name).set(0)
        if self._failed is not None:
            minutes = (time.monotonic() - self._failed) / 60
            log.warning("'%s' is told of alerts again, after %.0f min", self.receiver.terms.name, minutes)
        self._failed = None

    @property
    def failing(self) -> bool:
        """Whether the receiver has not taken what it was sent last."""
        return self._failed is not None

    def loop(self, rest: Callable[[float], bool]) -> Iterator[None]:
        """Step until ``rest`` says that it is over; whatever fails is logged and tried again."""
        while True:
            try:
                pause = self.step()
            except Exception:  # a database that is away, for example; what was not told is not noted
                log.exception("'%s' cannot be told of alerts; trying again", self.receiver.terms.name)
                pause, self._come = self._patience.longest / 10, None
            yield
            if rest(pause):
                return
