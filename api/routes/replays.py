"""Reading messages in quarantine again: asked for here, done by the worker that holds the store."""

import logging
from typing import Annotated

from fastapi import Depends, Path
from msgspec import Meta
from starlette.responses import Response

from api.access import BOOKS, CATALOGUE
from api.bodies import Body, body_of, documented
from api.parameters import CityNow, versioned
from api.problem import ProblemError
from api.replay_schema import ReplayDocument
from storage.quarantine import Choice
from storage.replays import Request as Replay

ROUTER = versioned("quarantine", BOOKS)

log = logging.getLogger(__name__)

Words = Annotated[str, Meta(min_length=1, max_length=200)]


class NewReplay(Body, frozen=True, kw_only=True):
    """Which messages are read again; all, where nothing is said."""

    device: Words | None = None
    reason: Words | None = None
    id: Annotated[int, Meta(ge=1, le=2**52, description="Only this message")] | None = None


@ROUTER.post(
    "/quarantine/replays",
    summary="Read messages in quarantine again",
    status_code=202,
    response_model=ReplayDocument,
    dependencies=[Depends(CATALOGUE)],
    openapi_extra=documented(NewReplay),
)
def replay(city: CityNow, asked: Annotated[NewReplay, body_of(NewReplay)]) -> Response:
    """Ask the worker that holds the store to read messages again, after a device was made known or a mapping mended.

    It does so within seconds, portion by portion; `Location` tells how far it has come.
    """
    catalogue = city.services.catalogue
    number = catalogue.ask_replay(Choice(device=asked.device, reason=asked.reason, id=asked.id))
    log.info("messages in quarantine are to be read again, request %d", number)
    request = catalogue.replay_request(number)
    place = f"/v1/quarantine/replays/{number}"
    body = _document(request).model_dump_json() if request else "null"
    return Response(body, 202, {"location": place}, "application/json")


@ROUTER.get("/quarantine/replays/{id}", summary="Show how far a replay has come")
def show(city: CityNow, id: Annotated[int, Path(ge=1, le=2**52)]) -> ReplayDocument:  # noqa: A002 - the name that the path shows
    """Show a request to read messages again: what came out, and what still cannot be read."""
    request = city.services.catalogue.replay_request(id)
    if request is None:
        raise ProblemError("not-found", f"There is no replay {id}.")
    return _document(request)


def _document(request: Replay) -> ReplayDocument:
    return ReplayDocument(
        id=request.id,
        device=request.choice.device,
        reason=request.choice.reason,
        message=request.choice.id,
        messages=request.messages,
        observations=request.observations,
        left=request.left,
        finished=request.finished,
    )
