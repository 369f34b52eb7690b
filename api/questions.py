"""Questions that are answered whole: said in full, as a table, and by an id under which they can be asked again."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from api.aggregating import Asked, aggregate_table, functions_in, refuse_senseless
from api.choosing import names_in, streams_of
from api.grouping import each, grouped, own, refuse_means
from api.observation_table import Wanted, observation_table
from api.times import read_span
from processing.calendar import edges
from processing.formulas import versions_in
from sensors.model import TIME
from storage.windows import Function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.city import Choice, City
    from api.grouping import Series
    from api.table import Table
    from sensors.model import Datastream

PATH = "/v1/queries"


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was asked, without anything that depends on when: the span as instants, the zone by its name."""

    of: Literal["observations", "aggregates"]
    start: int
    """Milliseconds since 1970 UTC; so is the end, itself not included."""
    end: int
    thing: str | None = None
    property: str | None = None
    kind: str | None = None
    domain: str | None = None
    operator: str | None = None
    district: str | None = None
    step: str = ""
    """Of aggregates, and so are the following."""
    zone: str = ""
    function: str = ""
    group: str | None = None

    def told(self) -> dict[str, Any]:
        """Say it as JSON."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        return said

    def id(self, asked: int) -> str:
        """Name the question as it was asked at an instant, milliseconds since 1970 UTC."""
        said = msgspec.json.encode([self.told(), asked], order="sorted")
        return b32encode(sha256(said).digest())[:20].decode().lower()

    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the span as instants."""
        return np.datetime64(self.start, "ms"), np.datetime64(self.end, "ms")


def table_of(city: City, asked: Question, name: str, pin: int | None = None) -> Table:
    """Answer a question, which has a name, as far as its answer was known at an instant, or with all that is known.

    Raises ProblemError for what is too much.
    """
    choice = city.choose(kind=asked.kind, domain=asked.domain, operator=asked.operator, district=asked.district)
    said = {"query": f"{PATH}/{name}"}
    streams = _streams(city, choice, asked)
    if asked.of == "aggregates":
        windows = _windows(city, choice, streams, asked)
        table = aggregate_table(windows, city.estate().things, said)
        return replace(table, further=_left_out(city, choice, windows.series, asked))
    known = None if pin is None else np.datetime64(pin, "ms")
    wanted = Wanted(city.services.store, streams, *asked.span(), pin=known)
    _demand_bounded(city, wanted)
    return observation_table(wanted, city.estate().things, said, partial(versions_in, city.services.catalogue))


def _streams(city: City, choice: Choice, asked: Question) -> tuple[Datastream, ...]:
    if asked.of == "observations" and asked.thing and asked.property and is_one(city, asked.thing, asked.property):
        return (city.stream(asked.thing, asked.property),)
    return streams_of(city, choice, asked.thing, asked.property)


def span_of(
    city: City, streams: Sequence[Datastream], start: str | None, end: str | None, zone: str
) -> tuple[int, int]:
    """Read the span of a question as instants [ms since 1970 UTC], counted back from the newest of its observations."""
    last = city.services.store.spans(streams).last if streams else np.empty(0, TIME)
    span = read_span(start, end, newest=last.max() if len(last) else None, zone=zone)
    first, behind = (int(instant.astype(TIME).astype(np.int64)) for instant in span)
    return first, behind


def is_one(city: City, thing: str, observed: str) -> bool:
    """Tell whether a thing and a property name one datastream."""
    return "," not in observed and ("," not in thing or thing in city.estate().things)


def _demand_bounded(city: City, wanted: Wanted) -> None:
    """Raise ProblemError where one export may not have so much; a span counts as far as there is something."""
    held, limits = wanted.held, city.services.limits
    if len(held.datastreams):
        limits.demand_span(held.first.min(), held.last.max())
    limits.demand_rows(int(np.sum(held.count)))


def _windows(city: City, choice: Choice, streams: Sequence[Datastream], asked: Question) -> Asked:
    cut = edges(asked.step, *asked.span(), asked.zone)
    functions = functions_in(names_in("function", asked.function))
    series = _series(city, choice, streams, functions, asked)
    city.services.limits.demand_span(cut[0], cut[-1])
    city.services.limits.demand_cells(len(series), len(cut) - 1)
    return Asked(city.services.store, cut, functions, series)


def _left_out(city: City, choice: Choice, series: Sequence[tuple[str, Series]], asked: Question) -> dict[str, int]:
    """Count the things that belong to what is summed up and take no part: households', for who may know of them."""
    if not asked.group:
        return {}
    wanted, named = names_in("property", asked.property), names_in("thing", asked.thing)
    whole = {observed for observed, one in series if one.streams[0].thing == one.name}
    left = {
        one.thing
        for one in city.withheld(choice)
        if one.observed_property in wanted and one.observed_property not in whole and (not named or one.thing in named)
    }
    return {"left_out": len(left)} if left else {}


def _series(
    city: City, choice: Choice, streams: Sequence[Datastream], functions: tuple[str, ...], asked: Question
) -> list[tuple[str, Series]]:
    """Tell what is summed up together, property by property."""
    by_property: dict[str, list[Datastream]] = {}
    for stream in streams:
        by_property.setdefault(stream.observed_property, []).append(stream)
    wanted = names_in("property", asked.property) if asked.group else ()
    found: list[tuple[str, Series]] = []
    for observed in sorted({*by_property, *wanted}):
        refuse_senseless(observed, functions)
        mine = by_property.get(observed, [])
        groups = _groups(city, choice, (observed, mine), functions, asked) if asked.group else each(mine)
        found += [(observed, one) for one in groups]
    return found


def _groups(
    city: City,
    choice: Choice,
    members: tuple[str, Sequence[Datastream]],
    functions: tuple[str, ...],
    asked: Question,
) -> tuple[Series, ...]:
    """Take the groups' own values where no part of the members was chosen, and else sum the members up."""
    observed, streams = members
    themselves = _themselves(city, choice, observed, asked)
    if themselves or not streams:
        return themselves
    refuse_means(observed, [Function(name) for name in functions if name in set(Function)])
    return grouped(streams, city.estate().things.values(), asked.group or "")


def _themselves(city: City, choice: Choice, observed: str, asked: Question) -> tuple[Series, ...]:
    """Give the values of groups' own: of all of them, or of the district or operator that was chosen as a whole."""
    by = asked.group or ""
    only = {"district": choice.district, "operator": choice.operator}.get(by)
    others = replace(choice, district=None) if by == "district" else choice
    others = replace(others, operator=None) if by == "operator" else others
    if asked.thing is not None or not others.everything:
        return ()
    every = own(city.held().streams, observed, by)
    return tuple(one for one in every if only is None or one.name == f"{by}:{only}")
