"""Books every received message under exactly one heading: stored, superseded, duplicate, quarantined or empty."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from storage.catalogue import Counts
from storage.store import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Heading(IntEnum):
    """What became of a message; of the outcomes of its observations the lowest heading counts."""

    STORED = 0
    """At least one observation was new."""
    SUPERSEDED = 1
    """Nothing was new, and at least one observation met another result for the same time."""
    DUPLICATE = 2
    """Everything it says was known."""
    QUARANTINED = 3
    EMPTY = 4
    """Read, of a known device, and without any observation."""


_HEADING_OF_OUTCOME = np.zeros(len(Outcome), dtype=np.uint8)
_HEADING_OF_OUTCOME[Outcome.STORED] = Heading.STORED
_HEADING_OF_OUTCOME[Outcome.SUPERSEDED] = Heading.SUPERSEDED
_HEADING_OF_OUTCOME[Outcome.DUPLICATE] = Heading.DUPLICATE
_HEADING_OF_OUTCOME[Outcome.REFUSED] = Heading.QUARANTINED


def book(
    messages: int,
    message: NDArray[np.int32],
    outcome: NDArray[np.uint8],
    quarantined: Iterable[int],
) -> NDArray[np.uint8]:
    """Give each of n messages its heading.

    ``message`` and ``outcome`` have one entry per written row; ``quarantined`` are indexes of rejected messages.
    A message that is in neither is EMPTY. [Heading], shape (messages,)
    """
    heading = np.full(messages, Heading.EMPTY, dtype=np.uint8)
    heading[list(quarantined)] = Heading.QUARANTINED
    np.minimum.at(heading, message, _HEADING_OF_OUTCOME[outcome])
    return heading


def counts(heading: NDArray[np.uint8]) -> Counts:
    """Add up headings."""
    tally = np.bincount(heading, minlength=len(Heading))
    return Counts(
        received=len(heading),
        stored=int(tally[Heading.STORED]),
        duplicate=int(tally[Heading.DUPLICATE]),
        superseded=int(tally[Heading.SUPERSEDED]),
        quarantined=int(tally[Heading.QUARANTINED]),
        empty=int(tally[Heading.EMPTY]),
    )
