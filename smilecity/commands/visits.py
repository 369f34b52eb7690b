"""``smilecity visits``: which sensors need a person, and why."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.visits import visit_list
from processing.books import per_thousand
from processing.fitness import Fitness
from processing.roster import Roster
from processing.visits import visits as listed
from smilecity import options
from smilecity.asking import answer
from smilecity.moments import moment
from smilecity.printing import printable
from smilecity.rooms import open_catalogue
from storage.catalogue import Counts

if TYPE_CHECKING:
    from api.visits import VisitList
    from processing.books import Rates
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store

_STYLE = {"visit": "bold red", "watch": "yellow", "ok": "green"}


def visits(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="List sensors to be watched, too.")] = False,
    operator: Annotated[str | None, typer.Option(help="Only things of this operator.", show_default="all")] = None,
    district: Annotated[str | None, typer.Option(help="Only things in this district.", show_default="all")] = None,
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
    Beside a running platform the question goes to its API.

        smilecity visits --watch
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    least = Fitness.WATCH if watch else Fitness.VISIT
    document = _ask(chosen, moment(at, chosen.zone, datetime.now(UTC)), least, operator, district)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        _print(document["visits"], "reasons_de" if german else "reasons", _rates(chosen))


def _ask(
    settings: Settings, at: datetime, least: Fitness, operator: str | None, district: str | None
) -> dict[str, Any]:
    def compute(store: Store, catalogue: Catalogue) -> VisitList:
        instant = np.datetime64(at.replace(tzinfo=None), "ms")
        found = listed(store, Roster(catalogue, settings.households).groups(), instant, settings.region(), least=least)
        return visit_list(found, instant, operator=operator, district=district)

    query = {"operator": operator, "district": district, "least": least.name.lower()}
    return answer(settings, "visits", query | {"at": at.isoformat().replace("+00:00", "Z")}, compute)


def _rates(settings: Settings) -> Rates | None:
    """Tell what the books say of all messages together."""
    with closing(open_catalogue(settings)) as catalogue:
        return per_thousand(sum((entry.counts for entry in catalogue.ledger()), Counts()))


def _print(found: list[dict[str, Any]], reasons: str, rates: Rates | None) -> None:
    if found:
        Console().print(_table(found, reasons))
    else:
        typer.echo("No sensor needs a visit.")
    if rates is not None:
        typer.echo("Of 1,000 messages: " + ", ".join(f"{rate:.1f} {name}" for name, rate in rates._asdict().items()))


def _table(found: list[dict[str, Any]], reasons: str) -> Table:
    table = Table(
        "", "thing", "district", "operator", "reasons", title=f"{len(found):,} sensor{'s' * (len(found) != 1)}"
    )
    for visit in found:
        name = visit["thing"] if visit["name"] == visit["thing"] else f"{visit['thing']}\n{visit['name']}"
        told = (name, visit["district"], visit["operator"], "; ".join(visit[reasons]))
        table.add_row(
            Text(visit["state"].upper(), style=_STYLE[visit["state"]]),
            *(Text("\n".join(map(printable, cell.split("\n")))) for cell in told),
        )
    return table


COMMAND = visits
