"""What a request may carry: JSON of a declared shape, limited in size and time, and a sentence for what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from fastapi import Depends
from starlette.requests import ClientDisconnect, Request

from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

MOST_BYTES = 65_536
WITHIN_S = 10.0

T = TypeVar("T")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON of a request. Its size bounds how deep it can be."""


def body_of(shape: type[T]) -> Any:
    """Give what reads the body of a request as a shape; to be named after who may write, so that others are not read.

    What it gives raises ProblemError.
    """

    async def read(request: Request) -> T:
        return parsed(await _read(request, MOST_BYTES), shape)

    reads: Callable[[Request], Coroutine[Any, Any, T]] = read
    return Depends(reads)


def bytes_of(most: int) -> Any:
    """Give what reads the bytes of a JSON body of several shapes; see ``body_of``, and ``parsed``."""

    async def read(request: Request) -> bytes:
        return await _read(request, most)

    return Depends(read)


def documented(shape: type[Any]) -> dict[str, Any]:
    """Say in OpenAPI what a body is."""
    _, parts = msgspec.json.schema_components([shape], ref_template="{name}")
    schema = _written_out(parts[shape.__name__], parts)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _written_out(schema: Any, parts: dict[str, Any]) -> Any:
    """Put what a schema refers to in the place of each reference: what is told of a body stands alone."""
    if isinstance(schema, list):
        return [_written_out(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _written_out(parts[schema["$ref"]], parts)
    return {name: _written_out(said, parts) for name, said in schema.items()}


async def _read(request: Request, most: int) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind not in {"application/json", "application/merge-patch+json"}:
        detail = f"The body is {kind[:60]!r}; send JSON, with 'Content-Type: application/json'."
        raise ProblemError("unsupported-media-type", detail)
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _limited(request, most)
    except TimeoutError:
        raise ProblemError("body-too-slow", f"The body did not come within {WITHIN_S:g} s.") from None
    except ClientDisconnect:
        raise ProblemError("bad-body", "The body ended too early.") from None


async def _limited(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise ProblemError("body-too-large", f"A body may have {most} bytes.")
    return bytes(body)


def parsed(body: bytes, shape: type[T]) -> T:
    """Read JSON of a shape. Raises ProblemError."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = str(error)[:300]
        raise ProblemError("bad-body", f"The body cannot be taken: {said[:1].lower()}{said[1:]}.") from None
