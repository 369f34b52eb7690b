"""``smilecity things``: the city's register, listed, extended, and handed out."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensors.entries import Assumed, demand_sound
from sensors.geojson import geojson_from_things
from sensors.hint import did_you_mean
from sensors.kinds import kinds
from sensors.model import Calibration
from sensors.register import csv_from_things
from smilecity import options
from smilecity.auditing import noted
from smilecity.city_file import read_things
from smilecity.moments import moment
from smilecity.own import know_own
from smilecity.rooms import is_there, open_catalogue
from smilecity.site import changed, demand_readable, only_readable, site_of, what_to_do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.entries import Refusal
    from sensors.model import Device, Thing
    from smilecity.settings import Settings

GROUP = typer.Typer(
    help="List the city's things, add more from GeoJSON or CSV, export them. Works beside a running platform.",
    no_args_is_help=True,
)


class Format(StrEnum):
    """What an export is written as."""

    GEOJSON = "geojson"
    CSV = "csv"


Kind = Annotated[str | None, typer.Option(help="Only this kind, for example waste_container.")]
Operator = Annotated[str | None, typer.Option(help="Only this operator's.")]
District = Annotated[str | None, typer.Option(help="Only this district's.")]


@GROUP.command("list")
def list_things(
    kind: Kind = None,
    operator: Operator = None,
    district: District = None,
    *,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Print GeoJSON, with devices, as 'things export' does.")
    ] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List the things that the catalogue knows."""
    things, devices = _chosen(options.settings(data=data, catalogue=catalogue_at), kind, operator, district)
    if geojson:
        typer.echo(_written(things, devices, Format.GEOJSON), nl=False)
        return
    if not things:
        typer.echo("No things yet. Add some: smilecity things add city.geojson")
        return
    per_thing = Counter(device.thing.id for device in devices)
    table = Table("thing", "name", "kind", "district", "operator", "devices")
    for thing in things:
        cells = (thing.id, thing.name, thing.kind, thing.district, thing.operator, str(per_thing[thing.id]))
        table.add_row(*map(Text, cells))
    Console().print(table)


@GROUP.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="GeoJSON with a Feature per thing, or CSV with a row per thing.")],
    *,
    kind: Annotated[
        str | None, typer.Option(help="What the things are, where the file does not say it: parking_lot, ...")
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A property of every site that the file does not say."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Add things and their devices from GeoJSON or CSV, or change those whose id is known already.

    A CSV table names its columns in the first row: these, and any other for what the kind needs to know of the site:

        id,name,kind,longitude,latitude,capacity
        lot-city,Tiefgarage City,parking_lot,12.1335,54.0896,350

    Further columns are operator, district, public, device and model; a second device of a thing is a second row. In
    GeoJSON every thing is a Feature with an id:

        {"type": "Feature", "id": "lot-city", "geometry":
        {"type": "Point", "coordinates": [12.1335, 54.0896]}, "properties":
        {"name": "Tiefgarage City", "kind": "parking_lot", "capacity": 350,
        "devices": [{"id": "24e124713c401925", "model": "plain"}]}}

    Rostock's own registers are understood as they are (abfallbehaelter, containerstellplaetze, parkmoeglichkeiten,
    parkscheinautomaten, ladestationen), and metres of EPSG:25833 in columns rechtswert and hochwert. What such a
    register does not say may be said beside it:

        smilecity things add parkscheinautomaten.csv --kind parking_lot --dry-run

    Where the site of a known thing is said otherwise, it is told what to do with what was computed by it before; a
    site that changed on a day is noted by 'smilecity things calibrate'.

    What cannot be taken is told row by row, and the exit status is 1 then; the other rows are added all the same.
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    know_own(settings)
    parsed = only_readable(read_things(file, Assumed(_kind(kind), site_of(site or []))), settings.zone)
    changes = changed(_known(settings), parsed.things)
    if not dry_run:
        with closing(open_catalogue(settings, begins=True)) as catalogue:
            catalogue.put(parsed.things, parsed.devices)
            said = f"things add '{file.name}': {len(parsed.things)} things, {len(parsed.devices)} devices"
            noted(catalogue, said, _operator_of(parsed.things))
    done = "would be added or changed; nothing was, this is a dry run." if dry_run else "added or changed."
    typer.echo(f"{len(parsed.things):,} things and {len(parsed.devices):,} devices {done}")
    if changes:
        typer.echo(what_to_do(changes))
    if parsed.refusals:
        _report(parsed.refusals)
        raise typer.Exit(1)


@GROUP.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, to the terminal.")] = None,
    *,
    form: Annotated[
        Format | None, typer.Option("--format", help="Without it: csv for a file that is called so, else geojson.")
    ] = None,
    kind: Kind = None,
    operator: Operator = None,
    district: District = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Write things with the devices that observe them now, as 'things add' reads them.

    A table for a spreadsheet, and back after it was edited there:

        smilecity things export bins.csv --kind waste_container

        smilecity things add bins.csv
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    things, devices = _chosen(settings, kind, operator, district)
    by_name = Format.CSV if file is not None and file.suffix.lower() == ".csv" else Format.GEOJSON
    text = _written(things, devices, form or by_name)
    _say_left_out(settings, things, form or by_name)
    if file is None:
        typer.echo(text.replace("\r\n", "\n"), nl=False)
        return
    file.write_text(text, encoding="utf-8", newline="")
    typer.echo(f"{len(things):,} things and {len(devices):,} devices written to '{file}'.")


@GROUP.command("calibrate")
def calibrate(
    thing: Annotated[str, typer.Argument(help="Id of the thing whose site has changed.")],
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE ...", help="What is true of it from then on.")],
    *,
    since: Annotated[
        str, typer.Option(help="Since when: 2026-03-01 (local), 2026-03-01T06:00:00Z, or -7d for a week ago.")
    ],
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Note that a site changed on a day: a sensor hung elsewhere, fewer spaces, another transformer.

    Readings are taken by the site as it was at their own time, indicators by the site as it was when the day began:

        smilecity things calibrate lot-city capacity=280 --since 2026-03-01

    What was computed before is computed anew with  smilecity process --backfill 2026-03-01 now
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    begin = moment(since, settings.zone, datetime.now(UTC))
    properties = site_of(changes)
    with closing(open_catalogue(settings)) as catalogue:
        known = catalogue.thing(thing)
        if known is not None:
            demand_sound(kinds()[known.kind], properties)
            demand_readable(known.kind, properties, settings.zone)
        catalogue.calibrate(thing, Calibration(since=round(begin.timestamp() * 1000), properties=properties))
        told = f"things calibrate {thing} {' '.join(changes)} --since {begin:%Y-%m-%dT%H:%M:%SZ}"
        noted(catalogue, told, known.operator if known else "")
    said = ", ".join(f"{name} is {value}" for name, value in properties.items())
    typer.echo(f"{thing}: {said} since {begin:%Y-%m-%d %H:%M} UTC.")


def _known(settings: Settings) -> dict[str, Thing]:
    """Give the things that the catalogue knows, by id; it is not made where there is none."""
    if not is_there(settings.catalogue_url()):
        return {}
    with closing(open_catalogue(settings)) as catalogue:
        return {thing.id: thing for thing in catalogue.things()}


def _operator_of(things: Sequence[Thing]) -> str:
    """Name the company whose things all of them are; empty where they are of several."""
    operators = {thing.operator for thing in things}
    return operators.pop() if len(operators) == 1 else ""


def _say_left_out(settings: Settings, things: Sequence[Thing], form: Format) -> None:
    """Tell what an export has no place for: an export is complete or says that it is not."""
    ids = {thing.id for thing in things}
    with closing(open_catalogue(settings)) as catalogue:
        observed = [each for several in catalogue.devices().values() for each in several if each.thing.id in ids]
    dated = sum(not each.always for each in observed)
    changes = sum(len(thing.calibrations) for thing in things) if form is Format.CSV else 0
    if dated:
        typer.echo(f"Left out: since when and until when {dated:,} devices observed (devices list tells).", err=True)
    if changes:
        typer.echo(f"Left out: {changes:,} changes of sites, for which GeoJSON has a place.", err=True)


def _chosen(
    settings: Settings, kind: str | None, operator: str | None, district: str | None
) -> tuple[Sequence[Thing], list[Device]]:
    with closing(open_catalogue(settings)) as catalogue:
        things = catalogue.things(kind=kind, operator=operator, district=district)
        observing = [each for observed in catalogue.devices().values() for each in observed if each.valid_to is None]
    ids = {thing.id for thing in things}
    return things, [device for device in observing if device.thing.id in ids]


def _written(things: Sequence[Thing], devices: Sequence[Device], form: Format) -> str:
    if form is Format.CSV:
        return csv_from_things(things, devices)
    return json.dumps(geojson_from_things(things, devices), ensure_ascii=False, indent=1) + "\n"


def _kind(name: str | None) -> str:
    if name is not None and name not in kinds():
        raise ValueError(f"no sensor kind is called '{name}'.{did_you_mean(name, kinds())}")
    return name or ""


def _report(refusals: Sequence[Refusal]) -> None:
    table = Table("where", "why it was refused", title=f"{len(refusals):,} refused", show_lines=True)
    for refusal in refusals:
        table.add_row(Text(refusal.place), Text(refusal.reason))
    Console(stderr=True).print(table)
