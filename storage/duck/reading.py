"""What the newest rows and the months hold, as one relation: a question sees each row once, also while rows move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.model import TIME, Batch
from storage.duck.month import HOT, hot_within, milliseconds, told, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.duck.month import Month
    from storage.store import Query

EVER = 1 << 62
"""Milliseconds: beyond every instant, forwards and backwards."""
COLUMNS = "datastream, time, result_time, result, quality, revision, coverage, samples"
"""Times in milliseconds since 1970 UTC."""


def limits(query: Query) -> tuple[int, int]:
    """Give the half-open span of a question [ms]."""
    start, end = (
        None if limit is None else int(limit.astype(TIME).astype(np.int64)) for limit in (query.start, query.end)
    )
    return -EVER if start is None else start, EVER if end is None else end


def order(query: Query) -> str:
    """Say in which order a question's rows come, and how many of them."""
    return f"time {'DESC' if query.newest_first else ''} {'' if query.limit is None else f'LIMIT {query.limit:d}'}"


def rows(months: Iterable[Month], start: int = -EVER, end: int = EVER, datastream: int | None = None) -> str:
    """Name the rows in a half-open span [ms], of one datastream or of all."""
    mine = "" if datastream is None else f"datastream = {datastream} AND "
    hot = f"SELECT {HOT} FROM observation WHERE {mine}{hot_within(start, end)}"  # noqa: S608 - own names
    settled = [told(each, within(each, start, end, datastream)) for each in months if each.touches(start, end)]
    return " UNION ALL ".join([hot, *settled])


_HOT_OF_ONE = f"""
SELECT {milliseconds("phenomenon_time")} AS time, {milliseconds("result_time")}, result, quality, revision, coverage,
samples FROM observation WHERE datastream = $1
AND phenomenon_time >= epoch_ms($2)::TIMESTAMP_MS AND phenomenon_time < epoch_ms($3)::TIMESTAMP_MS
"""  # noqa: S608 - own names
FARTHEST = 9_000_000_000_000_000
"""Milliseconds that DuckDB can make an instant of."""


def of_one(months: Iterable[Month], start: int, end: int, datastream: int) -> tuple[str, list[int]]:
    """Ask for the rows of one datastream in a half-open span [ms], in no order: ``COLUMNS`` but the first; parameters.

    The text is short and the same for every datastream: a question of a millisecond is planning for the half of it.
    """
    sql, parameters = [_HOT_OF_ONE], [datastream, max(start, -FARTHEST), min(end, FARTHEST)]
    for month in months:
        if month.touches(start, end):
            begin, place = datastream * month.span - month.start, len(parameters)
            parameters += [begin, max(start, month.start) + begin, min(end, month.end) + begin]
            sql.append(
                f"SELECT tick - ${place + 1}, tick - ${place + 1} + delay, result, quality, (climb - lift)::INTEGER, "  # noqa: S608 - own names
                f"coverage, samples FROM {month.table} WHERE tick >= ${place + 2} AND tick < ${place + 3}"
            )
    return " UNION ALL ".join(sql), parameters


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


def batch_of_one(columns: Sequence[NDArray[Any]], stream: Datastream, *, newest_first: bool) -> Batch:
    """Make what ``of_one`` found a batch in the order of time."""
    order = np.argsort(columns[0], kind="stable")[:: -1 if newest_first else 1]
    found = [column[order] for column in columns]
    return batch([np.zeros(len(order), dtype=np.int32), *found], [stream])


def ordered(columns: Sequence[NDArray[Any]], *, newest_first: bool) -> list[NDArray[Any]]:
    """Put rows of ``COLUMNS`` and ``place`` into the order of place and time, where they are not; without the place."""
    *found, place = columns
    time = -found[1] if newest_first else found[1]
    further = np.diff(place)
    if bool(np.all((further > 0) | ((further == 0) & (np.diff(time) > 0)))):
        return found
    order = np.lexsort((time, place))
    return [column[order] for column in found]
