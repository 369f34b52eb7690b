"""What every response carries: headers that let a browser trust nothing but this server."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Sources: OWASP HTTP Headers Cheat Sheet; W3C Content Security Policy 3. Leaflet's empty tile is a ``data:`` image."""

FRESH = {"cache-control": "no-cache"}
"""An answer about now may be kept, but never shown again without asking."""


class HeadersOnEverything:
    """ASGI middleware that adds the headers above wherever a response has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the headers of its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (SECURITY | FRESH).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class _EnoughError(OSError):
    """Nothing more is wanted; a stream takes it for a client that has left."""


class HeadLikeGet:
    """ASGI middleware that answers HEAD as GET without a body (RFC 9110 section 9.3.2), except for endless streams.

    What would be streamed is not made: it ends with its first block.
    """

    def __init__(self, app: ASGIApp, endless: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.endless = endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn HEAD into GET and drop what it would send."""

        async def send_without_body(message: Message) -> None:
            is_body = message["type"] == "http.response.body"
            await send({**message, "body": b"", "more_body": False} if is_body else message)
            if is_body and message.get("more_body"):
                raise _EnoughError

        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] not in self.endless:
            with suppress(_EnoughError, ClientDisconnect):
                await self.app({**scope, "method": "GET"}, receive, send_without_body)
        else:
            await self.app(scope, receive, send)
