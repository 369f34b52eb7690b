"""``smilecity import``: history out of files, our own exports and anybody's tables."""  # noqa: N999 - commands are loaded by name, never by an import statement

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smilecity import options
from smilecity.bringing_in import Wanted, bring_in
from storage.exchange.mapping import checked, read_mapping

if TYPE_CHECKING:
    from storage.exchange.mapping import Mapping


def import_observations(
    paths: Annotated[list[Path], typer.Argument(help="CSV (also .gz), Parquet, Arrow or .lp files, exports' folders.")],
    *,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="TOML file that says what the columns mean.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column of the time.")] = None,
    time_format: Annotated[str | None, typer.Option(help="iso, unix, unix_ms, or '%d.%m.%Y %H:%M'.")] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of times without offset, Europe/Berlin.")] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Columns that are a series each: '(?P<thing>.+)'.")
    ] = None,
    thing: Annotated[
        str | None, typer.Option(help="Thing made of the groups; with --value the column of things.")
    ] = None,
    observed: Annotated[
        str | None, typer.Option("--property", metavar="NAME", help="Observed property of these columns or rows.")
    ] = None,
    value: Annotated[str | None, typer.Option(help="Column of the value, in a table with a row each.")] = None,
    unit: Annotated[str | None, typer.Option(help="UCUM unit of the values, where it is another.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between columns, where it is no comma.")] = None,
    decimal: Annotated[str | None, typer.Option(help="Decimal mark, where it is no point.")] = None,
    create: Annotated[str | None, typer.Option(metavar="KIND", help="Make things that are not known yet.")] = None,
    at: Annotated[str | None, typer.Option(metavar="LON,LAT", help="Where things that are made are put.")] = None,
    site: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Property of sites that are made.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go in, and write nothing.")] = False,
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Take a broken-off export all the same.")] = False,
    data: options.Data = None,
    store: options.StoreUrl = None,
) -> None:
    """Bring history into the store: exports of Smile City as they are, other tables with a mapping.

    A wide table has a column per car park, meter, container; a long one a row per observation:

        smilecity import parking.csv.gz --time timestamp --columns '(?P<thing>.+)'
        --property available_spot_number --dry-run

        smilecity import readings.csv --map meters.toml

    Things must be known ('smilecity things add'), or are made with --create pv_plant --at 12.1,54.1. Rows that cannot
    be read are counted, the first told with file and line, and the exit status is 1; all others go in. Running it
    again changes nothing. docs/import.md shows mapping files: local times, units, marks of missing values.
    """
    said = {
        "time": {"column": time, "format": time_format, "zone": zone},
        "file": {"separator": separator, "decimal": decimal},
        "columns": {"pattern": columns, "value": value, "thing": thing, "property": observed, "unit": unit},
    }
    mapping = _mapping(map_file, {name: _given(options) for name, options in said.items()})
    wanted = Wanted(paths, mapping, create=create, at=at, site=site or (), dry_run=dry_run, incomplete=incomplete)
    if not bring_in(options.settings(data=data, store=store), wanted):
        raise typer.Exit(1)


def _given(said: dict[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in said.items() if text is not None}


def _mapping(file: Path | None, said: dict[str, dict[str, str]]) -> Mapping | None:
    """Make a mapping of a file or of options; None where nothing is said, as for exports of our own."""
    if file is not None and any(said.values()):
        raise ValueError("say what columns mean either with --map or with options, not with both")
    if file is not None:
        return read_mapping(file)
    if not any(said.values()):
        return None
    columns = said.pop("columns")
    table: dict[str, Any] = said | ({"long": _long(columns)} if "value" in columns else {"wide": [_wide(columns)]})
    return checked(table)


def _wide(columns: dict[str, str]) -> dict[str, str]:
    missing = [f"--{name}" for name in ("columns", "property") if {"columns": "pattern"}.get(name, name) not in columns]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} must be said, too; or --value for a table with a row per observation"
        )
    return columns


def _long(columns: dict[str, str]) -> dict[str, str]:
    if "pattern" in columns:
        raise ValueError("--columns is for a column per series, --value for a row per observation: say one of them")
    named = {"property": "property_is"}
    return {named.get(name, name): text for name, text in columns.items()}


COMMAND = import_observations
