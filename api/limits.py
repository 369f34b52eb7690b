"""How much one question may ask for, and how many exports run at once."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from api.problem import ProblemError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator allows; ``smilecity.settings`` says how it is set."""

    rows: int = 50_000_000
    """Of one export."""
    cells: int = 5_000_000
    """Datastreams or groups, times windows, of one question for aggregates."""
    days: int = 3660
    """That one export or question for aggregates reaches over."""
    exports: int = 2
    """Of observations, at once."""
    aggregates: int = 8
    """Questions for aggregates at once."""

    def demand_span(self, start: np.datetime64, end: np.datetime64) -> None:
        """Raise ProblemError ``span-too-long`` for a span of more days than are allowed."""
        days = (end - start) / np.timedelta64(1, "D")
        if days > self.days:
            detail = (
                f"The span has {days:,.0f} days, and one question may have {self.days:,}. Ask for a part at a time."
            )
            raise ProblemError("span-too-long", detail, days=self.days)

    def demand_rows(self, rows: int) -> None:
        """Raise ProblemError ``too-many-rows`` for an export that is larger than allowed."""
        if rows > self.rows:
            detail = (
                f"About {rows:,} rows match, and one export has {self.rows:,} at most. Choose fewer things or "
                "properties, or a shorter span."
            )
            raise ProblemError("too-many-rows", detail, rows=rows, most=self.rows)

    def demand_cells(self, series: int, windows: int) -> None:
        """Raise ProblemError ``too-many-cells`` for more windows of more datastreams than are worked on at once."""
        if series * windows > self.cells:
            detail = (
                f"{series:,} datastreams or groups by {windows:,} windows are {series * windows:,}, and one question "
                f"may have {self.cells:,}. Take a longer step, a shorter span, or fewer things."
            )
            raise ProblemError("too-many-cells", detail, most=self.cells)


class Exports:
    """The exports under way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = 0
        self._lock = Lock()

    def begin(self, *, public: bool = False) -> Place:
        """Take a place. Raises ProblemError ``too-many-exports`` where there is none.

        The last place, where there are several, is not for the public: who shows a key never waits for all the world.
        """
        with self._lock:
            if self._running >= max(1, self._most - public):
                detail = f"{self._running} exports are under way, as many as may be at once; ask again in 10 s."
                raise ProblemError("too-many-exports", detail, headers={"retry-after": "10"})
            self._running += 1
        return Place(self)

    def end(self) -> None:
        """Let go of a place."""
        with self._lock:
            self._running -= 1


class Place:
    """The place of one export, let go of once however often that is said."""

    def __init__(self, exports: Exports) -> None:
        self._exports: Exports | None = exports

    def leave(self) -> None:
        """Let go of it."""
        exports, self._exports = self._exports, None
        if exports is not None:
            exports.end()
