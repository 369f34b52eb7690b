"""Entity tags (RFC 9110, 8.8): every whole answer has one, made of its bytes, and is not sent again to who has it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT = ("cache-control", "content-location", "date", "etag", "expires", "vary", "link")
"""What an answer 304 says of the one that it stands for (RFC 9110, 15.4.5), and the next page."""


def tag_of(body: bytes) -> str:
    """Make the tag of a representation."""
    return f'"{sha256(body).hexdigest()[:24]}"'


def names_tag(said: str, tag: str) -> bool:
    """Tell whether ``If-None-Match`` or ``If-Match`` names a tag, whichever way it was compressed when it was given."""
    return said.strip() == "*" or tag.removeprefix("W/") in _tags(said)


def _tags(said: str) -> Iterator[str]:
    for one in said.split(","):
        yield one.strip().removeprefix("W/")


class Validated:
    """ASGI middleware that tags answers to GET which come in one piece, and answers 304 where the tag is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at its answer."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        held: list[Message] = []

        async def send_tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_whole(message):
                held.append(message)
                return
            if held and message["type"] == "http.response.body":
                message = _tagged(held[0], message, known)
                await send(held.pop())
            await send(message)

        await self.app(scope, receive, send_tagged)


def _is_whole(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and "content-length" in headers and "no-store" not in headers.get("cache-control", "")


def _tagged(start: Message, message: Message, known: str) -> Message:
    """Give an answer its tag; nothing is left of it but its headers where that is known."""
    headers = MutableHeaders(scope=start)
    if message.get("more_body") or "etag" in headers:
        return message
    headers["etag"] = tag_of(message.get("body", b""))
    if not known or not names_tag(known, headers["etag"]):
        return message
    start["status"] = 304
    start["headers"] = [(name, value) for name, value in start["headers"] if name.decode() in _KEPT]
    return {**message, "body": b""}
