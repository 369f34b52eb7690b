"""One version for several stores, each of which counts its own.

Nodes show what others have committed at their own pace, so no number of theirs says how far a reader has come on each.
This process remembers for what each version that it gave stands. One that it does not know, of an earlier or another
process, is a clock: what was committed since a minute before is told again, for too often is harmless and never is not.
"""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING

from storage.journal import OVERLAP

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = 4096
"""The last digits of a version are a checksum of the nodes' versions, so that two processes hardly ever mean different
things by one number. JavaScript, which the page speaks, has such numbers exactly until the year 2039."""
_REMEMBERED = 10_000


class Positions:
    """Versions that were given, and the nodes' versions each stands for; safe to use from several threads."""

    def __init__(self, nodes: tuple[int, ...]) -> None:
        self._lock = threading.Lock()
        self._nodes, self._clock = nodes, max(nodes)
        self._given = {self._version(): nodes}

    def _version(self) -> int:
        return self._clock * _DIGITS + zlib.crc32(repr(self._nodes).encode()) % _DIGITS if any(self._nodes) else 0

    def reached(self, nodes: tuple[int, ...]) -> int:
        """Give the version for a reader that has been told all that nodes had heard of at their versions."""
        with self._lock:
            return self._reached(nodes)

    def further(self, nodes: Mapping[int, int]) -> int:
        """Give the version after a write to some nodes."""
        with self._lock:
            return self._reached(tuple(max(held, nodes.get(place, 0)) for place, held in enumerate(self._nodes)))

    def _reached(self, nodes: tuple[int, ...]) -> int:
        if nodes != self._nodes:
            self._nodes, self._clock = nodes, max(self._clock + 1, *nodes)
            self._given[self._version()] = nodes
            while len(self._given) > _REMEMBERED:
                del self._given[next(iter(self._given))]
        return self._version()

    def resumed(self, version: int) -> int:
        """Give the version after which to follow on where another process noted one; see ``Store.resumed``."""
        return max(version - OVERLAP * _DIGITS, min(version, 1))

    def of(self, version: int) -> tuple[int, ...]:
        """Give the nodes' versions to ask after."""
        with self._lock:
            unknown = max(0, version // _DIGITS - OVERLAP)
            return self._given.get(version, (unknown,) * len(self._nodes))
