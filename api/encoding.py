"""Content encoding: answers are compressed with Zstandard or gzip for those who take it, streams block by block."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FROM_BYTES = 1000
"""Less is not worth it."""
GZIP_LEVEL = 4
"""Half the time of the usual 9 for a few percent of size."""
ZSTD_LEVEL = 3
IN_THREAD = 32_768
"""Bytes from which compressing would keep others waiting."""
_AS_IT_IS = ("image/png", "image/jpeg", "application/vnd.apache.", "text/event-stream", "application/zip", "font/")
"""Media types that are compressed already, or whose parts must not wait for each other."""


class Packer(Protocol):
    """Compresses one answer."""

    def compress(self, some: bytes, /) -> bytes:
        """Take some of it, and give what is ready."""
        ...

    def flush(self) -> bytes:
        """Give the rest."""
        ...


def _gzip() -> Packer:
    return zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)


def _zstd() -> Packer:
    return zstd.ZstdCompressor(level=ZSTD_LEVEL)


PACKERS: Mapping[str, Callable[[], Packer]] = {"zstd": _zstd, "gzip": _gzip}
"""By the name of the encoding (RFC 9110, RFC 8878), the better one first."""


def chosen_encoding(accepted: str) -> str | None:
    """Name the encoding that ``Accept-Encoding`` likes best, the better one of equals; None for none."""
    weight = dict(_weights(accepted.casefold().split(",")))
    liked = {name: weight.get(name, weight.get("*", 0.0)) for name in PACKERS}
    best = max(liked, key=lambda name: liked[name])
    return best if liked[best] > 0.0 else None


def _weights(accepted: Iterable[str]) -> Iterable[tuple[str, float]]:
    for one in accepted:
        name, _, weight = one.partition(";")
        try:
            yield name.strip(), float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue


class Encoded:
    """ASGI middleware that compresses what is worth it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer through a packer."""
        chosen = chosen_encoding(Headers(scope=scope).get("accept-encoding", "")) if scope["type"] == "http" else None
        await self.app(scope, receive, _Answer(chosen, send).pass_on if scope["type"] == "http" else send)


class _Answer:
    """One answer on its way."""

    def __init__(self, encoding: str | None, send: Send) -> None:
        self._encoding, self._send = encoding, send
        self._packer: Packer | None = None
        self._start: Message | None = None

    async def pass_on(self, message: Message) -> None:
        """Hold the beginning back until the first bytes are there; pack these and all that follow."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send(message)

    async def _body(self, message: Message) -> None:
        start, self._start = self._start, None
        if start is not None:
            self._begin(MutableHeaders(scope=start), start["status"])
        more = message.get("more_body", False)
        if self._packer is not None:
            message = {**message, "body": await self._packed(message.get("body", b""), more=more)}
        if start is not None:
            if self._packer is not None and not more:
                MutableHeaders(scope=start)["content-length"] = f"{len(message['body'])}"
            await self._send(start)
        if message.get("body") or not more:
            await self._send(message)

    def _begin(self, headers: MutableHeaders, status: int) -> None:
        if headers.get("content-type", "").startswith(_AS_IT_IS) or "content-encoding" in headers:
            return
        headers.add_vary_header("accept-encoding")
        small = int(headers.get("content-length", FROM_BYTES)) < FROM_BYTES
        if self._encoding is None or small or status in {204, 206, 304}:
            return
        self._packer = PACKERS[self._encoding]()
        headers["content-encoding"] = self._encoding
        if "content-length" in headers:
            del headers["content-length"]
        if headers.get("etag", "").startswith('"'):
            headers["etag"] = f"W/{headers['etag']}"

    async def _packed(self, some: bytes, *, more: bool) -> bytes:
        if len(some) > IN_THREAD:
            return await run_in_threadpool(self._pack, some, more=more)
        return self._pack(some, more=more)

    def _pack(self, some: bytes, *, more: bool) -> bytes:
        if self._packer is None:
            return some
        return self._packer.compress(some) + (b"" if more else self._packer.flush())
