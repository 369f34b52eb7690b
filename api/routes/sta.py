"""OGC SensorThings 1.1 at ``/sta/v1.1``: see ``api.sta``."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request as Asking
from starlette.responses import Response

from api.access import ANYBODY, WRITE
from api.bodies import bytes_of, documented
from api.parameters import PROBLEM_RESPONSES, CityNow
from api.sta.creation import create
from api.sta.entities import Register
from api.sta.links import Links
from api.sta.paths import refuse_households
from api.sta.sent import SentObservation
from api.sta.service import PREFIX, Request

ROUTER = APIRouter(prefix=PREFIX, tags=["sensorthings"], dependencies=[Depends(ANYBODY)], responses=PROBLEM_RESPONSES)

MOST_BYTES = 2**21
"""Of a body: 10 000 observations fit."""

ResourcePath = Annotated[
    str,
    Path(
        description="An entity set, an entity, or what it leads to",
        examples=["Things", "Datastreams('lot-1/occupancy_hour')/Observations"],
    ),
]
Filter = Annotated[
    str | None, Query(alias="$filter", description="Which entities", examples=["properties/kind eq 'parking_lot'"])
]
Expand = Annotated[
    str | None, Query(alias="$expand", description="What is told along", examples=["Locations,Datastreams($top=5)"])
]
Select = Annotated[str | None, Query(alias="$select", description="Which properties", examples=["name,properties"])]
Order = Annotated[str | None, Query(alias="$orderby", description="In which order", examples=["phenomenonTime desc"])]
Top = Annotated[str | None, Query(alias="$top", description="How many; the rest is behind `@iot.nextLink`")]
Skip = Annotated[str | None, Query(alias="$skip", description="How many are passed over")]
Count = Annotated[str | None, Query(alias="$count", description="Whether `@iot.count` is told", examples=["true"])]
Form = Annotated[
    str | None, Query(alias="$resultFormat", description="json, dataArray, CSV or GeoJSON", examples=["dataArray"])
]
SkipToken = Annotated[
    str | None, Query(alias="$skiptoken", description="Where the page begins: taken from a next link, never made up")
]


@ROUTER.get("", summary="SensorThings: the entity sets", response_class=Response)
@ROUTER.get("/", include_in_schema=False)
def root(request: Asking, city: CityNow) -> Response:
    """Name the entity sets, and what of OGC SensorThings 1.1 is here."""
    return _answer(request, city, "")


@ROUTER.get("/{path:path}", summary="SensorThings: entities", response_class=Response)
def entities(
    request: Asking,
    city: CityNow,
    *,
    path: ResourcePath,
    _filter: Filter = None,
    _expand: Expand = None,
    _select: Select = None,
    _order: Order = None,
    _top: Top = None,
    _skip: Skip = None,
    _count: Count = None,
    _form: Form = None,
    _token: SkipToken = None,
) -> Response:
    """Give a page of a collection, an entity or a property of it, with what it leads to where that is asked for.

    Options are those of OGC 18-088; others are refused with 501, and never overlooked.
    """
    return _answer(request, city, path)


@ROUTER.post(
    "/{path:path}",
    summary="SensorThings: send observations",
    status_code=201,
    response_class=Response,
    dependencies=[Depends(WRITE)],
    openapi_extra=documented(SentObservation),
)
def send(request: Asking, city: CityNow, path: ResourcePath, body: Annotated[bytes, bytes_of(MOST_BYTES)]) -> Response:
    """Store an observation sent to `Observations` or `Datastreams('id')/Observations`, or many as data arrays.

    The header `Location` names it. The same again changes nothing; another result for the same time is refused with 409
    where the one that is held is as good. To `CreateObservations` a list of data arrays is sent (OGC 18-088, 12.3): all
    of it is taken, or nothing where something in it is wrong.
    """
    return create(city, Links(_root(request, city)), path, body)


def _answer(request: Asking, city: CityNow, path: str) -> Response:
    register: Register = request.app.state.register
    refuse_households(city, path)
    root = _root(request, city)
    return Request(register.of(city), city.services, root, path, request.url.query).answer()


def _root(request: Asking, city: CityNow) -> str:
    """Give the address of the service, as it is told to be or as it was reached; whatever a header says is escaped."""
    reached = (city.services.link or str(request.base_url)).rstrip("/") + PREFIX
    return quote(reached, safe=":/[]")
