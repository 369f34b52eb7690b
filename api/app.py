"""Puts the API together: routes found by discovery, headers, compression, problems, the page."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from api import routes
from api.access import PUBLIC
from api.alert_stream import Alarms
from api.door import Door
from api.encoding import Encoded
from api.guarding import guarded
from api.headers import HeadersOnEverything, HeadLikeGet
from api.keyring import Keyring
from api.limits import Exports
from api.metrics import Measured
from api.open_state import OpenState
from api.page import serve_page
from api.rates import Rates
from api.refusing import answer_with_problems
from api.routes.alerts import STREAM as ALERT_STREAM
from api.routes.stream import PATH as STREAM
from api.services import Services
from api.sta.entities import Register
from api.stream import Live
from api.validators import Validated
from api.view import Cities
from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)

__all__ = ["Services", "create_app", "end_streams"]

DESCRIPTION = """\
What a city's sensors observed, what indicators say of it, and what became of every message.

Times are ISO 8601 in UTC. Units are UCUM codes. A missing number is null, never zero. Lists come in pages: follow
`next` until it is null. A parameter that a path does not know is an error, never ignored. Errors are RFC 9457 problem
documents whose `detail` says what to do. Only this server's own pages may use the API in a browser.

Who sends no key sees what operators have marked as public. A key (`Authorization: Bearer KEY`, or as the password of
HTTP Basic) shows what is its operator's, or the whole city, and says what may be done. A thing that you may not see is
answered as one that is not there. A server that listens on its own machine only and has no key yet shows everything to
whoever asks there. What a single household uses is shown to nobody: only sums over several.
"""


def create_app(services: Services) -> FastAPI:
    """Make the app that answers from the given services, and serves the page."""
    app = FastAPI(
        title="Smile City",
        version=services.version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.cities = Cities(services)
    app.state.keyring = Keyring(services)
    app.state.live = Live(app.state.cities, app.state.keyring)
    app.state.alarms = Alarms(app.state.cities, app.state.keyring)
    app.state.open_state = OpenState(app.state.cities.of(PUBLIC))
    app.state.exports = {
        "observations": Exports(services.limits.exports),
        "aggregates": Exports(services.limits.aggregates),
    }
    app.state.register = Register()
    routers = declarations(routes, "ROUTER")
    for router in routers:
        app.include_router(router)
    guarded(app, routers)
    serve_page(app)
    answer_with_problems(app)
    app.add_middleware(Validated)
    app.add_middleware(Encoded)
    app.add_middleware(
        Door,
        keyring=app.state.keyring,
        rates=Rates(services.rate_public, services.rate_key),
        audit=services.catalogue.audit,
    )
    if services.origins:
        _let_read(app, services.origins)
    app.add_middleware(HeadersOnEverything)
    app.add_middleware(Measured)
    app.add_middleware(HeadLikeGet, endless=frozenset({STREAM, ALERT_STREAM}))
    return app


def _let_read(app: FastAPI, origins: tuple[str, ...]) -> None:
    """Let pages of other sites read, with a key of their own: no session is sent for them, and writing is refused."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "HEAD"],
        allow_headers=["Authorization"],
        expose_headers=["Link", "ETag", "RateLimit", "RateLimit-Policy", "Retry-After"],
        max_age=600,
    )


def end_streams(app: FastAPI) -> None:
    """Let the live streams of an app end, from any thread. A server waits for them: call it before one is stopped.

    No stream is begun any more.
    """
    live: Live = app.state.live
    alarms: Alarms = app.state.alarms
    live.close()
    alarms.close()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    log.info("the API: %s", await run_in_threadpool(app.state.keyring.told))
    yield
    end_streams(app)
