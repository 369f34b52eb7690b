"""``smilecity things``: the city's register, listed and extended."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sensors.geojson import geojson_from_things, things_from_geojson
from smilecity import options
from smilecity.rooms import open_catalogue

GROUP = typer.Typer(help="List the city's things and add more. Works beside a running platform.", no_args_is_help=True)

MAX_BYTES = 64 * 1024 * 1024


@GROUP.command("list")
def list_things(
    kind: Annotated[str | None, typer.Option(help="Only this kind, for example waste_container.")] = None,
    operator: Annotated[str | None, typer.Option(help="Only this operator's.")] = None,
    district: Annotated[str | None, typer.Option(help="Only this district's.")] = None,
    *,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Print GeoJSON, with devices, as 'things add' reads it.")
    ] = False,
    data: options.Data = None,
) -> None:
    """List the things that the catalogue knows."""
    with closing(open_catalogue(options.settings(data=data))) as catalogue:
        things = catalogue.things(kind=kind, operator=operator, district=district)
        devices = [
            device for observed in catalogue.devices().values() for device in observed if device.valid_to is None
        ]
    if geojson:
        ids = {thing.id for thing in things}
        chosen = [device for device in devices if device.thing.id in ids]
        typer.echo(json.dumps(geojson_from_things(things, chosen), ensure_ascii=False, indent=1))
        return
    if not things:
        typer.echo("No things yet. Add some: smilecity things add city.geojson")
        return
    per_thing = Counter(device.thing.id for device in devices)
    table = Table("thing", "name", "kind", "district", "operator", "devices")
    for thing in things:
        table.add_row(thing.id, thing.name, thing.kind, thing.district, thing.operator, str(per_thing[thing.id]))
    Console().print(table)


@GROUP.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="A GeoJSON FeatureCollection, one Feature per thing.", dir_okay=False)],
    data: options.Data = None,
) -> None:
    """Add things and their devices from GeoJSON, or change those whose id is known already.

    A Feature has an id, a Point (longitude, latitude), and properties: name, kind, operator, district, public,
    devices (id and model each), and what the kind needs to know of the site:

        {"type": "Feature", "id": "bin-7", "geometry": {"type": "Point", "coordinates": [12.1, 54.09]},
         "properties": {"name": "Bin 7", "kind": "waste_container", "distance_empty_mm": 1500, "distance_full_mm": 200,
                        "devices": [{"id": "24e124713c401925", "model": "milesight_em310_udl"}]}}
    """
    with closing(open_catalogue(options.settings(data=data))) as catalogue:
        parsed = things_from_geojson(_read(file))
        catalogue.put(parsed.things, parsed.devices)
    typer.echo(f"{len(parsed.things):,} things and {len(parsed.devices):,} devices added or changed.")
    for sentence in parsed.refused:
        typer.echo(f"refused: {sentence}", err=True)
    if parsed.refused:
        raise typer.Exit(1)


def _read(file: Path) -> dict[str, object]:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"'{file}' is larger than {MAX_BYTES // 2**20} MiB; split it.")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"'{file}' is not JSON: {error}") from None
    if isinstance(document, dict):
        return document
    raise ValueError(f"'{file}' holds a {type(document).__name__}; a GeoJSON FeatureCollection is expected.")
