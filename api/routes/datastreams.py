"""Datastreams: one property of one thing, and how much of it the store holds."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.choosing import Properties, Things, names_in, streams_of
from api.documents import datastream_documents
from api.paging import cut, link
from api.parameters import (
    CityNow,
    Cursor,
    DistrictName,
    DomainName,
    Fields,
    KindName,
    OperatorName,
    versioned,
)
from api.schema import DatastreamDocument, DatastreamPage
from api.selecting import selected
from api.table_schema import SelectedDatastreams
from sensors.model import Datastream

ROUTER = versioned("datastreams")

Key = tuple[str, str, bool]


@ROUTER.get("/datastreams", summary="List datastreams", response_model=DatastreamPage | SelectedDatastreams)
def datastreams(
    request: Request,
    city: CityNow,
    *,
    thing: Things = None,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    property: Properties = None,  # noqa: A002 - the name that the query shows
    fields: Fields = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Datastreams per page")] = 500,
    cursor: Cursor = None,
) -> Response:
    """List the datastreams that hold observations, in the order of thing and property, indicators included."""
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    page, following = cut(streams_of(city, choice, thing, property), key_of, cursor, limit, Key)
    documents = datastream_documents(city.services.store, page)
    shown = names_in("fields", fields)
    return selected("datastreams", documents, DatastreamDocument, shown, link(request, following))


def key_of(stream: Datastream) -> Key:
    """Give what orders datastreams."""
    return (stream.thing, stream.observed_property, stream.derived)
