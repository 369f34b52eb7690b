"""``smilecity indicators``: what is computed, by which versions of the formulas, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from api.documents import indicator_document
from api.schema import IndicatorList
from processing.formulas import versions_in
from processing.indicators import with_forecasts
from smilecity import options
from smilecity.asking import answer
from smilecity.printing import print_said, print_table

if TYPE_CHECKING:
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store


def indicators(
    name: Annotated[
        str | None, typer.Argument(help="One indicator, with its definition.", show_default="all, as a table")
    ] = None,
    *,
    domain: Annotated[str | None, typer.Option(help="Only those of this domain.", show_default="all")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """List the indicators with the versions of their formulas: which computes now, and which has since when.

    A value is by the version that was in force when it was computed; 'smilecity explain' says it of one. Beside a
    running platform the question goes to its API.

        smilecity indicators occupancy
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    found = _chosen(_ask(chosen), name, domain)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"indicators": found})).decode())
    elif name is None:
        print_table(("indicator", "unit", "version", "since, UTC", "before"), map(_row, found))
    else:
        print_said(_said(found[0]))


def _ask(settings: Settings) -> list[dict[str, Any]]:
    def compute(_: Store, catalogue: Catalogue) -> IndicatorList:
        versions = versions_in(catalogue)
        return IndicatorList(indicators=[indicator_document(one, versions) for one in with_forecasts()])

    every: list[dict[str, Any]] = answer(settings, "indicators", {}, compute, begins=True)["indicators"]
    return every


def _chosen(every: list[dict[str, Any]], name: str | None, domain: str | None) -> list[dict[str, Any]]:
    """Keep those that are meant. Raises ValueError where there are none."""
    found = [one for one in every if name in (None, one["name"]) and domain in (None, one["domain"])]
    if found:
        return found
    if name is not None and domain is None:
        raise ValueError(f"there is no indicator '{name}'. 'smilecity indicators' lists all {len(every)}")
    known = ", ".join(sorted({one["domain"] for one in every}))
    raise ValueError(f"there is no such indicator of the domain '{domain}'. The domains are {known}")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    *before, now = one["versions"] or [None]
    known = now is not None and now["version"] == one["version"]
    earlier = before if known else one["versions"]
    told = ", ".join(f"{_version(each)} since {_clock(each['since'])}" for each in earlier)
    return one["name"], one["unit"], str(one["version"]), _since(now, known=known), told


def _since(now: dict[str, Any] | None, *, known: bool) -> str:
    return _clock(now["since"]) if now is not None and known else "not yet"


def _said(one: dict[str, Any]) -> dict[str, str]:
    versions = ", ".join(f"{_version(each)} since {_clock(each['since'])} UTC" for each in one["versions"])
    return {
        "name": one["name"],
        "title": f"{one['title']} ({one['title_de']})",
        "unit": one["unit"],
        "version": f"{one['version']} ({versions or 'has not computed yet'})",
        "definition": one["description"],
        "source": one["source"],
        "made of": ", ".join(one["inputs"]),
        "for": ", ".join(one["kinds"]),
        "results": ", ".join(one["properties"]),
    }


def _version(each: dict[str, Any]) -> str:
    return "unknown" if each["version"] is None else str(each["version"])


def _clock(instant: str) -> str:
    return instant.partition(".")[0].replace("T", " ")


COMMAND = indicators
