"""Things: the assets of the city that are observed."""

from operator import attrgetter
from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from api.documents import thing_document
from api.paging import cut, link
from api.parameters import CityNow, Cursor, DistrictName, DomainName, KindName, OperatorName, versioned
from api.schema import ThingDocument, ThingPage

ROUTER = versioned("things")


@ROUTER.get("/things", summary="List things")
def things(
    request: Request,
    city: CityNow,
    *,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Things per page")] = 500,
    cursor: Cursor = None,
) -> ThingPage:
    """List things in the order of their ids, chosen by any of kind, domain, operator and district."""
    choice = city.choose(kind=kind, domain=domain, operator=operator, district=district)
    page, following = cut(city.estate().chosen(choice), attrgetter("id"), cursor, limit)
    return ThingPage(things=[thing_document(thing) for thing in page], next=link(request, following))


@ROUTER.get("/things/{id:path}", summary="Show one thing")
def thing(city: CityNow, id: str) -> ThingDocument:  # noqa: A002 - the name that the path shows
    """Show one thing by its id."""
    return thing_document(city.thing(id))
