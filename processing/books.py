"""What the books say of the messages' quality: how many of a thousand were told twice, corrected, or not to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from storage.catalogue import Counts


class Rates(NamedTuple):
    """Of a thousand messages received."""

    duplicates: float
    corrections: float
    unreadable: float


def per_thousand(counts: Counts) -> Rates | None:
    """Give the rates of a ledger, None where nothing was received."""
    if counts.received <= 0:
        return None
    of = 1000 / counts.received
    return Rates(counts.duplicate * of, counts.superseded * of, counts.quarantined * of)
