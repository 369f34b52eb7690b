"""Which datastreams a question means: of things by their ids, kind, domain, operator, district, and by property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Query

from api.city import demand_property
from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.city import Choice, City
    from sensors.model import Datastream

ALSO = {"property": "observed_property", "observed_property": "property"}
"""What a field is called where it has the other name."""
MOST_NAMES = 100
"""In one list of a query."""

Things = Annotated[
    str | None,
    Query(
        description="Id of a thing, of several with commas between, or of a group: district:Stadtmitte",
        examples=["lot-1"],
    ),
]
Properties = Annotated[
    str | None,
    Query(
        description="An observed property, or a derived one, or several with commas between",
        examples=["occupancy_hour"],
    ),
]


def names_in(parameter: str, said: str | None) -> tuple[str, ...]:
    """Read a list with commas. Raises ProblemError ``bad-value`` for an empty name and for too many."""
    if said is None:
        return ()
    names = tuple(dict.fromkeys(name.strip() for name in said.split(",")))
    if "" in names or len(names) > MOST_NAMES:
        what = "an empty name" if "" in names else f"{len(names)} names, and {MOST_NAMES} may be asked for"
        raise ProblemError("bad-value", f"{parameter!r} has {what}; write a,b,c.", parameter=parameter)
    return names


def streams_of(city: City, choice: Choice, things: str | None, properties: str | None) -> tuple[Datastream, ...]:
    """Give the datastreams that hold observations and are meant, ordered by thing and property.

    Raises ProblemError for a thing or property that is not known, and for a household's thing that is named in vain.
    """
    named = _things(city, things)
    held = city.admitted(choice, city.held().streams)
    wanted = names_in("property", properties)
    for name in set(wanted) - {stream.observed_property for stream in held}:
        demand_property(name)
    of_things = held if named is None else [stream for stream in held if stream.thing in named]
    found = tuple(stream for stream in of_things if not wanted or stream.observed_property in wanted)
    for name in (named or set()) - {stream.thing for stream in found}:
        city.refuse_withheld(name, wanted)
    return found


def known_fields(fields: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """Give fields by the names that they have here; JSON and tables have two words for one of them, and take both.

    Raises ProblemError ``bad-value`` for a field that there is not.
    """
    found = tuple(name if name in known else ALSO.get(name, name) for name in fields)
    for name in found:
        if name not in known:
            detail = f"There is no field {name[:60]!r}. There are {', '.join(known)}."
            raise ProblemError("bad-value", detail, parameter="fields")
    return tuple(dict.fromkeys(found))


def _things(city: City, said: str | None) -> set[str] | None:
    """Read one id, or several with commas; a thing whose id has a comma in it can be named alone."""
    if said is None:
        return None
    if said in city.estate().things:
        return {said}
    names = names_in("thing", said)
    for name in names:
        city.streams_of(name)
    return set(names)
