"""Datastreams: one property of one thing, and how much of it the store holds."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from api.documents import datastream_documents
from api.paging import cut, link
from api.parameters import CityNow, Cursor, DomainName, KindName, ThingName, versioned
from api.schema import DatastreamPage
from sensors.model import Datastream

ROUTER = versioned("datastreams")

Key = tuple[str, str, bool]


@ROUTER.get("/datastreams", summary="List datastreams")
def datastreams(
    request: Request,
    city: CityNow,
    *,
    thing: ThingName = None,
    kind: KindName = None,
    domain: DomainName = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Datastreams per page")] = 500,
    cursor: Cursor = None,
) -> DatastreamPage:
    """List the datastreams that hold observations, in the order of thing and property, indicators included."""
    streams = city.admitted(city.choose(thing=thing, kind=kind, domain=domain), city.held().streams)
    page, following = cut(streams, key_of, cursor, limit, Key)
    return DatastreamPage(datastreams=datastream_documents(city.services.store, page), next=link(request, following))


def key_of(stream: Datastream) -> Key:
    """Give what orders datastreams."""
    return (stream.thing, stream.observed_property, stream.derived)
