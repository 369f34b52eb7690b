from __future__ import annotations

import asyncio
import gzip
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import Response, StreamingResponse

from api.encoding import Encoded, chosen_encoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

TEXT = b"a city that loses nothing, " * 4000


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("identity", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_which_encoding(accepted, encoding):
    assert chosen_encoding(accepted) == encoding


def asked(response: Response, accepted: str) -> httpx.Response:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Encoded(app))
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://city") as client,
            client.stream("GET", "/", headers={"accept-encoding": accepted}) as answer,
        ):
            raw = b"".join([part async for part in answer.aiter_raw()])
            return httpx.Response(answer.status_code, headers=list(answer.headers.raw), stream=httpx.ByteStream(raw))

    return asyncio.run(ask())


def raw(answer: httpx.Response) -> bytes:
    stream = answer.stream
    assert isinstance(stream, httpx.ByteStream)
    return b"".join(stream)


def unpacked(name: str, body: bytes) -> bytes:
    return gzip.decompress(body) if name == "gzip" else bytes(zstd.decompress(body))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_one_piece(name):
    answer = asked(Response(TEXT, media_type="text/csv", headers={"etag": '"x"'}), name)
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == (name, "accept-encoding")
    assert int(answer.headers["content-length"]) == len(raw(answer)) < len(TEXT) / 10
    assert answer.headers["etag"] == 'W/"x"'
    assert unpacked(name, raw(answer)) == TEXT


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_stream_is_never_held_whole(name):
    made: list[int] = []

    def blocks() -> Iterator[bytes]:
        for number in range(30):
            made.append(number)
            yield TEXT

    answer = asked(StreamingResponse(blocks(), media_type="application/x-ndjson"), name)
    assert "content-length" not in answer.headers
    assert unpacked(name, raw(answer)) == TEXT * 30
    assert made == list(range(30))


@pytest.mark.parametrize(
    "response",
    [
        Response(b"short", media_type="text/csv"),
        Response(TEXT, media_type="application/vnd.apache.parquet"),
        StreamingResponse(iter([TEXT]), media_type="text/event-stream"),
        Response(status_code=204),
    ],
)
def test_what_stays_as_it_is(response):
    assert "content-encoding" not in asked(response, "zstd, gzip").headers
