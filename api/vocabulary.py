"""The declared words of the city, looked up by name: kinds, observed properties, and the indicators made of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from processing.indicators import derived_properties, with_forecasts
from sensors.kinds import kinds, properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.model import ObservedProperty


@cache
def all_properties() -> Mapping[str, ObservedProperty]:
    """Give every observed property by name: what sensors say, and what indicators derive."""
    return {**properties(), **derived_properties()}


@cache
def domains() -> frozenset[str]:
    """Name the domains that kinds belong to."""
    return frozenset(kind.domain for kind in kinds().values())


def domain_of(kind: str) -> str:
    """Give the domain of a kind; nothing for a kind that is no longer declared."""
    return kinds()[kind].domain if kind in kinds() else ""


def unit_of(name: str) -> str:
    """Give the UCUM unit of a property; nothing for a property that is no longer declared."""
    return all_properties()[name].unit if name in all_properties() else ""


@cache
def properties_of(kind: str) -> tuple[str, ...]:
    """Name what is observed of a kind of thing, and then what indicators derive from it."""
    observed = [declared.name for declared in kinds()[kind].properties] if kind in kinds() else []
    return (*observed, *_derived_of(kind))


def _derived_of(kind: str) -> list[str]:
    of_kind = [indicator for indicator in with_forecasts() if kind in indicator.kinds]
    return [declared.name for indicator in of_kind for declared in indicator.observed_properties()]
