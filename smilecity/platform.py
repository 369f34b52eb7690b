"""All rooms in one process: what ``smilecity up`` starts, and stops again so that nothing acknowledged is lost."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from api.app import Services, create_app
from ingest.worker import Worker
from processing.alerting.watch import Watch
from processing.worker import Worker as Processor
from smilecity.announcing import announcer
from smilecity.broker import EmbeddedBroker
from smilecity.clockwork import Clockwork
from smilecity.housekeeping import housekeeping
from smilecity.lock import hold
from smilecity.notifying import notifier, receivers
from smilecity.own import know_own
from smilecity.region import demand_kept, keep
from smilecity.sources import sources
from smilecity.updating import updates
from smilecity.web import WebServer, bind
from storage.catalogue import Catalogue
from storage.store import open_store

if TYPE_CHECKING:
    from socket import socket
    from types import TracebackType

    from processing.notifying.receiver import Receiver
    from smilecity.settings import Settings
    from smilecity.simulation import Simulation

log = logging.getLogger(__name__)

CONNECT_S = 10.0
LOOK_S = 0.2
"""How often alerts are looked at: a blocked fire access must be told within two seconds of the sensor's word."""


class Platform:
    """Broker, ingest, store, processing, API and page, and the simulated city where wanted; a context manager.

    Entering raises DataInUseError, StoreLockedError, OSError (ports) or ValueError (addresses), each with a sentence,
    and leaves nothing running.
    """

    def __init__(self, settings: Settings, simulation: Simulation | None = None) -> None:
        self.settings = settings
        self.simulation = simulation
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as running:
            self._start(running)
            self._running = running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def alive(self) -> bool:
        """Whether all of it runs: ingest has not failed, and no other process computes under its name."""
        return self.worker.alive and not self.clockwork.replaced

    def _start(self, running: ExitStack) -> None:
        """Start from the store outwards; what is started is stopped in the opposite order."""
        settings = self.settings
        listener = running.enter_context(bind(settings.host, settings.port))
        running.enter_context(
            hold(settings.data, "'smilecity up'", f"http://{settings.host}:{listener.getsockname()[1]}/")
        )
        know_own(settings)
        key, told = settings.key_of_api(), receivers(settings)
        self.catalogue = Catalogue(settings.catalogue_url(), settings.password_of_catalogue())
        running.callback(self.catalogue.close)
        demand_kept(self.catalogue, settings)
        keep(self.catalogue, settings)
        self.store = open_store(settings.store_url())
        running.callback(self.store.close)
        url = settings.broker or self._start_broker(running)
        self.sources = sources(settings, url)
        self.worker = Worker(settings.worker, self.sources, self.store, self.catalogue, spools=settings.data / "spool")
        self.clockwork = Clockwork(
            Processor(
                self.store,
                self.catalogue,
                region=settings.region(),
                worker=settings.computes_as(),
                households=settings.households,
            )
        )
        self.watch = Clockwork(
            Watch(self.store, self.catalogue, region=settings.region()), LOOK_S, name="watching for alerts"
        )
        self._start_web(running, listener, key)
        self._start_notifier(running, told)
        self._start_line(running)
        self._start_announcer(running, url)
        self._start_updates(running, url)
        if self.simulation is not None:
            self.simulation.register(self.catalogue)
            self.simulation.start(url)
            running.callback(self.simulation.stop)

    def _start_broker(self, running: ExitStack) -> str:
        self.broker = EmbeddedBroker(self.settings.host, self.settings.mqtt_port)
        try:
            self.broker.start()
        except OSError as error:
            place = f"{self.settings.host}:{self.settings.mqtt_port}"
            raise OSError(
                f"the embedded broker cannot listen on {place} ({error}). Choose another port with --mqtt-port, "
                "or use the broker that is there with --broker."
            ) from error
        running.callback(self.broker.stop)
        return f"{self.broker.url}?protocol=3.1.1"

    def _start_web(self, running: ExitStack, listener: socket, key: str) -> None:
        rates = self.settings.rates()
        services = Services(
            store=self.store,
            catalogue=self.catalogue,
            city=self.settings.city,
            zone=self.settings.zone,
            land=self.settings.land,
            in_flight=self.worker.in_flight,
            version=version("smilecity"),
            link=self.settings.public_url,
            api_key=key,
            limits=self.settings.limits(),
            access=self.settings.access_of_api(),
            households=self.settings.households,
            rate_public=rates[0],
            rate_key=rates[1],
            origins=self.settings.origins(),
        )
        app = create_app(services)
        self.access: str = app.state.keyring.told()
        self.app = app
        self.web = WebServer(app, listener)
        running.callback(self.web.stop)
        self.web.start()

    def _start_notifier(self, running: ExitStack, told: list[Receiver]) -> None:
        """Tell the receivers of alerts, where there are some."""
        self.notifier = notifier(self.settings, self.catalogue, told, who="up", link=self.web.url)
        if self.notifier is not None:
            running.callback(self.notifier.stop)
            self.notifier.start()

    def _start_line(self, running: ExitStack) -> None:
        """Start what carries data: processing first, so that the worker is stopped before it."""
        running.enter_context(housekeeping(self.store, self.catalogue, self.settings))
        for clockwork in (self.clockwork, self.watch):
            running.callback(clockwork.stop)
            clockwork.start()
        running.callback(self.worker.stop)
        self.worker.start()
        if self.settings.broker is None:
            running.callback(self._drain)
            self.worker.receivers[0].wait_until_connected(CONNECT_S)

    def _start_announcer(self, running: ExitStack, url: str) -> None:
        """Publish alerts; ended first, for a broker of our own is drained of all clients next."""
        self.announcer = announcer(self.settings, self.catalogue, url, who="up", link=self.web.url)
        if self.announcer is not None:
            running.callback(self.announcer.stop)
            self.announcer.start()

    def _start_updates(self, running: ExitStack, url: str) -> None:
        """Publish observations, where that is wanted."""
        self.updates = updates(self.settings, self.app, url, self.web.url)
        if self.updates is not None:
            running.callback(self.updates.stop)
            self.updates.start()

    def _drain(self) -> None:
        if not self.broker.drain(self.worker.receivers[0].client_id):
            log.warning("the embedded broker still held messages when it was stopped")
