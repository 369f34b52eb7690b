"""What one product's uplink fields mean: one file per product, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.device import DeviceModel


@cache
def models() -> Mapping[str, DeviceModel]:
    """Give every device model by its name, in alphabetical order."""
    found = declarations(sys.modules[__name__], "MODEL")
    return MappingProxyType({model.name: model for model in found})
