"""The newest observation of many datastreams at once: the city now."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.city import demand_property
from api.columns import latest_json
from api.parameters import CityNow, DomainName, KindName, ThingName, versioned
from api.problem import ProblemError
from api.schema import LatestDocument
from sensors.model import Batch, Datastream

ROUTER = versioned("observations")

MOST_STREAMS = 200_000
"""Datastreams in one answer."""

PropertyName = Annotated[str | None, Query(description="Only this observed property", examples=["filling_level"])]


@ROUTER.get("/latest", summary="The newest observation of each datastream", response_model=LatestDocument)
def latest(
    city: CityNow,
    *,
    thing: ThingName = None,
    kind: KindName = None,
    domain: DomainName = None,
    property: PropertyName = None,  # noqa: A002 - the name that the query shows
) -> Response:
    """Give the newest observation of each datastream, indicators included: all, or refused where too large."""
    demand_property(property)
    choice = city.choose(thing=thing, kind=kind, domain=domain)
    held = city.held()
    streams = [stream for stream in city.admitted(choice, held.streams) if property in (None, stream.observed_property)]
    _refuse_too_many(streams)
    batch = city.services.store.latest(streams) if streams else Batch.empty()
    body = b'{"version":%d,"observations":%s}' % (held.version, latest_json(batch))
    return Response(body, media_type="application/json")


def _refuse_too_many(streams: Sequence[Datastream]) -> None:
    if len(streams) > MOST_STREAMS:
        detail = f"{len(streams)} datastreams match, one answer holds {MOST_STREAMS}. Choose a kind, property or thing."
        raise ProblemError("too-many-rows", detail)
