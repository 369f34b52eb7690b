"""What one product's uplink fields mean: one file per product, found by discovery, and a city's own models."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sensors.device import DeviceModel


_own: dict[str, DeviceModel] = {}


@cache
def products() -> Mapping[str, DeviceModel]:
    """Give every device model of this package by its name, in alphabetical order."""
    found = declarations(sys.modules[__name__], "MODEL")
    return MappingProxyType({model.name: model for model in found})


@cache
def models() -> Mapping[str, DeviceModel]:
    """Give every device model that is known by its name: those of this package, then the city's own."""
    return MappingProxyType({**products(), **_own})


def know(own: Iterable[DeviceModel]) -> None:
    """Know a city's own models, in place of those known before; ``sensors.own_models`` makes and checks them."""
    _own.clear()
    _own.update({model.name: model for model in own})
    models.cache_clear()
