"""Sketches of boards: each panel where the JSON puts it, with what its queries answer. No picture of Grafana's.

``python -m tests.dashboards.sketches victoriametrics://127.0.0.1:8428 smilecity-data docs/boards`` draws every board of
a city whose store and register stand there, as of now.
"""

from __future__ import annotations

import re
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from dashboards.building import built
from dashboards.setting import METRICS, Setting
from processing.gazetteer import gazetteer
from storage.catalogue import Catalogue
from storage.drawing import emitter
from tests.grafana import Influx, Prometheus, Series, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

Panel = dict[str, Any]

WIDTH, ROW = 12.0, 0.3
"""Of a board and of one line of its grid. [inch]"""
DPI = 80
SHADES = 128
"""Of all colours of a picture, so that it stays small."""
LATENCY = timedelta(seconds=30)
"""For so long VictoriaMetrics does not show what is new."""
EVERY = {"operator": "operator:.*", "district": "district:.*", "thing": ".*"}
WORDS = {
    "percent": " %",
    "kwatt": " kW",
    "kwatth": " kWh",
    "celsius": " °C",
    "litre": " L",
    "masskg": " kg",
    "m3": " m³",
    "h": " h",
    "m": " min",
    "s": " s",
}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
COLOURS = {"green": "#2e7d32", "yellow": "#b58900", "orange": "#d2691e", "red": "#b00020", "text": "#333333"}
MOST_NAMES = 8
"""In a legend."""


@dataclass(frozen=True)
class Sketch:
    """One board, and whom to ask."""

    board: Panel
    source: Prometheus | Influx
    places: Mapping[str, tuple[float, float]]
    end: datetime

    def draw(self, path: Path) -> int:
        """Draw it into a file; gives the number of panels that showed something."""
        height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in self.board["panels"])
        with mpl.rc_context({"font.size": 7, "axes.spines.top": False, "axes.spines.right": False}):
            figure = Figure(figsize=(WIDTH, (height + 1) * ROW), facecolor="#f4f5f5")
            figure.text(0.005, 1 - 0.6 / (height + 1), f"{self.board['title']} (a sketch, not Grafana)", weight="bold")
            shown = sum(self._panel(figure, panel, height + 1) for panel in self.board["panels"])
            drawn = BytesIO()
            figure.savefig(drawn, dpi=DPI)
        Image.open(drawn).convert("RGB").quantize(SHADES).save(path, optimize=True)
        return shown

    def _panel(self, figure: Figure, panel: Panel, height: int) -> bool:
        at = panel["gridPos"]
        left, bottom = at["x"] / 24, 1 - (1 + at["y"] + at["h"]) / height
        width, high = at["w"] / 24, at["h"] / height
        if panel["type"] == "row":
            figure.text(left + 0.005, bottom + 0.3 * high, panel["title"], weight="bold", size=9)
            return False
        frame = (left + 0.002, bottom + 0.1 / height), width - 0.004, high - 0.2 / height
        figure.add_artist(Rectangle(*frame, facecolor="white", edgecolor="#d0d3d6", linewidth=0.6, zorder=-1))
        figure.text(left + 0.006, bottom + high - 0.75 / height, _short(panel["title"], at["w"]), size=7, weight="bold")
        inner = (left + 0.03, bottom + 1.0 / height, width - 0.04, high - 2.2 / height)
        axes = figure.add_axes(inner)
        answers = [self._asked(panel, target) for target in panel["targets"]]
        if not any(answers):
            axes.axis("off")
            axes.text(0.5, 0.5, "No data", ha="center", va="center", color="#8a8f98")
            return False
        DRAW[panel["type"]](axes, panel, answers, self.places)
        if panel["type"] == "timeseries":
            axes.set_xlim(float(date2num(self.end - self._span(panel))), float(date2num(self.end)))
        return True

    def _span(self, panel: Panel) -> timedelta:
        return timedelta(seconds=_seconds(panel.get("timeFrom") or self.board["time"]["from"].removeprefix("now-")))

    def _asked(self, panel: Panel, target: Panel) -> list[tuple[str, Series]]:
        """Ask for a target's series; gives each with its name."""
        step = max(_seconds(panel.get("interval", "1m")), 15.0, self._span(panel).total_seconds() / 1500)
        shown = Shown(start=self.end - self._span(panel), end=self.end, step=timedelta(seconds=step), variables=EVERY)
        ask = self.source.over_time if panel["type"] == "timeseries" else self.source.newest
        legend = target.get("legendFormat", "{{thing}}")
        return [(_named(legend, series.labels), series) for series in ask(target.get("expr") or target["query"], shown)]


def _seconds(text: str) -> float:
    return float(text[:-1]) * SECONDS[text[-1]]


def _named(legend: str, labels: Mapping[str, str]) -> str:
    if legend == "__auto":
        return ", ".join(labels.values())
    named = re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)
    return re.sub("^(?:district|fraction|operator|site):", "", named)


def _short(text: str, columns: int) -> str:
    most = columns * 7
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _said(value: float, unit: str) -> str:
    """Say a value with its unit."""
    if unit == "percentunit":
        return f"{value:.1%}".replace("%", " %")
    word = f" {unit.removeprefix('suffix:')}" if unit.startswith("suffix:") else WORDS.get(unit, "")
    return f"{value:,.0f}{word}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}{word}"


def _colour(value: float, steps: Sequence[Panel]) -> str:
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return COLOURS[reached[-1]]


def _last(series: Series) -> float:
    return series.points[max(series.points)]


def _number(axes: Axes, panel: Panel, answers: list[list[tuple[str, Series]]], _: object) -> None:
    axes.axis("off")
    defaults = panel["fieldConfig"]["defaults"]
    shown = [(ref, name, _last(series)) for ref, some in enumerate(answers) for name, series in some]
    for place, (ref, name, value) in enumerate(shown):
        x = (place + 0.5) / len(shown)
        plain = ref or defaults.get("color", {}).get("mode") == "fixed"
        colour = COLOURS["text"] if plain else _colour(value, defaults["thresholds"]["steps"])
        colour = COLOURS.get(_overridden(panel, name), colour)
        size = min(15, 40 / len(shown))
        unit = "percentunit" if ref else defaults["unit"]
        axes.text(x, 0.45, _said(value, unit), ha="center", va="center", size=size, color=colour)
        axes.text(x, 0.05, _short(name, 30 // len(shown) // 3), ha="center", va="center", size=6, color="#666666")


def _overridden(panel: Panel, name: str) -> str:
    """Give the colour that a series of this name is given."""
    mine = (one for one in panel["fieldConfig"]["overrides"] if one["matcher"] == {"id": "byName", "options": name})
    return next((str(one["properties"][0]["value"].get("fixedColor")) for one in mine), "")


def _lines(axes: Axes, panel: Panel, answers: list[list[tuple[str, Series]]], _: object) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    factor = 100 if defaults["unit"] == "percentunit" else 1
    bars = defaults["custom"].get("drawStyle") == "bars"
    for name, series in answers[0]:
        times = np.array(sorted(series.points)).astype("datetime64[s]")
        values = factor * np.array([series.points[time] for time in sorted(series.points)])
        style: dict[str, Any] = {"marker": "_", "linestyle": "none"} if bars else {"drawstyle": "steps-post"}
        axes.plot(times, values, linewidth=0.7, markersize=3, label=name, **style)
    for step in defaults["thresholds"]["steps"][1:]:
        if "thresholdsStyle" in defaults["custom"]:
            axes.axhline(factor * step["value"], color=COLOURS[step["color"]], linewidth=0.8, linestyle="--")
    locator = AutoDateLocator(maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.tick_params(labelsize=6)
    axes.xaxis.get_offset_text().set_fontsize(5)
    axes.set_title(_said(1, defaults["unit"]).lstrip("0123456789. "), loc="left", size=6, pad=2)
    if len(answers[0]) <= MOST_NAMES:
        axes.legend(fontsize=5, loc="upper left", frameon=False)
    else:
        axes.set_title(f"{len(answers[0])} series", loc="right", size=6, pad=2)


def _table(axes: Axes, panel: Panel, answers: list[list[tuple[str, Series]]], _: object) -> None:
    axes.axis("off")
    columns = [{name: _last(series) for name, series in some} for some in answers]
    options = {step["id"]: step["options"] for step in panel["transformations"]}
    titles = list(options["organize"].get("renameByName", {}).values()) or ["", "Value"]
    falling = options["sortBy"]["sort"][0]["desc"]
    names = list(dict.fromkeys(name for column in columns for name in column))
    first = columns[0]
    names.sort(key=lambda name: (name not in first, -first.get(name, 0) if falling else first.get(name, 0)))
    units = {one["matcher"]["options"]: one["properties"][0]["value"] for one in panel["fieldConfig"]["overrides"]}
    lines = int(panel["gridPos"]["h"] * 1.15)
    rows = [
        [
            name,
            *(_cell(column, name, units.get(title, "none")) for column, title in zip(columns, titles[1:], strict=True)),
        ]
        for name in names[:lines]
    ]
    for line, row in enumerate([titles, *rows]):
        for place, text in enumerate(row):
            x = 0.0 if place == 0 else 0.3 + 0.7 * place / len(columns)
            room = panel["gridPos"]["w"] // (len(columns) + 1)
            axes.text(
                x,
                1 - line / (lines + 1),
                _short(text, room),
                size=5.5,
                ha="right" if place else "left",
                weight="bold" if line == 0 else "normal",
            )


def _cell(column: Mapping[str, float], name: str, unit: str) -> str:
    return _said(column[name], unit) if name in column else ""


def _map(
    axes: Axes, panel: Panel, answers: list[list[tuple[str, Series]]], places: Mapping[str, tuple[float, float]]
) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    found = [(places[name], _last(series)) for name, series in answers[0] if name in places]
    where, values = np.array([place for place, _ in found]).reshape(-1, 2), np.array([value for _, value in found])
    steps = defaults["thresholds"]["steps"]
    limited = defaults["color"]["mode"] == "thresholds"
    colours: Any = [_colour(value, steps) for value in values] if limited else values
    axes.scatter(
        where[:, 0],
        where[:, 1],
        s=14,
        c=colours,
        cmap=None if limited else "RdYlBu_r",
        vmin=None if limited else defaults.get("min"),
        vmax=None if limited else defaults.get("max"),
        edgecolors="#555555",
        linewidths=0.3,
    )
    axes.set_aspect(1 / np.cos(np.radians(54)))
    axes.tick_params(labelsize=5)
    axes.set_title(f"{len(found)} of {len(answers[0])} places", loc="right", size=6, pad=2)


DRAW = {"stat": _number, "timeseries": _lines, "table": _table, "geomap": _map}


def sketched(store: str, data: str, folder: str) -> Iterator[str]:
    """Draw every board; tells of each how many of its panels showed something."""
    setting = Setting(store=emitter(store))
    with closing(Catalogue(f"sqlite:///{data}/catalogue.sqlite")) as catalogue:
        listed: list[dict[str, Any]] = list(gazetteer(catalogue.things()))
    places = {one["key"]: (one["longitude"], one["latitude"]) for one in listed}
    end = datetime.now(UTC) - LATENCY
    with closing(Prometheus(setting.sources()[METRICS].url)) as source:
        for name, board in built(setting).items():
            shown = Sketch(board, source, places, end).draw(Path(folder) / f"{name}.png")
            panels = sum(panel["type"] != "row" for panel in board["panels"])
            yield f"{name}: {shown} of {panels} panels show something\n"


if __name__ == "__main__":
    sys.stdout.writelines(sketched(*sys.argv[1:4]))
