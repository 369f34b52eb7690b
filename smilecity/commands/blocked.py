"""``smilecity blocked``: which fire-access and loading zones are blocked now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.blocked import blocked_document
from processing.blocked import blocked_places
from processing.roster import Roster
from smilecity import options
from smilecity.asking import answer
from smilecity.moments import moment
from smilecity.printing import printable

if TYPE_CHECKING:
    from api.blocked import BlockedDocument
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store

_STYLE = {"blocked": "bold red", "check": "yellow"}


def blocked(
    *,
    operator: Annotated[str | None, typer.Option(help="Only places of this operator.", show_default="all")] = None,
    district: Annotated[str | None, typer.Option(help="Only places in this district.", show_default="all")] = None,
    at: Annotated[str, typer.Option(help="An instant: 2026-03-29T00:10:00Z, 2026-03-29 (local), -2h, now.")] = "now",
    german: Annotated[bool, typer.Option("--german", help="Say the reasons in German.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """List the fire-access and loading zones that are blocked, fire access first, each with its reason.

    A vehicle blocks a zone when it stands there for longer than the site says (max_stay_min), at once in a fire-access
    zone and after 15 min in a loading zone where it says nothing, while the zone is in force (hours). Places with
    silent sensors are on the list, to be checked. Beside a running platform the question goes to its API.

        smilecity blocked --district Stadtmitte
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    document = _ask(chosen, operator, district, moment(at, chosen.zone, datetime.now(UTC)))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        _print(document, "reason_de" if german else "reason")


def _ask(settings: Settings, operator: str | None, district: str | None, at: datetime) -> dict[str, Any]:
    def compute(store: Store, catalogue: Catalogue) -> BlockedDocument:
        instant = np.datetime64(at.replace(tzinfo=None), "ms")
        listed = blocked_places(store, Roster(catalogue, settings.households).groups(), instant, settings.region())
        return blocked_document(listed, operator=operator, district=district)

    query = {"operator": operator, "district": district, "at": at.isoformat().replace("+00:00", "Z")}
    return answer(settings, "blocked", query, compute)


def _print(document: dict[str, Any], reason: str) -> None:
    console = Console()
    if document["blocked"]:
        table = Table("", "place", "district", "operator", "reason")
        for place in document["blocked"]:
            cells = f"{place['thing']}\n{place['name']}", place["district"], place["operator"], place[reason]
            told = (Text("\n".join(map(printable, cell.split("\n")))) for cell in cells)
            table.add_row(Text(place["why"].upper(), style=_STYLE[place["why"]]), *told)
        console.print(table)
    count = sum(place["why"] == "blocked" for place in document["blocked"])
    console.print(f"{count} of {document['looked_at']} places blocked, {document['time'][:16].replace('T', ' ')} UTC.")


COMMAND = blocked
