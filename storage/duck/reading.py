"""What the newest rows and the months hold, as one relation: a question sees each row once, also while rows move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensors.model import TIME, Batch
from storage.duck.month import HOT, hot_within, told, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.duck.month import Month

EVER = 1 << 62
"""Milliseconds: beyond every instant, forwards and backwards."""
COLUMNS = "datastream, time, result_time, result, quality, revision, coverage, samples"
"""Times in milliseconds since 1970 UTC."""


def rows(months: Iterable[Month], start: int = -EVER, end: int = EVER, datastream: int | None = None) -> str:
    """Name the rows in a half-open span [ms], of one datastream or of all."""
    mine = "" if datastream is None else f"datastream = {datastream} AND "
    hot = f"SELECT {HOT} FROM observation WHERE {mine}{hot_within(start, end)}"  # noqa: S608 - own names
    settled = [told(each, within(each, start, end, datastream)) for each in months if each.touches(start, end)]
    return " UNION ALL ".join([hot, *settled])


def batch(columns: Sequence[NDArray[Any]], datastreams: Sequence[Datastream]) -> Batch:
    """Make rows of ``COLUMNS`` a batch."""
    datastream, time, result_time, result, quality, revision, coverage, samples = columns
    return Batch.of(
        datastreams,
        datastream,
        time.view(TIME),
        result,
        result_time=result_time.view(TIME),
        quality=quality,
        revision=revision,
        coverage=coverage,
        samples=samples,
    )
