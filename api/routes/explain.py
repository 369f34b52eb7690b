"""Why a number is what it is: its inputs, how long each held, the gaps, what was left out."""

from typing import Annotated

from fastapi import Query

from api.explanation import explanation_document
from api.parameters import CityNow, instant_of, versioned
from api.problem import ProblemError
from api.schema import ExplanationDocument
from api.times import ACCEPTED
from processing.explain import explain as explained
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
    if not all(city.sees(made.datastream) for made in found.inputs):
        raise ProblemError("not-allowed", f"{stream.name!r} is made of what you may not see one by one.")
    return explanation_document(found)
