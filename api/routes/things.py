"""Things: the assets of the city that are observed."""

from operator import attrgetter
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.choosing import known_fields, names_in
from api.documents import thing_document
from api.form import JSON, all_forms, chosen_form, offered
from api.paging import cut, link
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
from api.schema import ThingDocument, ThingPage
from api.selecting import refuse_pages, selected
from api.sending import table_answers, whole
from api.table_schema import SelectedThings
from api.tending import shown_thing
from api.thing_table import thing_table

ROUTER = versioned("things")

OFFERED = offered()
DEFAULT_THINGS = 500


@ROUTER.get(
    "/things",
    summary="List things",
    response_model=ThingPage | SelectedThings,
    responses=table_answers(*OFFERED),
)
def things(
    request: Request,
    city: CityNow,
    *,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    limit: Annotated[
        int | None, Query(ge=1, le=5000, description=f"Things per page of JSON. Default: {DEFAULT_THINGS}")
    ] = None,
    fields: Fields = None,
    format: TableFormat = None,  # noqa: A002 - the name that the query shows
    cursor: Cursor = None,
) -> Response:
    """List things in the order of their ids, chosen by any of kind, domain, operator and district."""
    form = chosen_form(format, request.headers.get("accept"), OFFERED)
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    estate = city.estate()
    chosen, shown = estate.chosen(choice), names_in("fields", fields)
    if form == JSON:
        page, following = cut(chosen, attrgetter("id"), cursor, limit or DEFAULT_THINGS)
        documents = [thing_document(thing) for thing in page]
        return selected("things", documents, ThingDocument, shown, link(request, following))
    refuse_pages(form, limit, cursor)
    table = thing_table(chosen, estate.version)
    shown = known_fields(shown, table.schema.names)
    return whole(table.showing(shown), all_forms()[form], "things")


@ROUTER.get("/things/{id:path}", summary="Show one thing", response_model=ThingDocument)
def thing(city: CityNow, id: str) -> Response:  # noqa: A002 - the name that the path shows
    """Show one thing by its id. Its `ETag` is what a change of it names in `If-Match`."""
    return shown_thing(city.thing(id))
