"""``smilecity explain``: why a number is what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isclose
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from api.explanation import explanation_document
from processing.explain import explain as explained
from processing.formulas import versions_in
from processing.roster import Roster
from sensors.model import Datastream
from smilecity import options
from smilecity.asking import answer
from smilecity.moments import moment

if TYPE_CHECKING:
    from api.explanation_schema import ExplanationDocument
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store


def explain(
    thing: Annotated[str, typer.Argument(help="A thing's id, or a group: district:Stadtmitte, operator:rsag, city.")],
    derived: Annotated[str, typer.Argument(metavar="PROPERTY", help="A result, for example occupancy_hour.")],
    at: Annotated[
        str, typer.Option(help="An instant in the window: 2026-03-29T00:10:00Z, 2026-03-29 (local), or -1h.")
    ] = "-1h",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Explain one number: its inputs, how long each of them held, the gaps, what was left out, and the definition.

    Beside a running platform the question goes to its API.

        smilecity explain hro-tg-city occupancy_hour --at 2026-06-01T08:00:00Z
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    document = _ask(chosen, thing, derived, moment(at, chosen.zone, datetime.now(UTC)))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        _print(document)


def _ask(settings: Settings, thing: str, derived: str, at: datetime) -> dict[str, Any]:
    stream, instant = Datastream(thing, derived, derived=True), np.datetime64(at.replace(tzinfo=None), "ms")

    def compute(store: Store, catalogue: Catalogue) -> ExplanationDocument:
        groups = Roster(catalogue, settings.households).groups()
        found = explained(store, groups, stream, instant, settings.region())
        return explanation_document(found, versions_in(catalogue))

    query = {"thing": thing, "property": derived, "at": at.isoformat().replace("+00:00", "Z")}
    return answer(settings, "explain", query, compute)


def _print(document: dict[str, Any]) -> None:
    console = Console()
    console.print(f"[bold]{document['title']}[/] of [bold]{document['thing']}[/] ({document['property']})")
    console.print(f"{document['start']} to {document['end']}, unit {document['unit']}")
    console.print(_numbers(document))
    if said := _of_former_formula(document):
        console.print(said)
    number, least = document["computed"], document["min_coverage"]
    if number["value"] is None and number["coverage"] < least:
        console.print(f"No value: {number['coverage']:.0%} of the window is known, and {least:.0%} is needed.")
    if document["arithmetic"]:
        console.print(f"It is {document['arithmetic']}.")
    for made in (each for each in document["inputs"] if each["rows"]):
        console.print(_input(made))
        if beyond := sum(map(_beyond, made["observations"])):
            console.print(
                f"  and {beyond:,} before or after the window, where the definition looks back: --json lists them"
            )
        for gap in made["gaps"]:
            console.print(f"  nothing known from {gap['start']} to {gap['end']}")
    if silent := [each["datastream"] for each in document["inputs"] if not each["rows"]]:
        console.print(f"Nothing within reach of {', '.join(silent)}")
    if document["site"]:
        console.print("Site: " + ", ".join(f"{name} {value}" for name, value in document["site"].items()))
    console.print(f"Definition (version {document['version']}): {document['formula']}\nSource: {document['source']}")


def _numbers(document: dict[str, Any]) -> Table:
    table = Table("", "value", "coverage", "samples", "quality", "revision", "formula", "stated, UTC")
    for name in ("stored", "computed"):
        number = document[name]
        if number is not None:
            shown = ("value", "coverage", "samples", "quality_name", "revision", "formula_version")
            table.add_row(name, *(_short(number[column]) for column in shown), _clock(number["stated"] or ""))
    return table


def _of_former_formula(document: dict[str, Any]) -> str:
    """Say that a stored value is by another version of the formula, and what the present one gives; else nothing."""
    stored, computed = document["stored"], document["computed"]
    if stored is None or stored["formula_version"] in (None, document["version"]):
        return ""
    former = f"What is stored is by version {stored['formula_version']} of the formula."
    now = f"Version {document['version']}, the present one,"
    if _alike(stored["value"], computed["value"]):
        return f"{former} {now} comes to the same, which is not stored anew."
    says = "no value" if computed["value"] is None else _short(computed["value"])
    again = f"smilecity process --backfill {document['start']} {document['end']}"
    return f"{former} {now} says {says}: '{again}' stores that."


def _alike(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else isclose(one, other)


def _input(made: dict[str, Any]) -> Table:
    unit = made["unit"]
    title = f"{made['datastream']}, {made['rows']:,} observations within reach"
    table = Table("time, UTC", f"result [{unit}]", "quality", "hours", "adds", "left out, findings", title=title)
    table.columns[0].no_wrap = True
    shown = ("result", "quality_name", "hours", "amount")
    for used in (used for used in made["observations"] if not _beyond(used)):
        time = _clock(used["phenomenon_time"])
        doubts = "; ".join(filter(None, (used["left_out"], *used["findings"])))
        table.add_row(time, *(_short(used[column]) for column in shown), doubts)
    table.add_section()
    table.add_row("all together", "", "", _short(made["hours"]), _short(made["amount"]), "")
    for column in (table.columns[1], table.columns[3], table.columns[4]):
        column.justify = "right"
    return table


def _beyond(used: dict[str, Any]) -> bool:
    """Tell whether an observation lies before the window, or after it."""
    return bool(used["left_out"].endswith("the window"))


def _clock(instant: str) -> str:
    return instant.removesuffix(".000Z").rstrip("Z").replace("T", " ")


def _short(value: object) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


COMMAND = explain
