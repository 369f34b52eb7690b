"""The live stream as a WebSocket: the same events as ``/v1/stream`` sends to browsers, for programs that prefer it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from api.access import ANYBODY, CallerNow, refuse_other_sites
from api.choosing import Properties, names_in
from api.keyring import Keyring
from api.listening import message_of
from api.parameters import (
    CityNow,
    Derived,
    DistrictName,
    DomainName,
    KindName,
    OperatorName,
    ThingName,
    refuse_undocumented,
)
from api.stream import Live

ROUTER = APIRouter(prefix="/v1", dependencies=[Depends(ANYBODY)])

log = logging.getLogger(__name__)

KNOWN = ("thing", "kind", "domain", "operator", "district", "property", "derived", "after")
SEND_S = 30.0
"""A client that has not taken an event for so long is let go of."""
_GOING_AWAY, _POLICY, _TOO_SLOW = 1001, 1008, 1013
"""Codes of RFC 6455 and of IANA's registry: the server stops, what was sent is not wanted, come back later."""


@ROUTER.websocket("/stream")
async def stream(
    socket: WebSocket,
    city: CityNow,
    caller: CallerNow,
    *,
    thing: ThingName = None,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    property: Properties = None,  # noqa: A002 - the name that the query shows
    derived: Derived = None,
    after: Annotated[int | None, Query(ge=0, description="Begin with what changed after this version")] = None,
) -> None:
    """Send ``{"event":..,"id":..,"data":..}`` for each event; what comes from the client ends the stream.

    A client that reads slowly gets later observations in the place of earlier ones, so that nothing piles up for it.
    """
    refuse_other_sites(socket)
    refuse_undocumented(socket, KNOWN)
    choice = await run_in_threadpool(
        lambda: city.choose(
            thing=thing,
            kind=kind,
            domain=domain,
            operator=operator,
            district=district,
            properties=names_in("property", property),
            derived=derived,
        )
    )
    live: Live = socket.app.state.live
    live.admit(caller)
    await socket.accept()
    events = live.events(caller, choice, after)
    sending = asyncio.create_task(_send_all(socket, events))
    listening = asyncio.create_task(_listen(socket))
    await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
    keyring: Keyring = socket.app.state.keyring
    code, reason = _ending(sending, listening, holds=keyring.holds(caller))
    for task in (sending, listening):
        task.cancel()
    await asyncio.gather(sending, listening, return_exceptions=True)
    await events.aclose()
    with suppress(RuntimeError, TimeoutError, WebSocketDisconnect, OSError):
        async with asyncio.timeout(5.0):
            await socket.close(code, reason)


async def _send_all(socket: WebSocket, events: AsyncGenerator[bytes, None]) -> None:
    """Send event by event, each only when the one before has been taken."""
    async for event in events:
        message = message_of(event)
        if message:
            async with asyncio.timeout(SEND_S):
                await socket.send_text(message)


async def _listen(socket: WebSocket) -> None:
    """Wait until the client leaves, or says something."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect


def _ending(sending: "asyncio.Task[None]", listening: "asyncio.Task[None]", *, holds: bool) -> tuple[int, str]:
    """Tell why a stream ends; ``holds`` where whoever listens still may."""
    if listening.done():
        return _POLICY, "this stream takes no messages: say what you want in the query"
    if not holds:
        return _POLICY, "the key was revoked or has expired"
    if sending.exception() is None:
        return _GOING_AWAY, "the platform is stopping"
    if isinstance(sending.exception(), TimeoutError):
        return _TOO_SLOW, f"no event was taken for {SEND_S:g} s; connect again with after="
    if not isinstance(sending.exception(), WebSocketDisconnect):
        log.error("a WebSocket ended because sending failed", exc_info=sending.exception())
    return _GOING_AWAY, "the stream broke off"
