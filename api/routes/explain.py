"""Why a number is what it is: its inputs, how long each held, the gaps, what was left out."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from api.city import Choice, City
from api.explanation import explanation_document
from api.explanation_schema import ExplanationDocument
from api.parameters import CityNow, instant_of, versioned
from api.problem import ProblemError
from api.times import ACCEPTED
from processing.explain import Explanation
from processing.explain import explain as explained
from processing.formulas import versions_in
from processing.region import Region
from sensors.model import Datastream

ROUTER = versioned("indicators")


@ROUTER.get("/explain", summary="Explain one number")
def explain(
    city: CityNow,
    thing: Annotated[str, Query(description="Id of the thing, or of a group: district:Stadtmitte, city")],
    property: Annotated[str, Query(description="A derived property", examples=["occupancy_hour"])],  # noqa: A002 - the name that the query shows
    at: Annotated[str | None, Query(description=f"An instant in the window: {ACCEPTED}. Default: now")] = None,
) -> ExplanationDocument:
    """Give the inputs, gaps, left out observations and sums of an indicator's result for the window of an instant."""
    services = city.services
    moment, region = instant_of(at, services.zone), Region(services.zone, services.land)
    stream = Datastream(thing, property, derived=True)
    city.refuse_hidden(stream)
    try:
        found = explained(services.store, city.groups(), stream, moment, region)
    except ValueError as unknown:
        raise ProblemError("unknown-property", str(unknown)) from None
    hidden = [made.datastream for made in found.inputs if not city.sees(made.datastream)]
    if hidden:
        raise _kept_back(city, found, hidden)
    return explanation_document(found, versions_in(services.catalogue))


def _kept_back(city: City, found: Explanation, hidden: Sequence[Datastream]) -> ProblemError:
    """Say why a value that is seen is not taken apart, and what may be told of it in numbers all the same."""
    name = f"{found.thing.id}/{found.property}"
    things = {one.thing for one in hidden}
    if not things & {one.thing for one in city.withheld(Choice())}:
        return ProblemError("not-allowed", f"{name!r} is made of what you may not see one by one.")
    members = {made.datastream.thing for made in found.inputs}
    number = found.computed if found.stored is None else found.stored
    detail = (
        f"{name!r} rests on {len(members)} things, of which {len(things)} are households': what one of them uses is "
        f"told of nobody alone, so its inputs are not shown. Its coverage is {number.coverage:.2f}; a household counts "
        f"only beside others, at least {city.services.households} of its kind, district, operator and site."
    )
    return ProblemError(
        "household", detail, households=len(things), members_in_all=len(members), coverage=number.coverage
    )
