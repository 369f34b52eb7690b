"""How each kind of asset is observed: one file per kind, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.model import ObservedProperty, SensorKind


@cache
def kinds() -> Mapping[str, SensorKind]:
    """Give every kind by its name, in alphabetical order."""
    found = declarations(sys.modules[__name__], "KIND")
    return MappingProxyType({kind.name: kind for kind in found})


@cache
def properties() -> Mapping[str, ObservedProperty]:
    """Give every observed property of every kind by its name.

    Raises ValueError when two kinds mean different things by one name.
    """
    known: dict[str, ObservedProperty] = {}
    for kind in kinds().values():
        for prop in kind.properties:
            if known.setdefault(prop.name, prop) != prop:
                raise ValueError(f"kind '{kind.name}' means something else by '{prop.name}' than a kind before it")
    return MappingProxyType(known)
