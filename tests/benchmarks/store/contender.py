"""What stores are asked in the benchmark, and who answers first: the platform's own DuckDB store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from storage.engines.duckdb import DuckDB, open_engine
from storage.store import Query
from storage.windows import Function, Windows
from tests.benchmarks.store.city import DAY, DAYS, START, City

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

SINCE, UNTIL = START + DAY, START + (DAYS + 1) * DAY
"""Thirty days: of the month all but the first, and the day after it, which has not been put into order yet."""
WEEK_FROM, WEEK_TO = UNTIL - 8 * DAY, UNTIL - DAY
HOLD = np.timedelta64(7_200_000, "ms")
HOUR, QUARTER = np.timedelta64(3_600_000, "ms"), np.timedelta64(900_000, "ms")
MAIN = ("occupied", "filling_level", "active_power", "available_spot_number")
"""One property of each thing."""
LATEST = "newest of every thing"
WEEK = "7 days of one series"
DISTRICTS = "hourly mean per district, 30 days"
OCCUPANCY = "quarter-hour occupancy of the city, 30 days"
WEIGHTED = "time-weighted mean per thing, 30 days"
GOALS_MS = {LATEST: 50, WEEK: 10, DISTRICTS: 2000, OCCUPANCY: 2000, WEIGHTED: 2000}


class Contender(Protocol):
    """Holds the city's month and answers."""

    name: str
    rows: int
    differs: dict[str, str]
    """Questions that it answers in another way, and in which."""

    def put(self, batch: Batch) -> None:
        """Take in the rows of a day, in the order in which they came in; they are durable then."""
        ...

    def finish(self) -> None:
        """Put everything into its best order."""
        ...

    def size(self) -> str:
        """Tell how much it takes on disk."""
        ...

    def ask(self, question: str) -> NDArray[np.float64]:
        """Give the results."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass
class Ours:
    """The store of the platform, by its Protocol alone."""

    city: City
    folder: Path
    name: str = "smilecity"
    differs: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def __post_init__(self) -> None:
        self.store: DuckDB = open_engine(f"duckdb://{self.folder}/city.duckdb")
        self.main, self.power = self.city.of(*MAIN), self.city.of("active_power")
        self.spots = self.city.of("occupied")

    def put(self, batch: Batch) -> None:
        """See ``Contender``."""
        self.store.write(batch)
        self.rows += len(batch)

    def tend(self, days: int) -> None:
        """Do what a platform does every hour: move days that are over."""
        for _ in self.store.tend(START + days * DAY):
            pass

    def finish(self) -> None:
        """See ``Contender``."""
        self.tend(DAYS + 1)

    def size(self) -> str:
        """See ``Contender``."""
        connection = self.store._connection.cursor()
        connection.execute("CHECKPOINT")
        ((block, used),) = connection.sql("SELECT block_size, used_blocks FROM pragma_database_size()").fetchall()
        file = (self.folder / "city.duckdb").stat().st_size
        return f"{block * used / self.rows:.2f} bytes a row in use, {file / self.rows:.2f} with room for more"

    def ask(self, question: str) -> NDArray[np.float64]:
        """See ``Contender``."""
        month = (SINCE, UNTIL, HOLD)
        match question:
            case "newest of every thing":
                return self.store.latest(self.main).result
            case "7 days of one series":
                return self.store.read(
                    Query(datastreams=self.power[7:8], start=UNTIL - 8 * DAY, end=UNTIL - DAY)
                ).result
            case "hourly mean per district, 30 days":
                districts = [self.city.district(one) for one in self.power]
                return self._sum_up(self.power, Windows.every(HOUR, *month), Function.MEAN, districts)
            case "quarter-hour occupancy of the city, 30 days":
                everywhere = [0] * len(self.spots)
                return self._sum_up(self.spots, Windows.every(QUARTER, *month), Function.TIME_WEIGHTED_MEAN, everywhere)
        return self._sum_up(self.main, Windows.every(UNTIL - SINCE, *month), Function.TIME_WEIGHTED_MEAN)

    def _sum_up(
        self, streams: list[Datastream], windows: Windows, function: Function, groups: list[int] | None = None
    ) -> NDArray[np.float64]:
        return self.store.aggregate(streams, windows, [function], groups).columns[function]

    def close(self) -> None:
        """See ``Contender``."""
        self.store.close()


def milliseconds(instant: Any) -> int:
    return int(instant.astype(np.int64))
