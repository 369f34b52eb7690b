"""What the platform says of itself, looked at by rules like a sensor's observations: its ledger, source by source."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from processing.rows import Rows
from sensors.model import ObservedProperty, SeriesKind, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.catalogue import LedgerEntry

SOURCE = "source"
"""The kind of thing that a broker connection is to a rule."""
PREFIX = "source:"

DIFFERENCE = ObservedProperty(
    name="ledger_difference",
    title="Messages that stand under no heading",
    title_de="Nachrichten unter keiner Überschrift",
    unit="{message}",
    series=SeriesKind.STATE,
    description="Messages received less those stored, quarantined and so on, of a source: 0, or something was lost.",
    source="The ledger balances: the platform's second promise",
    max_hold=timedelta(days=1),
)
RECEIVED = ObservedProperty(
    name="messages_received",
    title="Messages received",
    title_de="Empfangene Nachrichten",
    unit="{message}",
    series=SeriesKind.COUNTER,
    description="Messages that a source has delivered, ever; told whenever some were booked.",
    source="The ledger",
    max_hold=timedelta(days=1),
)


@cache
def properties_of_books() -> Mapping[str, ObservedProperty]:
    """Give what can be looked at, by name."""
    return MappingProxyType({one.name: one for one in (DIFFERENCE, RECEIVED)})


def sources(ledger: Iterable[LedgerEntry]) -> tuple[Thing, ...]:
    """Give the sources that stand in the books as things, ordered by name."""
    names = sorted({entry.source for entry in ledger})
    return tuple(Thing(id=f"{PREFIX}{name}", name=name, kind=SOURCE, longitude=0.0, latitude=0.0) for name in names)


def rows_of_books(name: str, place: Mapping[str, int], ledger: Iterable[LedgerEntry]) -> Rows:
    """Give what the books say now of the sources that have a place, summed up over workers."""
    found: dict[int, tuple[int, int]] = {}
    for entry in ledger:
        series = place.get(f"{PREFIX}{entry.source}")
        if series is not None:
            value = entry.counts.difference if name == DIFFERENCE.name else entry.counts.received
            time, known = found.get(series, (0, 0))
            found[series] = max(time, round(entry.updated.timestamp() * 1000)), known + value
    times = np.array([time for time, _ in found.values()], dtype=np.int64)
    values = np.array([value for _, value in found.values()], dtype=np.float64)
    return Rows.of(len(place), np.array(list(found), dtype=np.int64), times.view("datetime64[ms]"), values)
