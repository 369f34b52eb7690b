"""Groups of datastreams: whose rows are summed up together, and where a group has values of its own.

A mean over members of what is a part of something would be a mean of ratios. Where indicators say what such a number is
of a group, as sum by sum, that is taken; elsewhere it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.problem import ProblemError
from api.vocabulary import unit_of
from processing.scopes import scopes
from sensors.groups import CITY
from storage.windows import Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sensors.model import Datastream, Thing

BY = ("site", "district", "operator", "city")
RATIOS = ("%", "1", "")
MEANS = (Function.MEAN, Function.TIME_WEIGHTED_MEAN)
ENDS = (Function.FIRST, Function.LAST)


@dataclass(frozen=True, slots=True)
class Series:
    """What one line of windows is of: a datastream, or the members of a group."""

    name: str
    """Of the thing or the group."""
    streams: tuple[Datastream, ...]


def each(streams: Sequence[Datastream]) -> tuple[Series, ...]:
    """Take every datastream for itself."""
    return tuple(Series(stream.thing, (stream,)) for stream in streams)


def grouped(streams: Sequence[Datastream], things: Iterable[Thing], by: str) -> tuple[Series, ...]:
    """Sort datastreams of one property by the groups of their things; those of no group are left out."""
    name_of = _names(things, by)
    found: dict[str, list[Datastream]] = {}
    for stream in streams:
        if stream.thing in name_of:
            found.setdefault(name_of[stream.thing], []).append(stream)
    return tuple(Series(name, tuple(found[name])) for name in sorted(found))


def own(held: Iterable[Datastream], observed: str, by: str) -> tuple[Series, ...]:
    """Give the values that groups have themselves of a property."""
    mine = (stream for stream in held if stream.observed_property == observed and stream.derived)
    return each([stream for stream in mine if stream.thing == by == CITY or stream.thing.startswith(f"{by}:")])


def _names(things: Iterable[Thing], by: str) -> Mapping[str, str]:
    """Name the group of each thing: the first one, for a site comes before its fractions."""
    found: dict[str, str] = {}
    for scope in scopes(things):
        if scope.thing.kind == by:
            for member in scope.members:
                found.setdefault(member, scope.thing.id)
    return found


def refuse_means(observed: str, functions: Iterable[Function]) -> None:
    """Raise ProblemError ``mean-of-ratios``, or ``bad-value``, for what cannot be said of members together."""
    for function in functions:
        if function in ENDS:
            detail = f"A group has no {function}: its members speak at different times. Ask for each thing."
            raise ProblemError("bad-value", detail, parameter="function")
        if function in MEANS and _is_ratio(observed):
            raise ProblemError("mean-of-ratios", _instead(observed))


def _is_ratio(observed: str) -> bool:
    unit = unit_of(observed)
    return unit in RATIOS or "/" in unit


def _instead(observed: str) -> str:
    return (
        f"A mean of {observed!r} [{unit_of(observed)}] over the members of a group would be a mean of ratios, which is "
        "no ratio of the group. Ask for a derived property whose indicator says what it is of groups (/v1/indicators), "
        "without choosing among members, for count, min or max, or for each thing."
    )
