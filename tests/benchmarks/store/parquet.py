# ruff: noqa: S608 - own names
"""A peer: plain DuckDB over Parquet files, a folder for each day, sorted by series and time, asked in plain SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from tests.benchmarks.store.city import DAY, START, City
from tests.benchmarks.store.contender import (
    DISTRICTS,
    HOLD,
    HOUR,
    LATEST,
    MAIN,
    OCCUPANCY,
    QUARTER,
    SINCE,
    UNTIL,
    WEEK,
    WEEK_FROM,
    WEEK_TO,
    WEIGHTED,
    milliseconds,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch

_COUNTS = "quality NOT IN (4, 9)"


@dataclass
class Parquet:
    """Files that DuckDB reads."""

    city: City
    folder: Path
    name: str = "plain DuckDB over Parquet"
    differs: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        streams = self.city.datastreams
        kinds = pa.table({
            "series": np.arange(len(streams), dtype=np.int32),
            "property": [stream.observed_property for stream in streams],
            "district": np.array([self.city.district(stream) for stream in streams], dtype=np.int32),
        })  # fmt: skip
        self.connection.register("kinds", kinds)
        self.connection.execute("CREATE TABLE kind AS FROM kinds")

    def put(self, batch: Batch) -> None:
        """Write a file; what came late or twice would need more than this."""
        table = pa.table({
            "series": batch.datastream,
            "time": batch.phenomenon_time.astype(np.int64),
            "delay": (batch.result_time - batch.phenomenon_time).astype(np.int64),
            "result": pa.array(batch.result, from_pandas=True),
            "quality": batch.quality,
            "revision": batch.revision,
        })  # fmt: skip
        folder = self.folder / f"day={(batch.phenomenon_time.min() - START) // DAY}"
        folder.mkdir(parents=True)
        self.connection.register("taken", table)
        self.connection.execute(
            f"COPY (FROM taken ORDER BY series, time) TO '{folder}/rows.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
        self.rows += len(batch)

    def finish(self) -> None:
        """See ``Contender``."""

    def size(self) -> str:
        """See ``Contender``."""
        return f"{sum(file.stat().st_size for file in self.folder.rglob('*.parquet')) / self.rows:.2f} bytes a row"

    def ask(self, question: str) -> NDArray[np.float64]:
        """See ``Contender``."""
        found: Any = self.connection.sql(self._sql(question)).to_arrow_table()
        return np.asarray(found.column(found.num_columns - 1).to_numpy(), dtype=np.float64)

    def close(self) -> None:
        """See ``Contender``."""
        self.connection.close()

    def _sql(self, question: str) -> str:
        rows = f"read_parquet('{self.folder}/*/*.parquet', hive_types = {{day: INTEGER}}) JOIN kind USING (series)"
        since, until, hold = milliseconds(SINCE), milliseconds(UNTIL), milliseconds(HOLD)
        first, last = (milliseconds(limit - START) // milliseconds(DAY) for limit in (SINCE, UNTIL))
        main = f"property IN ({', '.join(repr(name) for name in MAIN)})"
        one = self.city.datastreams.index(self.city.of("active_power")[7])
        held = (
            f"SELECT series, greatest(time, {since}) AS time, least(coalesce(lead(time) OVER (PARTITION BY series "
            f"ORDER BY time), {until}), time + {hold}, {until}) AS until, result, quality FROM {rows} "
            f"WHERE day BETWEEN {first - 1} AND {last} AND time >= {since - hold} AND time < {until}"
        )
        return {
            LATEST: f"SELECT series, arg_max_null(result, time) FROM {rows} WHERE day >= {last - 1} AND {main} "
            "GROUP BY series ORDER BY series",
            WEEK: f"SELECT time, result FROM {rows} WHERE day BETWEEN {last - 8} AND {last - 1} AND series = {one} "
            f"AND time >= {milliseconds(WEEK_FROM)} AND time < {milliseconds(WEEK_TO)} ORDER BY time",
            DISTRICTS: f"SELECT district, (time - {since}) // {milliseconds(HOUR)} AS hour, avg(result) FROM {rows} "
            f"WHERE day BETWEEN {first} AND {last} AND time >= {since} AND time < {until} AND {_COUNTS} "
            "AND property = 'active_power' GROUP BY ALL ORDER BY ALL",
            OCCUPANCY: f"WITH held AS ({held} AND property = 'occupied'), "
            f"quarters AS (SELECT *, unnest(range((time - {since}) // {milliseconds(QUARTER)}, "
            f"(until - {since} - 1) // {milliseconds(QUARTER)} + 1)) AS quarter FROM held "
            f"WHERE {_COUNTS} AND until > time), parts AS (SELECT quarter, result, least(until, {since} + "
            f"(quarter + 1) * {milliseconds(QUARTER)}) - greatest(time, {since} + quarter * {milliseconds(QUARTER)}) "
            "AS length FROM quarters) SELECT quarter, sum(result * length) / sum(length) FROM parts "
            "GROUP BY quarter ORDER BY quarter",
            WEIGHTED: f"WITH held AS ({held} AND {main}) SELECT series, sum(result * (until - time)) / "
            f"sum(until - time) FROM held WHERE {_COUNTS} AND until > time GROUP BY series ORDER BY series",
        }[question]
