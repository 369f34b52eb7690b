"""What pandas and DuckDB make of a month of a city: plain means of quarter hours, and means weighted by time in SQL."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from tests.benchmarks.month import END, MINUTE, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

QUARTER = 15 * MINUTE


@dataclass(frozen=True)
class Columns:
    """The same rows for the peers: series, time, value."""

    series: NDArray[np.int32]
    time: NDArray[np.datetime64]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, series: Sequence[Series]) -> Columns:
        codes = np.cumsum([0, *(len(one.things) for one in series)])
        return cls(
            np.concatenate([one.batch.datastream + np.int32(code) for one, code in zip(series, codes, strict=False)]),
            np.concatenate([one.batch.phenomenon_time for one in series]),
            np.concatenate([one.batch.result for one in series]),
        )


def grouped(of: Columns) -> pd.Series:
    """Take the plain mean of what lies in each quarter hour: the fastest way in pandas that we found.

    Quarter hours without a row are not among them.
    """
    frame = pd.DataFrame({"series": of.series, "window": of.time, "value": of.value}, copy=False)
    frame["window"] = frame["window"].dt.floor("15min")
    return frame.groupby(["series", "window"])["value"].mean()


def by_grouper(of: Columns) -> pd.Series:
    """Take the plain mean by groups of series and window, as pandas' ``Grouper`` makes them."""
    frame = pd.DataFrame({"series": of.series, "time": of.time, "value": of.value}, copy=False)
    return frame.groupby(["series", pd.Grouper(key="time", freq="15min")])["value"].mean()


def resampled(of: Columns) -> pd.Series:
    """Take the plain mean the way that the documentation of pandas shows: of every quarter hour, NaN without a row."""
    frame = pd.DataFrame({"series": of.series, "time": of.time, "value": of.value}).set_index("time")
    return frame.groupby("series")["value"].resample("15min").mean()


WEIGHTED = f"""
WITH span AS (
    SELECT series, time, value, least(time + {{hold}},
    coalesce(lead(time) OVER (PARTITION BY series ORDER BY time), {END.astype(np.int64)})) AS until FROM month),
cell AS (
    SELECT series, value, time, until,
    unnest(range(time // {QUARTER}, (least(until, {END.astype(np.int64)}) - 1) // {QUARTER} + 1)) AS quarter
    FROM span WHERE until > time),
part AS (
    SELECT series, quarter, value,
    least(until, (quarter + 1) * {QUARTER}) - greatest(time, quarter * {QUARTER}) AS known FROM cell)
SELECT series, quarter, sum(value * known) / sum(known) AS mean, sum(known) / {QUARTER} AS coverage
FROM part GROUP BY series, quarter
"""  # noqa: S608 - own numbers


def weighted(of: Columns, hold: int) -> tuple[float, dict[str, NDArray[Any]]]:
    """Weigh by time in SQL, with coverage and a greatest hold [ms]; gives the seconds, and the result."""
    table = pa.table({"series": of.series, "time": of.time.view(np.int64), "value": of.value})
    with duckdb.connect() as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE month AS SELECT * FROM given")
        began = time.perf_counter()
        found = connection.sql(WEIGHTED.format(hold=hold)).to_arrow_table()
        return time.perf_counter() - began, {name: found[name].to_numpy() for name in found.column_names}


PLAIN_MINUTE = """
SELECT datastream, time_bucket(INTERVAL 15 minutes, phenomenon_time::TIMESTAMP) AS quarter, avg(result)
FROM observation SEMI JOIN (
    SELECT datastream FROM observation JOIN datastream ON code = datastream
    WHERE NOT derived AND phenomenon_time >= '{now}'::TIMESTAMP_MS - INTERVAL 1 minute
) spoken USING (datastream)
WHERE phenomenon_time >= '{now}'::TIMESTAMP_MS - INTERVAL 1 day GROUP BY ALL
"""


def plain_minute(connection: duckdb.DuckDBPyConnection, now: np.datetime64) -> int:
    """Take the plain mean of each quarter hour of the last day, of what has spoken in the last minute; how many."""
    return len(connection.sql(PLAIN_MINUTE.format(now=now)).to_arrow_table())
