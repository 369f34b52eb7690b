"""Which of many lines the server will never take: found by halving, for no version names them all.

InfluxDB 2.x answers 422 and keeps the others of a request where a field has another type in the server, or a time lies
beyond the retention; it answers 400 and keeps none where it cannot read a line (1.x keeps the others). A line that was
kept may be sent again: it is the same point.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

AT_ONCE = 20_000
"""Lines in one request: some two megabytes."""
MOST = 2_000
"""Refusals of one commit that are looked into."""


class LinesRefusedError(Exception):
    """The server would not have some lines of a request, or none of them."""

    @property
    def dropped(self) -> int | None:
        """How many lines the server says that it dropped; None where it does not say so."""
        counts = re.findall(r"(?<!\\)dropped=(\d{1,9})\b", str(self)) if "partial write" in str(self) else []
        return int(counts[-1]) if counts else None


def send_all(send: Callable[[bytes], None], written: Callable[[NDArray[np.intp]], bytes], count: int) -> dict[int, str]:
    """Send lines, written by their numbers; gives the numbers of those refused, with the server's reasons."""
    waiting = [np.arange(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE)]
    refused: dict[int, str] = {}
    refusals = 0
    while waiting:
        some = waiting.pop()
        try:
            send(written(some))
        except LinesRefusedError as error:
            refusals += 1
            if len(some) == 1 or error.dropped == len(some):
                refused |= dict.fromkeys(some.tolist(), f"InfluxDB will not have the row: {error}")
            elif refusals > MOST:
                raise StoreBusyError(f"InfluxDB refuses rows in too many places, such as: {error}", 10.0) from None
            else:
                waiting += np.array_split(some, 2)
    return refused
