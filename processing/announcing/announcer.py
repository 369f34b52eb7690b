"""Says every change of every alert over MQTT, in order, and hears what operators acknowledge.

A change is noted as said when the broker has acknowledged it. Killed in between, or cut off, it is said again with the
same sequence: who listens drops what it knows. Of several processes one speaks, by a lease in the catalogue; one that
slept over its lease is cut off by the broker, which knows both by the same name.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from processing.announcing.desk import Desk
from processing.announcing.line import Broker, LineError, RefusedError, VersionError, connected
from processing.announcing.outbox import SAID, Outbox
from processing.announcing.session import Session, Terms
from storage.lease import LEASE
from storage.presence import Runner

if TYPE_CHECKING:
    from storage.alerts import Alerts

log = logging.getLogger(__name__)

RENEW_S = LEASE / 3000
"""Between two renewals of the lease."""
TICK_S = 0.1
AUTO = "auto"


class Announcer:
    """Publishes the alerts of a catalogue to a broker, in a thread, until it is stopped."""

    def __init__(self, alerts: Alerts, broker: Broker, *, worker: str, terms: Terms | None = None) -> None:
        self.connected = False
        self.place = f"{broker.host}:{broker.port}"
        self._alerts = alerts
        self.broker = broker
        self._runner = Runner(worker)
        self._terms = terms or Terms()
        self._desk = Desk(alerts)
        self._protocol = "5" if broker.protocol == AUTO else broker.protocol
        self._spoke_five = False
        self._stood = 0
        self._complained = False
        self._renewed = 0.0
        self._before = 0
        self._session: Session | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="alerts", daemon=True)

    @property
    def said(self) -> int:
        """How many changes this one has published."""
        session = self._session
        return self._before + (session.said if session is not None else 0)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way, and let another process publish."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Say that there is something new; from any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._session is not None:
            self._session.wake()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        shortest, longest = self._terms.patience_s
        pause = shortest
        while not self._stopping.is_set():
            went_well = False
            try:
                went_well = await self._take_turn()
            except Exception:  # a database that is away, for example; what was not said is not noted
                log.exception("alerts cannot be published; trying again")
            pause = shortest if went_well else min(2 * pause, longest)
            await self._rest(pause)
        await asyncio.to_thread(self._alerts.resign, SAID, self._runner)

    async def _take_turn(self) -> bool:
        """Publish while it is ours to do and the connection stands; tells whether that went well."""
        if not await self._ours():
            await self._rest(RENEW_S)
            return True
        before, reason = self._stood, None
        try:
            await self._publish()
        except* LineError as lost:
            reason = _first(lost)
        if reason is not None:
            self._note(reason)
        return self._stood > before and not isinstance(reason, RefusedError)

    async def _publish(self) -> None:
        outbox = Outbox(self._alerts, self._terms.link)
        will = await asyncio.to_thread(lambda: self._terms.heartbeat(outbox.said, alive=False))
        broker = replace(self.broker, protocol=self._protocol)
        async with connected(broker, will) as line:
            self._session = Session(line, outbox, self._desk, self._terms, self._goes_on)
            try:
                await self._session.begin()
                self._stand()
                await self._session.hold()
            finally:
                self._before, self._session, self.connected = self.said, None, False

    def _stand(self) -> None:
        self._stood += 1
        self._spoke_five |= self._protocol == "5"
        self.connected, self._complained = True, False
        log.info("alerts are published at %s", self.place)

    def _note(self, reason: BaseException) -> None:
        """Say once why there is no connection, and choose the version of MQTT for the next."""
        level = logging.DEBUG if self._complained else logging.WARNING
        log.log(level, "alerts wait for the broker at %s (%s); trying again", self.place, reason)
        self._complained = True
        if self.broker.protocol == AUTO and not self._spoke_five:
            self._protocol = "3.1.1" if isinstance(reason, VersionError) and self._protocol == "5" else "5"
            self._complained = not isinstance(reason, VersionError)

    async def _goes_on(self) -> bool:
        if self._stopping.is_set():
            return False
        return time.monotonic() < self._renewed + RENEW_S or await self._ours()

    async def _ours(self) -> bool:
        """Take the lease, or renew it; tells whether it is ours."""
        self._renewed = time.monotonic()
        return await asyncio.to_thread(self._alerts.may_publish, SAID, self._runner)

    async def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110 - another thread stops it
            await asyncio.sleep(min(left, TICK_S))


def _first(lost: BaseExceptionGroup) -> BaseException:
    """Give the first of the errors in a group, however deep."""
    error: BaseException = lost
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
