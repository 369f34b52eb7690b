"""The page on the real API over the memory store, on a free port, and what happens to it in a browser."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import uvicorn

from api.app import Services, create_app, end_streams
from api.services import Access
from sensors.model import TIME, Batch, Datastream
from storage.catalogue import Catalogue
from storage.store import Store, open_store
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page


def now() -> np.datetime64:
    return np.datetime64(round(datetime.now(UTC).timestamp() * 1000), "ms").astype(TIME)


@dataclass
class Served:
    """The API on a free port, and what it answers from."""

    store: Store = field(default_factory=lambda: open_store("memory://"))
    catalogue: Catalogue = field(default_factory=lambda: Catalogue("sqlite://"))
    url: str = ""

    def observe(self, thing: str, prop: str, minutes_ago: list[float], result: list[float], **columns: Any) -> None:
        derived = columns.pop("derived", False)
        times = now() - (np.array(minutes_ago) * 60_000).astype("timedelta64[ms]")
        self.store.write(Batch.of([Datastream(thing, prop, derived)], [0] * len(times), times, result, **columns))


@contextmanager
def served_app(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port, and give its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started, what="uvicorn to start")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            end_streams(app)
            server.should_exit = True
            thread.join(20)


@contextmanager
def served_city(**services: Any) -> Iterator[Served]:
    """Serve an API without things, open to everybody where nothing else is said."""
    city = Served()
    said = {"access": Access.OPEN} | services
    with served_app(create_app(Services(store=city.store, catalogue=city.catalogue, **said))) as url:
        city.url = url
        yield city
    city.store.close()
    city.catalogue.close()


@dataclass
class Visit:
    """A page and what happened to it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def record(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self.complaints.append(line.text)


def opened(context: BrowserContext, url: str) -> Visit:
    visit = Visit(context.new_page())
    visit.record()
    visit.page.goto(url)
    return visit
