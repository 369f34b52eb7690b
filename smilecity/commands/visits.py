"""``smilecity visits``: which sensors need a person, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from processing.books import per_thousand
from processing.fitness import Fitness
from processing.roster import Roster
from processing.visits import Visit
from processing.visits import visits as listed
from smilecity import options
from smilecity.moments import moment
from smilecity.printing import printable
from smilecity.rooms import rooms
from storage.catalogue import Counts

if TYPE_CHECKING:
    from processing.books import Rates
    from smilecity.settings import Settings

_STYLE = {Fitness.VISIT: "bold red", Fitness.WATCH: "yellow", Fitness.OK: "green"}


def visits(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="List sensors to be watched, too.")] = False,
    german: Annotated[bool, typer.Option("--german", help="Say the reasons in German.")] = False,
    at: Annotated[str, typer.Option(help="An instant: 2026-03-29T00:10:00Z, 2026-03-29 (local), or -1h.")] = "now",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """List the sensors that need a visit, the worst first, each with its reasons.

    A sensor is visited when it has been silent for more than five times as long as usual or was never heard, when its
    battery lasts less than two weeks, when less than half of its messages come or most of its values cannot be true.

        smilecity visits --watch
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    found, rates = _ask(chosen, at, Fitness.WATCH if watch else Fitness.VISIT)
    if as_json:
        typer.echo(json.dumps([_document(visit) for visit in found], indent=1, ensure_ascii=False))
    elif found:
        Console().print(_table(found, german=german))
    else:
        typer.echo("No sensor needs a visit.")
    if rates is not None and not as_json:
        typer.echo("Of 1,000 messages: " + ", ".join(f"{rate:.1f} {name}" for name, rate in rates._asdict().items()))


def _ask(settings: Settings, at: str, least: Fitness) -> tuple[tuple[Visit, ...], Rates | None]:
    """List the sensors, and tell what the books say of all messages together."""
    instant = np.datetime64(moment(at, settings.zone, datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None), "ms")
    with rooms(settings, "'smilecity visits'") as (store, catalogue):
        rates = per_thousand(sum((entry.counts for entry in catalogue.ledger()), Counts()))
        return listed(
            store, Roster(catalogue, settings.households).groups(), instant, settings.region(), least=least
        ), rates


def _table(found: tuple[Visit, ...], *, german: bool) -> Table:
    table = Table("", "thing", "district", "operator", "reasons", title=f"{len(found):,} sensors")
    for visit in found:
        reasons = "; ".join(reason.de if german else reason.en for reason in visit.reasons)
        name = visit.thing.id if visit.thing.name == visit.thing.id else f"{visit.thing.id}\n{visit.thing.name}"
        told = (name, visit.thing.district, visit.thing.operator, reasons)
        table.add_row(
            Text(visit.fitness.name, style=_STYLE[visit.fitness]),
            *(Text("\n".join(map(printable, cell.split("\n")))) for cell in told),
        )
    return table


def _document(visit: Visit) -> dict[str, Any]:
    thing = visit.thing
    return {
        "thing": thing.id,
        "name": thing.name,
        "kind": thing.kind,
        "district": thing.district,
        "operator": thing.operator,
        "longitude": thing.longitude,
        "latitude": thing.latitude,
        "fitness": visit.fitness.name,
        "reasons": [{"en": reason.en, "de": reason.de} for reason in visit.reasons],
        "silent": _number(visit.silent),
        "battery_days_left": _number(visit.battery),
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)


COMMAND = visits
