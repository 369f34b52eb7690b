"""``smilecity rehearse``: what an alert rule would have done, before it is switched on."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode, urljoin

import typer
from rich.console import Console
from rich.table import Table

from api.rehearsal_schema import RehearsalDocument
from api.rehearsing import Plan, rehearsal_document
from smilecity import options
from smilecity.advance import advance
from smilecity.asking import asked
from smilecity.lock import DataInUseError
from smilecity.moments import moment, span_before
from smilecity.printing import printable
from smilecity.rooms import rooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.rehearsal_schema import TrialDocument
    from smilecity.settings import Settings

BARS = " ▁▂▃▄▅▆▇█"
MOST_THINGS = 10
PATIENCE_S = 600
"""How long a platform may take to look at its history."""
WARNING = ("foreseen", "lead", "needless")
COLUMNS = ("tried", "alerts", "things", "a week", "hours", "90 %", "in all", "flaps", *WARNING)
MEANS = "hours: the median of those that ended, nine of ten were shorter (90 %), all together; flaps: back within 1 h"


def rehearse(
    rule: Annotated[str, typer.Argument(help="Name of an alert rule, for example car_park_nearly_full.")],
    *,
    last: Annotated[str, typer.Option(help="How much history: 8w, 30d, 12h.")] = "8w",
    until: Annotated[str, typer.Option(help="End of it: 2026-03-29T00:00:00Z, 2026-03-29 (local), -2d, now.")] = "now",
    sweep: Annotated[
        str | None,
        typer.Option(help="Try several values: above=0.7:0.95:0.05 (first:last:step), pending=0,5,15 (minutes)."),
    ] = None,
    event: Annotated[
        str | None,
        typer.Option(help="Rule of what the alerts are to warn of.", show_default="what the rule foretells"),
    ] = None,
    horizon: Annotated[
        float, typer.Option(min=0.01, max=744, help="Hours within which an alert counts as a warning.")
    ] = 24.0,
    picture: Annotated[
        Path | None, typer.Option(help="Draw it into this file, .svg or .png.", show_default="no picture")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Run an alert rule over what is stored: how often, how long, how many flaps, how early before what it warns of.

    Nothing is alerted. Beside a running platform the question goes to its API.

        smilecity rehearse car_park_nearly_full --last 8w
        smilecity rehearse container_overflow --last 4w --sweep above=80:95:5 --picture overflow.svg
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    start, end = span_before(last, moment(until, chosen.zone, datetime.now(UTC)), chosen.zone)
    draw = _drawn(picture)
    document = _ask(chosen, {"rule": rule, "sweep": sweep, "event": event, "horizon": horizon}, start, end)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
    else:
        _print(document)
    if draw is not None and picture is not None:
        draw(document, picture)


def _ask(settings: Settings, plan: dict[str, str | float | None], start: datetime, end: datetime) -> RehearsalDocument:
    """Rehearse on the store, or let the platform that holds it do so."""
    try:
        with rooms(settings, "'smilecity rehearse'") as (store, catalogue), advance("rehearsing", "things") as bar:
            return rehearsal_document(
                Plan.of(*plan.values(), kept=catalogue.alerts.rules()),  # type: ignore[arg-type]  # in its order
                store,
                catalogue.things(),
                (_ms(start), _ms(end)),
                settings.region(),
                told=lambda done, of: bar.tell("rehearsing", done, of),
            )
    except DataInUseError as held:
        if not held.url:
            raise
        span = {"from": _iso(start), "to": _iso(end)}
        query = {name: value for name, value in (plan | span).items() if value is not None}
        with asked(
            settings, urljoin(held.url, f"v1/rehearsal?{urlencode(query, quote_via=quote)}"), PATIENCE_S
        ) as answer:
            return RehearsalDocument.model_validate_json(answer.read())


def _drawn(picture: Path | None) -> Callable[[RehearsalDocument, Path], None] | None:
    """Get ready to draw before the work begins; nothing where no picture is wanted. Raises ValueError."""
    if picture is None:
        return None
    from smilecity.pictures import check, draw_rehearsal  # noqa: PLC0415 - takes a second to load, and may be absent

    check(picture)
    return draw_rehearsal


def _print(document: RehearsalDocument) -> None:
    console = Console()
    console.print(
        f"[bold]{printable(document.title)}[/] ({document.rule}), {document.start[:16]} to {document.end[:16]} UTC: "
        f"{document.things} things, {document.rows:,} observations",
        highlight=False,
    )
    if document.event:
        told = f"Compared with '{document.event}', within {document.horizon_hours:g} h; lead: the median, in hours."
        console.print(told, highlight=False)
    console.print(_trials(document))
    console.print(MEANS, style="dim", highlight=False)
    if not document.things:
        console.print("The rule is for none of the things in the register.")
    for line in _by_week(document) + _by_thing(document):
        console.print(line, highlight=False, markup=False)


def _trials(document: RehearsalDocument) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    shown = [name for name in COLUMNS if document.event or name not in WARNING]
    for name in shown:
        table.add_column(document.swept or "" if name == "tried" else name, justify="right")
    for trial in document.trials:
        cells = _cells(trial)
        table.add_row(*(cells[name] for name in shown))
    return table


def _cells(trial: TrialDocument) -> dict[str, str]:
    warned = trial.foresight
    said = ("", "", "")
    if warned is not None:
        said = (f"{warned.foreseen}/{warned.events}", _short(warned.lead_hours_median), f"{warned.needless:,}")
    value = "as it is" if trial.value is None else f"{trial.value:g}"
    lengths = (_short(trial.median_hours), _short(trial.long_hours), _short(trial.total_hours))
    counts = (f"{trial.alerts:,}", f"{trial.things:,}", f"{trial.weekly:.1f}")
    return dict(zip(COLUMNS, (value, *counts, *lengths, f"{trial.flaps:,}", *said), strict=True))


def _short(hours: float | None) -> str:
    return "-" if hours is None else f"{hours:.1f}" if hours < 100 else f"{hours:,.0f}"


def _by_week(document: RehearsalDocument) -> list[str]:
    """Show how many alerts each week had, as a bar for each."""
    if len(document.trials[0].weeks) < 2:
        return []
    most = max((max(trial.weeks) for trial in document.trials), default=0) or 1
    bars = [
        f"{_cells(trial)['tried']:>9}  " + "".join(BARS[-(-8 * count // most)] for count in trial.weeks)
        for trial in document.trials
    ]
    return [f"By week, the highest bar is {most} alerts:", *bars]


def _by_thing(document: RehearsalDocument) -> list[str]:
    """Name the things that had most alerts under the rule as it was tried first."""
    count = Counter(alert.thing for alert in document.alerts if alert.trial == 0)
    if len(count) < 2:
        return []
    named = ", ".join(f"{printable(thing)} {number}" for thing, number in count.most_common(MOST_THINGS))
    return [f"Most alerts: {named}"]


def _ms(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


COMMAND = rehearse
