"""The live stream: observations and the ledger as they change, as server-sent events."""

from typing import Annotated, Any

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.access import CallerNow
from api.choosing import Properties, names_in
from api.listening import last_seen
from api.parameters import (
    CityNow,
    Derived,
    DistrictName,
    DomainName,
    KindName,
    OperatorName,
    ThingName,
    versioned,
)
from api.stream import Live

ROUTER = versioned("observations")

PATH = "/v1/stream"

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `observations` (as /v1/latest, with its version as `id`) and `ledger` (as /v1/ledger)",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}

After = Annotated[
    int | None, Query(ge=0, description="Begin with what changed after this version, as told by /v1/latest")
]
LastEventId = Annotated[str | None, Header(description="Set by browsers that connect again; goes before `after`")]


@ROUTER.get("/stream", summary="What changes, as it changes", response_class=Response, responses=EVENTS)
async def stream(
    request: Request,
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
    after: After = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Send server-sent events: at most about two per second; later observations replace earlier ones not yet sent.

    Open the stream first and ask /v1/latest then, or open it with the `version` of /v1/latest as `after`: so nothing is
    missed. A comment is sent every 15 s when nothing changes. As a WebSocket the same path sends the same events, each
    as `{"event":..,"id":..,"data":..}`.
    """
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
    live: Live = request.app.state.live
    live.admit(caller)
    seen = after if last_event_id is None else last_seen(last_event_id)
    return StreamingResponse(
        live.events(caller, choice, seen),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
