"""Open data: the public part of the city, as others' software expects it."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import ANYBODY
from api.city import demand_declared
from api.feed import Feed
from api.feeds import feeds
from api.open_schema import FeedDocument, OpenDataDocument
from api.open_state import OpenState
from api.parameters import PROBLEM_RESPONSES, CityNow, only_documented
from api.problem import ProblemError, did_you_mean, named
from api.times import now

ROUTER = APIRouter(
    prefix="/open",
    tags=["open data"],
    dependencies=[Depends(ANYBODY), Depends(only_documented)],
    responses=PROBLEM_RESPONSES,
)

KEPT = "public, max-age=30"
"""Readers that come every second are served by what stands between."""

ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document, in the media type of its feed",
        "content": {one.media_type: {"schema": {"type": "object"}} for one in feeds().values()},
    },
    304: {"description": "It is as it was when you last had it"},
}


@ROUTER.get("", summary="List the feeds of open data")
def open_data(city: CityNow) -> OpenDataDocument:
    """List every feed and where its documents are. They hold what operators have marked as public, and need no key."""
    name = city.services.city
    return OpenDataDocument(city=name, feeds=[_about(feed, name) for feed in feeds().values()])


@ROUTER.get("/{feed}/{document}", summary="Read one document of open data", response_class=Response, responses=ANSWER)
def document(
    request: Request,
    city: CityNow,
    feed: Annotated[str, Path(description="A feed", examples=["geojson"])],
    document: Annotated[str, Path(description="One of its documents", examples=["parking.geojson"])],
) -> Response:
    """Give the public things of the city as they are now: with the same `ETag` as long as nothing else is known."""
    demand_declared("feed", feed, feeds())
    chosen = feeds()[feed]
    _demand_document(chosen, city.services.city, document)
    state: OpenState = request.app.state.open_state
    body = chosen.write(state.at(now()), document)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"cache-control": KEPT, "etag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=chosen.media_type)


def _about(feed: Feed, city: str) -> FeedDocument:
    return FeedDocument(
        name=feed.name,
        title=feed.title,
        title_de=feed.title_de,
        description=feed.description,
        source=feed.source,
        media_type=feed.media_type,
        documents=[f"/open/{feed.name}/{document}" for document in feed.documents(city)],
    )


def _demand_document(feed: Feed, city: str, document: str) -> None:
    known = tuple(feed.documents(city))
    if document not in known:
        detail = (
            f"The feed {feed.name!r} has no {document[:80]!r}.{did_you_mean(document, known)} It has {named(known)}."
        )
        raise ProblemError("not-found", detail)
