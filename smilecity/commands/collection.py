"""``smilecity collection``: which containers are to be emptied before their next round."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from processing.collection import LIKELY, Collection, Stop
from processing.collection import collection as listed
from processing.roster import Roster
from smilecity import options
from smilecity.moments import moment
from smilecity.printing import printable
from smilecity.rooms import rooms

if TYPE_CHECKING:
    from collections.abc import Iterable


def collection(
    *,
    likely: Annotated[
        float, typer.Option(help="Probability of being full before the next round from which a container is listed.")
    ] = LIKELY,
    operator: Annotated[str | None, typer.Option(help="Only containers of this operator.", show_default="all")] = None,
    at: Annotated[str, typer.Option(help="An instant: 2026-03-29T00:10:00Z, 2026-03-29 (local), -2h, now.")] = "now",
    language: Annotated[str, typer.Option(help="Of the reasons: en or de.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """List the containers that overflow, or are likely full before their next planned round, or cannot be told of.

    The most urgent of each operator come first, each with its reason. Silent sensors are on the list, to be checked.

        smilecity collection --likely 0.3 --operator "Stadtentsorgung Rostock"
    """
    if language not in {"en", "de"}:
        raise ValueError(f"reasons are in English (en) or German (de), not in '{language}'")
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    now = datetime.now(UTC)
    instant = np.datetime64(moment(at, chosen.zone, now).replace(tzinfo=None), "ms")
    with rooms(chosen, "'smilecity collection'") as (opened, catalogue):
        found = listed(opened, Roster(catalogue, chosen.households).groups(), instant, chosen.region(), likely=likely)
    stops = [stop for stop in found.stops() if operator is None or stop.thing.operator == operator]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_document(found, stops))).decode())
    else:
        _print(found, stops, language)


def _print(found: Collection, stops: Iterable[Stop], language: str) -> None:
    console = Console()
    by_operator: dict[str, list[Stop]] = {}
    for stop in stops:
        by_operator.setdefault(stop.thing.operator, []).append(stop)
    for operator, mine in by_operator.items():
        console.print(_table(operator or "no operator", mine, language))
    count = sum(map(len, by_operator.values()))
    console.print(f"{count} of {found.containers} containers, {np.datetime_as_string(found.moment, unit='m')} UTC.")


def _table(operator: str, stops: Iterable[Stop], language: str) -> Table:
    table = Table("container", "where", "why", "risk", "reason", title=Text(printable(operator)))
    table.columns[3].justify = "right"
    for stop in stops:
        risk = "?" if stop.risk is None else f"{100 * stop.risk:.0f} %"
        cells = stop.thing.id, stop.thing.district, stop.why.replace("_", " "), risk, stop.reason(language)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _document(found: Collection, stops: Iterable[Stop]) -> dict[str, Any]:
    return {
        "time": _iso(found.moment),
        "likely": found.likely,
        "containers": found.containers,
        "stops": [_stop(stop) for stop in stops],
    }


def _stop(stop: Stop) -> dict[str, Any]:
    return {
        "thing": stop.thing.id,
        "name": stop.thing.name,
        "operator": stop.thing.operator,
        "district": stop.thing.district,
        "longitude": stop.thing.longitude,
        "latitude": stop.thing.latitude,
        "why": stop.why,
        "risk": stop.risk,
        "level": stop.level,
        "full_in_hours": stop.full_in,
        "round_in_hours": stop.round_in,
        "round_known_by": stop.plan.name.lower(),
        "heard": None if stop.heard is None else _iso(stop.heard),
        "reason": stop.reason("en"),
        "reason_de": stop.reason("de"),
    }


def _iso(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time, unit='ms')}Z"


COMMAND = collection
