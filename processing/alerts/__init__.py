"""One file per alert rule, found by discovery; a city's own come from its folder and its catalogue."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processing.alert import AlertRule

_OWN: dict[str, AlertRule] = {}


@cache
def shipped() -> Mapping[str, AlertRule]:
    """Give the rules that come with Smile City by their names, in alphabetical order."""
    return MappingProxyType({rule.name: rule for rule in declarations(sys.modules[__name__], "RULE")})


def rules() -> Mapping[str, AlertRule]:
    """Give every rule by its name: those that come with Smile City, and those that the city's folder declares."""
    return MappingProxyType({**shipped(), **_OWN})


def know(own: Iterable[AlertRule]) -> None:
    """Know a city's own rules from now on, in place of those known before; one of a shipped name takes its place.

    Raises ValueError when two of them share a name.
    """
    found: dict[str, AlertRule] = {}
    for rule in own:
        if found.setdefault(rule.name, rule) is not rule:
            raise ValueError(f"two files declare the alert rule '{rule.name}': a name is given once")
    _OWN.clear()
    _OWN.update(found)
