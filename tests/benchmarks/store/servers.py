# ruff: noqa: S608 - own names
"""Peers with a server: VictoriaMetrics and InfluxDB 1.x, given lines with tags, asked in their own languages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from tests.benchmarks.store.city import DAY
from tests.benchmarks.store.contender import (
    DISTRICTS,
    LATEST,
    MAIN,
    OCCUPANCY,
    SINCE,
    UNTIL,
    WEEK,
    WEEK_FROM,
    WEEK_TO,
    WEIGHTED,
    milliseconds,
)
from tests.servers import Influxd, VictoriaMetrics, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch
    from tests.benchmarks.store.city import City

_LINES = 50_000
"""Lines of a request."""
SAMPLES = "mean of samples, not of time"


def lines(city: City, batch: Batch) -> list[bytes]:
    """Write rows that have a result as line protocol, in requests."""
    begin = [f"{stream.observed_property},thing={stream.thing},district=d{city.district(stream)} result="
             for stream in batch.datastreams]  # fmt: skip
    rows = batch.take(~np.isnan(batch.result))
    columns = (rows.datastream.tolist(), rows.result.tolist(), rows.phenomenon_time.astype(np.int64).tolist())
    told = [f"{begin[code]}{result} {time}000000" for code, result, time in zip(*columns, strict=True)]
    return ["\n".join(told[first : first + _LINES]).encode() for first in range(0, len(told), _LINES)]


@dataclass
class Victoria:
    """A VictoriaMetrics; questions in MetricsQL."""

    city: City
    folder: Path
    name: str = "VictoriaMetrics"
    differs: dict[str, str] = field(default_factory=lambda: {OCCUPANCY: SAMPLES, WEIGHTED: SAMPLES})
    rows: int = 0

    def __post_init__(self) -> None:
        flags = ("-search.maxUniqueTimeseries=1000000", "-search.latencyOffset=0s", "-search.disableCache")
        self.server = VictoriaMetrics(self.folder, flags=flags).start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.server.port}", timeout=300)

    def put(self, batch: Batch) -> None:
        """See ``Contender``."""
        for some in lines(self.city, batch):
            self.client.post("/write", content=some).raise_for_status()
        self.client.get("/internal/force_flush").raise_for_status()
        self.rows += len(batch)

    def finish(self) -> None:
        """See ``Contender``."""
        self.client.get("/internal/force_merge").raise_for_status()
        self.client.get("/internal/force_flush").raise_for_status()

    def size(self) -> str:
        """See ``Contender``: of results alone."""
        return f"{_size(self.folder) / self.rows:.2f} bytes a row, of times and results alone"

    def ask(self, question: str) -> NDArray[np.float64]:
        """See ``Contender``."""
        main, end = f'{{__name__=~"{"|".join(f"{name}_result" for name in MAIN)}"}}', milliseconds(UNTIL) / 1000
        match question:
            case "newest of every thing":
                return self._query("query", f"last_over_time({main}[1d])", time=end)
            case "7 days of one series":
                thing = self.city.of("active_power")[7].thing
                span = {"start": (milliseconds(WEEK_FROM)) / 1000, "end": milliseconds(WEEK_TO) / 1000}
                match: dict[str, str | float] = {"match[]": f'active_power_result{{thing="{thing}"}}', **span}
                answer = self.client.get("/api/v1/export", params=match).raise_for_status()
                return np.array(json.loads(answer.content.splitlines()[0])["values"])
            case "hourly mean per district, 30 days":
                return self._means("active_power_result", 3600, " by (district)")
            case "quarter-hour occupancy of the city, 30 days":
                return self._means("occupied_result", 900, "")
        return self._query("query", f"avg_over_time({main}[30d])", time=end)

    def _means(self, metric: str, step: int, by: str) -> NDArray[np.float64]:
        query = f"sum(sum_over_time({metric}[{step}s])){by} / sum(count_over_time({metric}[{step}s])){by}"
        first = milliseconds(SINCE) / 1000 + step
        return self._query("query_range", query, start=first, end=milliseconds(UNTIL) / 1000, step=step)

    def _query(self, path: str, query: str, **span: float) -> NDArray[np.float64]:
        answer = self.client.post(f"/api/v1/{path}", data={"query": query, "nocache": "1", **span}).raise_for_status()
        found = answer.json()["data"]["result"]
        values = [value for one in found for _, value in one.get("values", [one.get("value")])]
        assert values
        return np.array(values, dtype=np.float64)

    def close(self) -> None:
        self.client.close()
        self.server.stop()


@dataclass
class Influx:
    """An InfluxDB 1.x; questions in InfluxQL."""

    city: City
    folder: Path
    name: str = "InfluxDB 1.x"
    differs: dict[str, str] = field(default_factory=lambda: {OCCUPANCY: SAMPLES, WEIGHTED: "on straight lines"})
    rows: int = 0

    def __post_init__(self) -> None:
        self.server = Influxd(self.folder).start()
        self.client = httpx.Client(base_url=self.server.address, timeout=300)
        wait_until(lambda: self.client.get("/ping").is_success, what="InfluxDB to answer")
        self.client.post("/query", params={"q": "CREATE DATABASE city"}).raise_for_status()

    def put(self, batch: Batch) -> None:
        """See ``Contender``."""
        for some in lines(self.city, batch):
            self.client.post("/write", params={"db": "city"}, content=some).raise_for_status()
        self.rows += len(batch)

    def finish(self) -> None:
        """See ``Contender``: it puts itself into order when it thinks fit."""

    def size(self) -> str:
        """See ``Contender``: of results alone."""
        return f"{_size(self.folder) / self.rows:.2f} bytes a row, of times and results alone, write-ahead log included"

    def ask(self, question: str) -> NDArray[np.float64]:
        """See ``Contender``."""
        thing, main = self.city.of("active_power")[7].thing, f"/^({'|'.join(MAIN)})$/"
        month = f"time >= {milliseconds(SINCE)}ms AND time < {milliseconds(UNTIL)}ms"
        week = f"time >= {milliseconds(WEEK_FROM)}ms AND time < {milliseconds(WEEK_TO)}ms"
        return self._query({
            LATEST: f"SELECT last(result) FROM {main} WHERE time >= {milliseconds(UNTIL - DAY)}ms GROUP BY thing",
            WEEK: f"SELECT result FROM active_power WHERE thing = '{thing}' AND {week}",
            DISTRICTS: f"SELECT mean(result) FROM active_power WHERE {month} GROUP BY time(1h), district",
            OCCUPANCY: f"SELECT mean(result) FROM occupied WHERE {month} GROUP BY time(15m)",
            WEIGHTED: f"SELECT integral(result) FROM {main} WHERE {month} GROUP BY thing",
        }[question])  # fmt: skip

    def _query(self, query: str) -> NDArray[np.float64]:
        answer: Any = (
            self.client.get("/query", params={"db": "city", "q": query, "epoch": "ms"}).raise_for_status().json()
        )
        assert "series" in answer["results"][0], answer
        values = [row[1] for series in answer["results"][0]["series"] for row in series["values"]]
        return np.array(values, dtype=np.float64)

    def close(self) -> None:
        self.client.close()
        self.server.stop()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
