"""Aggregates: observations summed up by windows, of each thing or of groups."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.aggregating import NAMES
from api.choosing import names_in, streams_of
from api.exporting import export
from api.form import all_forms, chosen_form, offered
from api.parameters import (
    CityNow,
    DistrictName,
    DomainName,
    Fields,
    KindName,
    OperatorName,
    TableFormat,
    versioned,
)
from api.problem import ProblemError, did_you_mean
from api.questions import Question, span_of
from api.sending import table_answers
from api.table_schema import AggregateDocument
from api.times import ACCEPTED

ROUTER = versioned("observations")

OFFERED = offered()

Properties = Annotated[
    str,
    Query(
        description="An observed property, or a derived one, or several with commas between", examples=["filling_level"]
    ),
]
Things = Annotated[
    str | None, Query(description="Id of a thing, of several with commas between, or of a group", examples=["lot-1"])
]
Step = Annotated[
    Literal["15min", "hour", "day", "week", "month", "quarter", "year"],
    Query(description="The windows. Days and what is made of them begin at local midnight, weeks on Monday"),
]
Functions = Annotated[
    str,
    Query(
        description=f"With commas between: {', '.join(NAMES)}. `count` is always told; `increase` is what a counter "
        "went up, `sum` is of amounts",
        examples=["mean,max"],
    ),
]
GroupBy = Annotated[
    Literal["site", "district", "operator", "city"] | None,
    Query(description="Sum up the things of a group together. Default: each thing for itself"),
]
Zone = Annotated[
    str | None, Query(description="Whose local days. Default: the city's", examples=["Europe/Berlin"], max_length=64)
]


@ROUTER.get(
    "/aggregates",
    summary="Observations summed up by windows",
    response_model=AggregateDocument,
    responses=table_answers(*OFFERED),
)
def aggregates(
    request: Request,
    city: CityNow,
    *,
    property: Properties,  # noqa: A002 - the name that the query shows
    thing: Things = None,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    from_: Annotated[str, Query(alias="from", description=f"First instant: {ACCEPTED}")] = "-7d",
    to: Annotated[str | None, Query(description="End, itself not included. Default: the newest observation")] = None,
    step: Step = "hour",
    zone: Zone = None,
    function: Functions = "mean",
    group: GroupBy = None,
    fields: Fields = None,
    format: TableFormat = None,  # noqa: A002 - the name that the query shows
) -> Response:
    """Give functions of every whole window that the span touches, ordered by property, thing or group, and time.

    Rows that failed their tests or are missing take no part; a window of which nothing is known is left out. A group
    gets the sums, counts, extremes and means of all its members' rows. A ratio is never averaged over members: where
    an indicator says what it is of a group, that is taken, and elsewhere it is refused.
    """
    form = chosen_form(format, request.headers.get("accept"), OFFERED)
    there = _zone(zone) or city.services.zone
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    start, end = span_of(city, streams_of(city, choice, thing, property), from_, to, there)
    asked = Question(
        of="aggregates",
        start=start,
        end=end,
        thing=thing,
        property=property,
        kind=kind,
        domain=domain,
        operator=operator,
        district=district,
        step=step,
        zone=there,
        function=function,
        group=group,
    )
    return export(request, city, asked, (all_forms()[form], names_in("fields", fields)), {})


def _zone(zone: str | None) -> str | None:
    """Raise ProblemError ``bad-value`` for a zone that there is not."""
    if zone is not None and zone not in available_timezones():
        guess = did_you_mean(zone, available_timezones())
        detail = f"There is no time zone {zone[:60]!r}.{guess} Write it as IANA does: Europe/Berlin, or UTC."
        raise ProblemError("bad-value", detail, parameter="zone")
    return zone
