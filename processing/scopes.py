"""Groups of things that have values of their own: a site, a fraction of waste, a district, an operator, the city."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Members
from sensors.groups import CITY, DISTRICT, FRACTION, OPERATOR, SITE, named
from sensors.model import Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SITES = ("parking_lot", "container_site")
"""Properties in which a thing says at which site it stands."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A group, as a thing that results can be of."""

    thing: Thing
    members: tuple[str, ...]
    """Ids of its things."""


def scopes(things: Iterable[Thing]) -> tuple[Scope, ...]:
    """Sort things into their groups.

    ``site:<id>``, of containers ``site:<id>:<fraction>`` and ``fraction:<name>`` too, ``district:<name>``,
    ``operator:<name>`` and ``city``. Where the car park or the site that a thing names is among the things itself, it
    speaks for all that belongs to it: that thing is a member of the site alone, and nowhere counted beside it.
    """
    every = tuple(things)
    whole = {thing.id for thing in every}
    found: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for thing in every:
        sites = _sites(thing)
        wide: Iterable[tuple[str, str]] = () if whole & set(sites) else _wide(thing)
        for scope in (*wide, *_at(sites, thing)):
            found[scope].append(thing)
    return tuple(_scope(kind, name, members) for (kind, name), members in sorted(found.items()))


def names_of(thing: Thing) -> tuple[str, ...]:
    """Name the groups that a thing belongs to, as their ids."""
    return tuple(named(kind, name) for kind, name in (*_wide(thing), *_at(_sites(thing), thing)))


def _sites(thing: Thing) -> tuple[str, ...]:
    """Name the sites at which a thing says that it stands."""
    told = (thing.properties.get(name) for name in _SITES)
    return tuple(site for site in told if isinstance(site, str))


def _wide(thing: Thing) -> Iterator[tuple[str, str]]:
    yield CITY, ""
    yield from ((kind, name) for kind, name in ((DISTRICT, thing.district), (OPERATOR, thing.operator)) if name)
    fraction = thing.properties.get("fraction")
    if isinstance(fraction, str):
        yield FRACTION, fraction


def _at(sites: Iterable[str], thing: Thing) -> Iterator[tuple[str, str]]:
    fraction = thing.properties.get("fraction")
    for site in sites:
        yield SITE, site
        if isinstance(fraction, str):
            yield SITE, f"{site}:{fraction}"


def _scope(kind: str, name: str, members: Sequence[Thing]) -> Scope:
    """Describe a group: in the middle of its things, of their operator where they have one, public where all are."""
    operators = {thing.operator for thing in members}
    thing = Thing(
        id=named(kind, name),
        name=name or kind,
        kind=kind,
        longitude=fmean(thing.longitude for thing in members),
        latitude=fmean(thing.latitude for thing in members),
        operator=operators.pop() if len(operators) == 1 else "",
        district=name if kind == DISTRICT else "",
        public=all(thing.public for thing in members),
    )
    return Scope(thing, tuple(member.id for member in members))


def members_of(groups: Sequence[Scope], things: Sequence[Thing]) -> Members:
    """Pair things with the groups that they belong to; groups keep their order."""
    place = {thing.id: number for number, thing in enumerate(things)}
    pairs = [
        (group, place[member]) for group, scope in enumerate(groups) for member in scope.members if member in place
    ]
    group, thing = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Members(thing, group, len(groups))
