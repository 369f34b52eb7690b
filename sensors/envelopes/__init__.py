"""How each network wraps an uplink: one file per envelope, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.envelope import Envelope


@cache
def envelopes() -> Mapping[str, Envelope]:
    """Give every envelope by its name, in alphabetical order."""
    found = declarations(sys.modules[__name__], "ENVELOPE")
    return MappingProxyType({envelope.name: envelope for envelope in found})
