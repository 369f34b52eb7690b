"""The newest observation of many datastreams at once: the city now."""

from collections.abc import Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from api.choosing import Properties, Things, known_fields, names_in, streams_of
from api.columns import FORMULA_VERSION, OF_ROW, OF_STREAM, latest_json
from api.form import JSON, all_forms, chosen_form, offered
from api.observation_table import newest_table
from api.parameters import (
    At,
    CityNow,
    DistrictName,
    DomainName,
    Fields,
    KindName,
    OperatorName,
    TableFormat,
    instant_of,
    versioned,
)
from api.problem import ProblemError
from api.schema import LatestDocument
from api.sending import table_answers, whole
from api.table_schema import SelectedLatest
from processing.formulas import versions_in
from sensors.model import Batch, Datastream

ROUTER = versioned("observations")

MOST_STREAMS = 200_000
"""Datastreams in one answer."""

OFFERED = offered()


@ROUTER.get(
    "/latest",
    summary="The newest observation of each datastream",
    response_model=LatestDocument | SelectedLatest,
    responses=table_answers(*OFFERED),
)
def latest(
    request: Request,
    city: CityNow,
    *,
    thing: Things = None,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    property: Properties = None,  # noqa: A002 - the name that the query shows
    at: At = None,
    fields: Fields = None,
    format: TableFormat = None,  # noqa: A002 - the name that the query shows
) -> Response:
    """Give the newest observation of each datastream, indicators included: all, or refused where too large.

    With `at` it is what was newest then, as it is known now: what came late is in it.
    """
    form = chosen_form(format, request.headers.get("accept"), OFFERED)
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    then = None if at is None else instant_of(at, city.services.zone)
    shown = names_in("fields", fields)
    version = city.held().version

    def newest() -> Batch:
        streams = streams_of(city, choice, thing, property)
        _refuse_too_many(streams)
        return city.services.store.latest(streams, then) if streams else Batch.empty()

    def written() -> bytes:
        fields_here = known_fields(shown, (*OF_STREAM, *OF_ROW, FORMULA_VERSION))
        rows = newest()
        versions = versions_in(city.services.catalogue) if FORMULA_VERSION in fields_here else None
        return b'{"version":%d,"observations":%s}' % (version, latest_json(rows, fields_here, versions))

    if form == JSON:
        now = (version, city.estate().version)
        body = written() if then is not None else city.remembered.of(request.url.query, now, written)
        return Response(body, media_type="application/json")
    table = newest_table(newest(), city.estate().things, version, partial(versions_in, city.services.catalogue))
    columns = known_fields(shown, table.names)
    return whole(table.showing(columns), all_forms()[form], "latest", {"smilecity-version": f"{version}"})


def _refuse_too_many(streams: Sequence[Datastream]) -> None:
    if len(streams) > MOST_STREAMS:
        detail = f"{len(streams)} datastreams match, one answer holds {MOST_STREAMS}. Choose a kind, property or thing."
        raise ProblemError("too-many-rows", detail)
