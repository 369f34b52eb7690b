"""Asks what a panel asks, as Grafana would: its variables put in, and the answer of the real server as series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from tests.influx_api import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

VARIABLE = re.compile(r"\$\{?(__)?([a-z_]+)(?::raw)?\}?")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The time that a board shows, the step of its panels and what its variables stand for."""

    start: datetime
    end: datetime
    step: timedelta = timedelta(minutes=15)
    variables: Mapping[str, str]

    def put_in(self, text: str) -> str:
        """Put in what Grafana does; what it does not know is left to fail."""
        begin, end = (round(moment.timestamp() * 1000) for moment in (self.start, self.end))
        seconds = f"{round(self.step.total_seconds())}s"
        text = text.replace("$timeFilter", f"time >= {begin}ms and time <= {end}ms").replace("$__interval", seconds)
        text = text.replace("$__rate_interval", "300s").replace("${__to}", str(end)).replace("$__range", "1d")
        for name, value in self.variables.items():
            text = re.sub(rf"\$(?:{name}\b|\{{{name}(?::raw)?\}})", value.replace("\\", "\\\\"), text)
        return text


@dataclass(frozen=True)
class Series:
    """One series of an answer."""

    labels: Mapping[str, str]
    points: Mapping[float, float]
    """By seconds since 1970."""
    column: str = ""


class Prometheus:
    """The data source that Grafana calls Prometheus."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)

    def over_time(self, query: str, shown: Shown) -> list[Series]:
        span = {"start": shown.start.timestamp(), "end": shown.end.timestamp(), "step": shown.step.total_seconds()}
        return self._ask("query_range", {"query": shown.put_in(query), **span})

    def newest(self, query: str, shown: Shown) -> list[Series]:
        return self._ask("query", {"query": shown.put_in(query), "time": shown.end.timestamp()})

    def _ask(self, path: str, form: Mapping[str, Any]) -> list[Series]:
        answer = self._client.post(f"/api/v1/{path}", data={**form, "nocache": "1"})
        assert answer.status_code == 200, f"{form['query']}: {answer.text}"
        return [_matrix(one) for one in answer.json()["data"]["result"]]

    def names(self, query: str, shown: Shown) -> list[str]:
        """Answer a variable's ``label_values(series, label)`` as Grafana does."""
        found = re.fullmatch(r"label_values\((.*), (\w+)\)", shown.put_in(query), re.DOTALL)
        assert found is not None, query
        form = {"match[]": found[1], "start": shown.start.timestamp(), "end": shown.end.timestamp()}
        names: list[str] = self._client.post(f"/api/v1/label/{found[2]}/values", data=form).json()["data"]
        return names

    def close(self) -> None:
        self._client.close()


def _matrix(one: Mapping[str, Any]) -> Series:
    points = one.get("values") or [one["value"]]
    return Series(one["metric"], {float(time): float(value) for time, value in points})


class Influx:
    """The data source that Grafana calls InfluxDB, asked in InfluxQL."""

    def __init__(self, url: str, database: str) -> None:
        headers = {"Authorization": f"Token {TOKEN}", "Accept": "application/json"}
        self._client = httpx.Client(base_url=url, timeout=60, headers=headers)
        self._database = database

    def over_time(self, query: str, shown: Shown) -> list[Series]:
        found = self._ask(query, shown)
        return [_points(one) for one in found]

    newest = over_time

    def names(self, query: str, shown: Shown) -> list[str]:
        return sorted({value for one in self._ask(query, shown) for _, value in one["values"]})

    def _ask(self, query: str, shown: Shown) -> list[dict[str, Any]]:
        form = {"db": self._database, "epoch": "ms", "q": shown.put_in(query)}
        answer = self._client.post("/query", data=form)
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()["results"]
        assert "error" not in result, f"{form['q']}: {result['error']}"
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def close(self) -> None:
        self._client.close()


def _points(one: Mapping[str, Any]) -> Series:
    _, column = one["columns"]
    return Series(one.get("tags", {}), {time / 1000: value for time, value in one["values"]}, column)
