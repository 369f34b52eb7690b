"""A table on its way out: begun before the answer is, block by block, and counted among the exports until its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.form import JSON, all_forms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from starlette.types import Message, Receive, Scope, Send

    from api.form import Form
    from api.limits import Place
    from api.table import Count, Table


PATIENCE_S = 30.0
"""A block that nobody has taken for so long ends an export: its place is for those who read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What an export does besides: who is told at its end, and the place that it takes."""

    place: Place
    name: str
    """Of the file, without its ending."""
    headers: Mapping[str, str]
    done: Callable[[Count], None] | None = None
    """Told once all has been written."""


def whole(table: Table, form: Form, name: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a table that is in memory already: its length, rows and checksum are told before it begins."""
    body = b"".join(form.write(table))
    told = {f"smilecity-{what}": f"{said}" for what, said in table.count.told().items()}
    said = {**told, **(headers or {}), "content-disposition": disposition(f"{name}.{form.ending}")}
    return Response(body, headers=said, media_type=form.media_type)


def sent(table: Table, form: Form, sending: Sending) -> StreamingResponse:
    """Answer with a table. What fails before the first block is an error still, later it cuts the answer off."""
    blocks = _written(table, form, sending)
    try:
        first = next(blocks, b"")
    except BaseException:
        sending.place.leave()
        raise
    headers = {**sending.headers, "content-disposition": disposition(f"{sending.name}.{form.ending}")}
    return Sent(first, blocks, sending.place, headers, form.media_type)


class Sent(StreamingResponse):
    """Sends blocks that are made in a thread; lets go of what makes them however it ends."""

    def __init__(
        self, first: bytes, blocks: Iterator[bytes], place: Place, headers: Mapping[str, str], media_type: str
    ) -> None:
        self._blocks, self._place = blocks, place
        super().__init__(self._all(first), headers=dict(headers), media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send. Raises TimeoutError where nobody takes what is sent; the answer is cut off then."""

        async def send_soon(message: Message) -> None:
            async with asyncio.timeout(PATIENCE_S):
                await send(message)

        try:
            await super().__call__(scope, receive, send_soon)
        finally:
            self._place.leave()

    async def _all(self, first: bytes) -> AsyncIterator[bytes]:
        block: bytes | None = first
        while block is not None:
            if block:
                yield block
            block = await run_in_threadpool(next, self._blocks, None)


def table_answers(*names: str, modelled: bool = True) -> dict[int | str, dict[str, Any]]:
    """Say in OpenAPI which formats of tables a path answers in, besides JSON where a model describes that."""
    given = [all_forms()[name] for name in names if name != JSON or not modelled]
    return {200: {"content": {form.media_type.partition(";")[0]: {"schema": dict(form.schema)} for form in given}}}


def _written(table: Table, form: Form, sending: Sending) -> Iterator[bytes]:
    yield from form.write(table)
    if sending.done is not None:
        sending.done(table.count)


def disposition(name: str) -> str:
    """Name the file that an answer is, where somebody keeps it."""
    return f"inline; filename*=UTF-8''{quote(name.replace('/', '_'), safe='')}"
