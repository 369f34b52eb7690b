"""One file per board, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.board import Board


@cache
def boards() -> Mapping[str, Board]:
    """Give every board by its name, in the alphabetical order of their files."""
    return MappingProxyType({board.name: board for board in declarations(sys.modules[__name__], "BOARD")})
