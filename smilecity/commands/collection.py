"""``smilecity collection``: which containers are to be emptied before their next round."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.collection import collection_document
from processing.collection import LIKELY
from processing.collection import collection as listed
from processing.roster import Roster
from smilecity import options
from smilecity.asking import answer
from smilecity.moments import moment
from smilecity.printing import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.collection import CollectionDocument
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store


def collection(
    *,
    likely: Annotated[
        float, typer.Option(help="Probability of being full before the next round from which a container is listed.")
    ] = LIKELY,
    operator: Annotated[str | None, typer.Option(help="Only containers of this operator.", show_default="all")] = None,
    district: Annotated[str | None, typer.Option(help="Only containers in this district.", show_default="all")] = None,
    at: Annotated[str, typer.Option(help="An instant: 2026-03-29T00:10:00Z, 2026-03-29 (local), -2h, now.")] = "now",
    german: Annotated[bool, typer.Option("--german", help="Say the reasons in German.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """List the containers that overflow, or are likely full before their next planned round, or cannot be told of.

    The most urgent of each operator come first, each with its reason. Silent sensors are on the list, to be checked.
    Beside a running platform the question goes to its API.

        smilecity collection --likely 0.3 --operator "Stadtentsorgung Rostock"
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    query = {"operator": operator, "district": district, "likely": f"{likely:g}"}
    document = _ask(chosen, query, likely, moment(at, chosen.zone, datetime.now(UTC)))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        _print(document, "reason_de" if german else "reason")


def _ask(settings: Settings, query: dict[str, str | None], likely: float, at: datetime) -> dict[str, Any]:
    def compute(store: Store, catalogue: Catalogue) -> CollectionDocument:
        instant = np.datetime64(at.replace(tzinfo=None), "ms")
        groups = Roster(catalogue, settings.households).groups()
        found = listed(store, groups, instant, settings.region(), likely=likely)
        return collection_document(found, operator=query["operator"], district=query["district"])

    return answer(settings, "collection", query | {"at": at.isoformat().replace("+00:00", "Z")}, compute)


def _print(document: dict[str, Any], reason: str) -> None:
    console = Console()
    for operator, stops in groupby(document["stops"], key=lambda stop: stop["operator"]):
        console.print(_table(operator or "no operator", stops, reason))
    when = document["time"][:16].replace("T", " ")
    console.print(f"{len(document['stops'])} of {document['containers']} containers, {when} UTC.")


def _table(operator: str, stops: Iterable[dict[str, Any]], reason: str) -> Table:
    table = Table("container", "where", "why", "risk", "reason", title=Text(printable(operator)))
    table.columns[3].justify = "right"
    for stop in stops:
        risk = "?" if stop["risk"] is None else f"{100 * stop['risk']:.0f} %"
        cells = stop["thing"], stop["district"], stop["why"].replace("_", " "), risk, stop[reason]
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


COMMAND = collection
