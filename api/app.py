"""Puts the API together: routes found by discovery, headers, compression, problems, the page."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import routes
from api.alert_stream import Alarms
from api.city import City
from api.encoding import Encoded
from api.headers import HeadersOnEverything, HeadLikeGet
from api.limits import Exports
from api.metrics import Measured
from api.open_state import OpenState
from api.page import serve_page
from api.problem import answer_with_problems
from api.routes.alerts import STREAM as ALERT_STREAM
from api.routes.stream import PATH as STREAM
from api.services import Services
from api.sta.entities import Register
from api.stream import Live
from api.validators import Validated
from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Services", "create_app", "end_streams"]

DESCRIPTION = """\
What a city's sensors observed, what indicators say of it, and what became of every message.

Times are ISO 8601 in UTC. Units are UCUM codes. A missing number is null, never zero. Lists come in pages: follow
`next` until it is null. A parameter that a path does not know is an error, never ignored. Errors are RFC 9457 problem
documents whose `detail` says what to do. Only this server's own pages may use the API in a browser.

Reading needs no key. Alerts can be acknowledged and silenced, and rules declared, with `Authorization: Bearer` and the
key that the operator has set; where none is set the API only reads.
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
    app.state.city = City(services)
    app.state.live = Live(app.state.city)
    app.state.alarms = Alarms(services)
    app.state.open_state = OpenState(app.state.city)
    app.state.exports = Exports(services.limits.exports)
    app.state.register = Register()
    for router in declarations(routes, "ROUTER"):
        app.include_router(router)
    serve_page(app)
    answer_with_problems(app)
    app.add_middleware(Validated)
    app.add_middleware(Encoded)
    app.add_middleware(HeadersOnEverything)
    app.add_middleware(Measured)
    app.add_middleware(HeadLikeGet, endless=frozenset({STREAM, ALERT_STREAM}))
    return app


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
    yield
    end_streams(app)
