"""Observations of one datastream over a span of time, as JSON pages or as CSV."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.city import City
from api.columns import CSV_HEADER, csv_rows, observations_json
from api.documents import datastream_documents
from api.paging import decode_number, encode_cursor, next_link
from api.parameters import CityNow, Cursor, versioned
from api.reading import Reading
from api.schema import DatastreamDocument, ObservationPage
from api.times import ACCEPTED, iso_of, read_span
from sensors.model import Datastream

ROUTER = versioned("observations")

DEFAULT_ROWS = 1000
MOST_ROWS = 50_000

Thing = Annotated[str, Query(description="Id of the thing", examples=["lot-1"])]
Property = Annotated[
    str, Query(description="An observed property of the thing, or a derived one", examples=["occupancy_hour"])
]
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
        description=f"Rows per page. Default for JSON: {DEFAULT_ROWS}. CSV without a limit is complete",
    ),
]
Format = Annotated[
    Literal["json", "csv"], Query(description="`csv` has one header line and an empty field where a number is missing")
]

CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": f"{CSV_HEADER.decode()}2026-03-29T01:00:00.000Z,2026-03-29T01:00:02.113Z,112,1,,0,4711\n",
            }
        },
        "headers": {
            "Smilecity-Unit": {"description": "CSV only: UCUM unit of `result`", "schema": {"type": "string"}},
            "Link": {
                "description": 'CSV with a limit: `<url>; rel="next"` where more rows follow',
                "schema": {"type": "string"},
            },
        },
    }
}


@ROUTER.get("/observations", summary="Observations over time", response_model=ObservationPage, responses=CSV_ANSWER)
def observations(
    request: Request,
    city: CityNow,
    *,
    thing: Thing,
    property: Property,  # noqa: A002 - the name that the query shows
    from_: From = None,
    to: To = None,
    limit: Limit = None,
    format: Format = "json",  # noqa: A002 - the name that the query shows
    cursor: Cursor = None,
) -> Response:
    """Give the observations of one datastream with `from` <= phenomenon time < `to`, oldest first.

    A page ends with a `next` link where more rows follow; following it to the end gives each row once, also while rows
    are being written. CSV without a limit streams every row of the span.
    """
    stream = city.stream(thing, property)
    (about,) = datastream_documents(city.services.store, [stream])
    reading = _reading(city, stream, about, (from_, to), cursor)
    if format == "json":
        return _json_page(request, about, reading, limit or DEFAULT_ROWS)
    return _csv_all(about, reading) if limit is None else _csv_page(request, about, reading, limit)


def _reading(
    city: City, stream: Datastream, about: DatastreamDocument, asked: tuple[str | None, str | None], cursor: str | None
) -> Reading:
    newest = None if about.last is None else np.datetime64(about.last.removesuffix("Z"), "ms")
    start, end = read_span(*asked, newest=newest, zone=city.services.zone)
    reading = Reading(city.services.store, stream, start, end)
    return reading if cursor is None else reading.after(np.datetime64(decode_number(cursor), "ms"))


def _next(request: Request, reading: Reading, last: np.datetime64 | None) -> str | None:
    """Give the link to what follows the last row; it names the span as instants, so that it means the same tomorrow."""
    if last is None:
        return None
    span = {"from": iso_of(reading.start), "to": iso_of(reading.end)}
    return next_link(request, **span, cursor=encode_cursor(int(last.astype(np.int64))))


def _json_page(request: Request, about: DatastreamDocument, reading: Reading, limit: int) -> Response:
    batch, last = reading.page(limit)
    following = ObservationPage.model_construct(next=_next(request, reading, last)).model_dump_json(include={"next"})
    body = b'{"datastream":%b,"observations":%b,%b' % (
        about.model_dump_json().encode(),
        observations_json(batch),
        following.removeprefix("{").encode(),
    )
    return Response(body, media_type="application/json")


def _csv_page(request: Request, about: DatastreamDocument, reading: Reading, limit: int) -> Response:
    batch, last = reading.page(limit)
    following = _next(request, reading, last)
    headers = _csv_headers(about) | ({"link": f'<{following}>; rel="next"'} if following else {})
    return Response(CSV_HEADER + csv_rows(batch), headers=headers, media_type="text/csv")


def _csv_all(about: DatastreamDocument, reading: Reading) -> Response:
    """Stream every row; the first block is read before the answer begins, so that a failing store is still an error."""
    blocks = reading.blocks()
    first = next(blocks)
    lines: Iterator[bytes] = (csv_rows(batch) for batch in chain([first], blocks))
    return StreamingResponse(chain([CSV_HEADER], lines), headers=_csv_headers(about), media_type="text/csv")


def _csv_headers(about: DatastreamDocument) -> dict[str, str]:
    name = quote(about.id.replace("/", "_") + ".csv", safe="")
    return {"smilecity-unit": about.unit, "content-disposition": f"inline; filename*=UTF-8''{name}"}
