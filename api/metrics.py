"""What the API tells Prometheus of itself; names carry their unit."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import Gauge, Histogram

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLIENTS = Gauge("smilecity_api_stream_clients", "Clients of the live stream")
ANSWERS = Histogram(
    "smilecity_api_answer_seconds",
    "Time from a request to the beginning of its answer",
    ["path", "status"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)


class Measured:
    """ASGI middleware that measures every answer by the path as it is documented, so that labels stay few."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note when its answer begins."""
        began = perf_counter()

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                path = getattr(scope.get("route"), "path", "other")
                ANSWERS.labels(path, message["status"]).observe(perf_counter() - began)
            await send(message)

        await self.app(scope, receive, send_and_note)
