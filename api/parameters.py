"""What a query may say: the parameters that several paths share, and the refusal of everything else."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query
from starlette.requests import HTTPConnection, Request

from api.access import ANYBODY, Rule, admitted
from api.problem import MEDIA_TYPE, ProblemError, did_you_mean, named
from api.schema import ProblemDocument
from api.times import ACCEPTED, now, read_time
from api.view import Cities, View

LONGEST_QUERY = 4096
"""Characters of a query string."""

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}}}
    for status, meaning in (
        ("4XX", "The request cannot be answered; `detail` says why and what to do"),
        ("5XX", "The platform failed"),
    )
}


def documented_parameters(request: Request) -> tuple[str, ...]:
    """Name the query parameters that the OpenAPI document lists for the path and method of a request."""
    path = request.app.openapi()["paths"].get(request.scope["route"].path_format, {})
    parameters = path.get(request.method.lower(), {}).get("parameters", [])
    return tuple(parameter["name"] for parameter in parameters if parameter["in"] == "query")


async def only_documented(request: Request) -> None:
    """Refuse a query that is too long, or has a parameter twice or not documented: nothing is ever ignored."""
    if len(request.url.query) > LONGEST_QUERY:
        raise ProblemError(
            "query-too-long", f"A query may have {LONGEST_QUERY} characters, this one has {len(request.url.query)}."
        )
    refuse_undocumented(request, documented_parameters(request))


def refuse_undocumented(request: HTTPConnection, known: tuple[str, ...]) -> None:
    """Raise ProblemError for a parameter that is not known, or given twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    _refuse_unknown(given, known)
    repeated = next((name for name in given if given.count(name) > 1), None)
    if repeated is not None:
        raise ProblemError(
            "repeated-parameter", f"{repeated!r} is given more than once; give it once.", parameter=repeated
        )


def _refuse_unknown(given: Iterable[str], known: tuple[str, ...]) -> None:
    unknown = next((name for name in given if name not in known), None)
    if unknown is None:
        return
    takes = f"This path takes {named(known)}." if known else "This path takes none."
    detail = f"There is no parameter {unknown[:60]!r}.{did_you_mean(unknown, known)} {takes}"
    raise ProblemError("unknown-parameter", detail, parameter=unknown[:60], known=list(known))


def versioned(resource: str, rule: Rule = ANYBODY) -> APIRouter:
    """Make the router of one resource of ``/v1``: by the rule everybody may ask, and sees what is theirs to see."""
    return APIRouter(
        prefix="/v1",
        tags=[resource],
        dependencies=[Depends(rule), Depends(only_documented)],
        responses=PROBLEM_RESPONSES,
    )


async def city_of(connection: HTTPConnection) -> View:
    """Give the city as who asks sees it. Raises ProblemError where what they sent as a key opens nothing."""
    cities: Cities = connection.app.state.cities
    return cities.of((await admitted(connection)).tenant)


CityNow = Annotated[View, Depends(city_of)]

ThingName = Annotated[str | None, Query(description="Only this thing, by its id", examples=["lot-1"])]
KindName = Annotated[str | None, Query(description="Only things of this kind", examples=["parking_lot"])]
DomainName = Annotated[str | None, Query(description="Only things of this domain", examples=["waste"])]
OperatorName = Annotated[str | None, Query(description="Only things of this operator")]
DistrictName = Annotated[str | None, Query(description="Only things in this district")]
Derived = Annotated[bool | None, Query(description="Only indicators, or with `false` only what sensors said")]
Cursor = Annotated[
    str | None,
    Query(description="Where the page begins: taken from a `next` link, never made up", max_length=1024),
]
At = Annotated[str | None, Query(description=f"As of when: {ACCEPTED}. Default: now")]
TableFormat = Annotated[
    Literal["json", "ndjson", "csv", "parquet", "arrow", "geojson"] | None,
    Query(description="Instead of `Accept`. All but `json` are whole, and say so"),
]
Fields = Annotated[
    str | None,
    Query(description="Only these members or columns, with commas between", examples=["thing,result"], max_length=1024),
]


def instant_of(at: str | None, zone: str) -> np.datetime64:
    """Read the instant that a question is about, now where it names none. Raises ProblemError ``bad-time``."""
    clock = now()
    return clock if at is None else read_time("at", at, newest=clock, zone=zone)
