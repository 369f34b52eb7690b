"""Feeds of open data: one file per standard, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.feed import Feed


@cache
def feeds() -> Mapping[str, Feed]:
    """Give every feed by its name, in alphabetical order."""
    return MappingProxyType({feed.name: feed for feed in declarations(sys.modules[__name__], "FEED")})
