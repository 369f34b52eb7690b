"""Draws pictures into files, PNG or SVG, by matplotlib, which the extra ``smilecity[pictures]`` brings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

try:
    import matplotlib as mpl
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
    from matplotlib.figure import Figure
except ModuleNotFoundError as absent:
    raise ValueError("pictures need matplotlib: pip install 'smilecity[pictures]'") from absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from api.rehearsal_schema import RehearsalDocument, RehearsedDocument
    from smilecity.curve import Curve

FORMS = (".png", ".svg")
MOST_ROWS = 30
BLUE, ORANGE, GREY, RED = "#1f5fa8", "#d2691e", "#8a8f98", "#b00020"
COLOURS = (BLUE, ORANGE, GREY, "#117a65", "#7d3c98")
"""Told apart by people who see no red or green, too."""
STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "smilecity",
}


def check(path: Path) -> None:
    """Refuse a file that no picture can be drawn into, before any work is done. Raises ValueError."""
    if path.suffix.lower() not in FORMS:
        raise ValueError(f"'{path}' is no picture: its name must end in {' or '.join(FORMS)}")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder '{path.parent}' to draw into")


def draw_rehearsal(document: RehearsalDocument, path: Path) -> None:
    """Draw what a rule would have done: as curves over what was tried, or when which thing had an alert."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 5), layout="constrained")
        if document.swept and len(document.trials) > 1:
            _curves(document, figure)
        else:
            _bars(document, figure)
        figure.suptitle(f"{document.title}, {document.start[:10]} to {document.end[:10]}", x=0.02, ha="left")
        _save(figure, path)


def draw_curves(curves: Sequence[Curve], zone: str, path: Path) -> None:
    """Draw datastreams of one property over time, in the hours of a zone; doubtful results are marked."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 4), layout="constrained")
        axes = figure.subplots()
        for number, curve in enumerate(curves):
            colour = COLOURS[number % len(COLOURS)]
            how = "steps-post" if curve.steps else "default"
            axes.plot(curve.time, curve.value, color=colour, label=curve.thing, lw=1.2, drawstyle=how)
            axes.plot(curve.time[curve.doubtful], curve.value[curve.doubtful], "x", color=RED, ms=5)
        if any(curve.doubtful.any() for curve in curves):
            axes.plot([], [], "x", color=RED, label="doubtful")
        _over_time(axes, zone)
        axes.set_ylabel(curves[0].axis)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 1.12), ncols=4)
        _save(figure, path)


def _over_time(axes: Axes, zone: str) -> None:
    hours = ZoneInfo(zone)
    locator = AutoDateLocator(tz=hours)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=hours))
    axes.set_xlabel(zone)


def _save(figure: Figure, path: Path) -> None:
    """Write a picture so that the same one is the same file."""
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)


def _curves(document: RehearsalDocument, figure: Figure) -> None:
    """Draw alerts a week and flaps over what was tried, and below how many events were foreseen and how early."""
    tried = [trial.value for trial in document.trials]
    warned = [trial.foresight for trial in document.trials if trial.foresight is not None]
    above, *below = figure.subplots(2 if warned else 1, 1, sharex=True, squeeze=False)[:, 0]
    above.plot(tried, [trial.weekly for trial in document.trials], "o-", color=BLUE, label="alerts a week")
    weeks = max(len(document.trials[0].weeks), 1)
    flaps = [trial.flaps / weeks for trial in document.trials]
    above.plot(tried, flaps, "s--", color=GREY, label="of them back within an hour")
    if warned:
        needless = [one.needless / weeks for one in warned]
        above.plot(tried, needless, "^:", color=ORANGE, label=f"of them without '{document.event}' following")
    above.set_ylim(bottom=0)
    above.legend(frameon=False)
    for axes in below:
        foreseen = [100 * one.foreseen / one.events if one.events else 0.0 for one in warned]
        axes.plot(tried, foreseen, "o-", color=BLUE, label=f"of '{document.event}' foreseen (%)")
        lead = [float("nan") if one.lead_hours_median is None else one.lead_hours_median for one in warned]
        axes.set_ylim(0, 105)
        hours = axes.twinx()
        hours.plot(tried, lead, "^:", color=ORANGE, label="median lead (h)")
        hours.set_ylim(bottom=0)
        lines = [*axes.get_lines(), *hours.get_lines()]
        axes.legend(lines, [str(line.get_label()) for line in lines], frameon=False)
    (below[-1] if below else above).set_xlabel(document.swept or "")


def _bars(document: RehearsalDocument, figure: Figure) -> None:
    """Draw the alerts of each thing over time, those with most first, and what they warn of as marks."""
    axes = figure.subplots()
    rows = _busiest(document)
    end = _number(document.end)
    shown = [alert for alert in document.alerts if alert.thing in rows]
    _spans(axes, [alert for alert in shown if alert.trial == 0], rows, end)
    events = [alert for alert in shown if alert.trial < 0]
    if events:
        at = [_number(event.since) for event in events]
        axes.plot(at, [rows[event.thing] for event in events], "|", color=ORANGE, ms=18, label=document.event)
        axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 1.1))
    axes.set_yticks(list(rows.values()), list(rows))
    axes.invert_yaxis()
    axes.set_xlim(_number(document.start), end)
    _over_time(axes, "UTC")
    if not shown:
        axes.text(0.5, 0.5, "no alert", ha="center", transform=axes.transAxes, color=GREY)


def _busiest(document: RehearsalDocument) -> dict[str, int]:
    """Give the things with most alerts their places, from above."""
    count: dict[str, int] = {}
    for alert in document.alerts:
        count[alert.thing] = count.get(alert.thing, 0) + (alert.trial == 0)
    order = sorted(count, key=lambda thing: (-count[thing], thing))
    return {thing: place for place, thing in enumerate(order[:MOST_ROWS])}


def _spans(axes: Axes, alerts: Iterable[RehearsedDocument], rows: dict[str, int], end: float) -> None:
    for thing, place in rows.items():
        spans = [
            (_number(alert.fired), (end if alert.ended is None else _number(alert.ended)) - _number(alert.fired))
            for alert in alerts
            if alert.thing == thing
        ]
        axes.broken_barh(spans, (place - 0.35, 0.7), color=BLUE, linewidth=1, edgecolor=BLUE)


def _number(instant: str) -> float:
    return float(date2num(datetime.fromisoformat(instant)))
