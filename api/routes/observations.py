"""Observations over a span of time: one datastream or many, in JSON pages, or whole in a format of tables."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.choosing import Properties, Things, known_fields, names_in, streams_of
from api.city import City
from api.columns import (
    CSV_COLUMNS,
    CSV_HEADER,
    FORMULA_VERSION,
    OF_ROW,
    OF_STREAM,
    csv_rows,
    latest_json,
    observations_json,
)
from api.documents import datastream_documents
from api.exporting import export
from api.form import JSON, all_forms, chosen_form, offered
from api.observation_table import Wanted
from api.paging import decode_cursor, decode_number, encode_cursor, next_link
from api.parameters import (
    CityNow,
    Cursor,
    DistrictName,
    DomainName,
    Fields,
    KindName,
    OperatorName,
    TableFormat,
    versioned,
)
from api.questions import Question, is_one, span_of
from api.reading import Reading
from api.schema import DatastreamDocument, ObservationPage
from api.selecting import refuse_pages
from api.sending import disposition, table_answers
from api.table_schema import ManyObservations, SelectedObservations
from api.times import ACCEPTED, iso_of, read_span
from api.vocabulary import unit_of
from processing.formulas import Versions, versions_in
from sensors.model import Datastream

ROUTER = versioned("observations")

DEFAULT_ROWS = 1000
MOST_ROWS = 50_000

From = Annotated[
    str | None,
    Query(
        alias="from",
        description=f"First instant: {ACCEPTED}. Default: 24 h before `to`, or before the newest observation",
        examples=["-7d", "2026-03-29T01:00:00Z"],
    ),
]
To = Annotated[
    str | None,
    Query(
        description="End, itself not included; forms as for `from`. Default: just after the newest observation",
        examples=["now"],
    ),
]
Limit = Annotated[
    int | None,
    Query(
        ge=1,
        le=MOST_ROWS,
        description=f"Rows per page. Default for JSON: {DEFAULT_ROWS}. Other formats are whole; CSV of one datastream "
        "has pages where a limit is given",
    ),
]
OFFERED = offered()
Key = tuple[str, str, bool, int]

HEADERS: dict[str, Any] = {
    "Smilecity-Unit": {"description": "CSV of one datastream: UCUM unit of `result`", "schema": {"type": "string"}},
    "Link": {
        "description": 'CSV with a limit: `<url>; rel="next"` where more rows follow',
        "schema": {"type": "string"},
    },
}
ANSWERS = table_answers(*OFFERED)
ANSWERS[200]["headers"] = HEADERS


@ROUTER.get(
    "/observations",
    summary="Observations over time",
    response_model=ObservationPage | ManyObservations | SelectedObservations,
    responses=ANSWERS,
)
def observations(
    request: Request,
    city: CityNow,
    *,
    thing: Things = None,
    property: Properties = None,  # noqa: A002 - the name that the query shows
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    from_: From = None,
    to: To = None,
    limit: Limit = None,
    fields: Fields = None,
    format: TableFormat = None,  # noqa: A002 - the name that the query shows
    cursor: Cursor = None,
) -> Response:
    """Give observations with `from` <= phenomenon time < `to`, ordered by thing, property and time.

    With one `thing` and one `property` it is that datastream; otherwise every datastream that is chosen. JSON comes in
    pages: following `next` to the end gives each row once, also while rows are being written. Other formats stream
    every row of the span.
    """
    form = chosen_form(format, request.headers.get("accept"), OFFERED)
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    one = bool(thing and property and choice.everything and is_one(city, thing, property))
    streams = (city.stream(thing or "", property or ""),) if one else streams_of(city, choice, thing, property)
    if one and (form == JSON or (form == "csv" and limit is not None)):
        return _series(request, city, streams[0], (from_, to), (form, limit, cursor, fields))
    start, end = span_of(city, streams, from_, to, city.services.zone)
    asked = Question(
        of="observations",
        start=start,
        end=end,
        thing=thing,
        property=property,
        kind=kind,
        domain=domain,
        operator=operator,
        district=district,
    )
    if form == JSON:
        wanted = Wanted(city.services.store, streams, *asked.span())
        return _many(request, city, wanted, (limit or DEFAULT_ROWS, cursor, fields))
    refuse_pages(form, limit, cursor)
    plain = one and form == "csv" and fields is None
    shown = CSV_COLUMNS if plain else names_in("fields", fields)
    return export(
        request, city, asked, (all_forms()[form], shown), {"smilecity-unit": unit_of(property or "")} if one else {}
    )


def _many(request: Request, city: City, wanted: Wanted, how: tuple[int, str | None, str | None]) -> Response:
    """Give a page of observations of many datastreams."""
    limit, cursor, fields = how
    shown = _shown(fields, (*OF_STREAM, *OF_ROW), derived=True)
    batch, last = wanted.page(limit, None if cursor is None else decode_cursor(cursor, Key))
    following = None if last is None else _next(request, wanted.start, wanted.end, encode_cursor(last))
    ending = ManyObservations.model_construct(next=following).model_dump_json(include={"next"}).encode()
    rows = latest_json(batch, shown, _versions(city, shown))
    return Response(b'{"observations":%b,%b' % (rows, ending[1:]), media_type="application/json")


def _series(
    request: Request,
    city: City,
    stream: Datastream,
    asked: tuple[str | None, str | None],
    how: tuple[str, int | None, str | None, str | None],
) -> Response:
    """Give one datastream, with what it is."""
    form, limit, cursor, fields = how
    (about,) = datastream_documents(city.services.store, [stream])
    reading = _reading(city, stream, about, asked, cursor)
    if form == JSON:
        return _json_page(
            request, city, (about, reading), limit or DEFAULT_ROWS, _shown(fields, OF_ROW, derived=stream.derived)
        )
    return _csv_page(request, about, reading, limit or DEFAULT_ROWS)


def _reading(
    city: City, stream: Datastream, about: DatastreamDocument, asked: tuple[str | None, str | None], cursor: str | None
) -> Reading:
    newest = None if about.last is None else np.datetime64(about.last.removesuffix("Z"), "ms")
    start, end = read_span(*asked, newest=newest, zone=city.services.zone)
    reading = Reading(city.services.store, stream, start, end)
    return reading if cursor is None else reading.after(np.datetime64(decode_number(cursor), "ms"))


def _next(request: Request, start: np.datetime64, end: np.datetime64, cursor: str) -> str:
    """Give the link to what follows; it names the span as instants, so that it means the same tomorrow."""
    return next_link(request, **{"from": iso_of(start), "to": iso_of(end)}, cursor=cursor)


def _following(request: Request, reading: Reading, last: np.datetime64 | None) -> str | None:
    if last is None:
        return None
    return _next(request, reading.start, reading.end, encode_cursor(int(last.astype(np.int64))))


def _shown(fields: str | None, known: tuple[str, ...], *, derived: bool) -> tuple[str, ...]:
    """Name the fields of a page of JSON: those that are asked for, or all that say something."""
    every = (*known, FORMULA_VERSION)
    return known_fields(names_in("fields", fields), every) or (every if derived else known)


def _versions(city: City, shown: Sequence[str]) -> Versions | None:
    """Look up which formulas were in force when, for rows that were read before: a formula is noted, then computes."""
    return versions_in(city.services.catalogue) if FORMULA_VERSION in shown else None


def _json_page(
    request: Request, city: City, what: tuple[DatastreamDocument, Reading], limit: int, fields: tuple[str, ...]
) -> Response:
    about, reading = what
    batch, last = reading.page(limit)
    following = ObservationPage.model_construct(next=_following(request, reading, last)).model_dump_json(
        include={"next"}
    )
    body = b'{"datastream":%b,"observations":%b,%b' % (
        about.model_dump_json().encode(),
        observations_json(batch, fields, _versions(city, fields)),
        following.removeprefix("{").encode(),
    )
    return Response(body, media_type="application/json")


def _csv_page(request: Request, about: DatastreamDocument, reading: Reading, limit: int) -> Response:
    batch, last = reading.page(limit)
    following = _following(request, reading, last)
    headers = {"smilecity-unit": about.unit, "content-disposition": disposition(f"{about.id}.csv")}
    headers |= {"link": f'<{following}>; rel="next"'} if following else {}
    return Response(CSV_HEADER + csv_rows(batch), headers=headers, media_type="text/csv")
