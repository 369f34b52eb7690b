"""``smilecity devices``: which piece of hardware observes which thing, now and in the past."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sensors.eui import device_id
from smilecity import options
from smilecity.auditing import noted
from smilecity.moments import moment
from smilecity.rooms import open_catalogue
from storage import assigning

GROUP = typer.Typer(
    help="Say which device observes which thing, and since when. Works beside a running platform.",
    no_args_is_help=True,
)

DeviceName = Annotated[str, typer.Argument(help="EUI in any spelling, or the network's own name of the device.")]
When = Annotated[
    str | None,
    typer.Option(help="2026-03-29T01:00:00Z, 2026-03-29 (local), or -7d.", show_default="now"),
]


@GROUP.command("list")
def list_devices(
    thing: Annotated[str | None, typer.Option(help="Only those that observe, or observed, this thing.")] = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List devices, what they observe, and from when to when."""
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        chosen = [
            each for observed in catalogue.devices().values() for each in observed if thing in (None, each.thing.id)
        ]
    if not chosen:
        typer.echo("No devices. Assign one: smilecity devices assign EUI THING --model MODEL")
        return
    table = Table("device", "model", "thing", "from", "to")
    for each in chosen:
        table.add_row(each.id, each.model, each.thing.id, _shown(each.valid_from), _shown(each.valid_to))
    Console().print(table)


@GROUP.command("assign")
def assign(
    device: DeviceName,
    thing: Annotated[str, typer.Argument(help="Id of the thing that it observes from now on.")],
    *,
    model: Annotated[str | None, typer.Option(help="Device model; needed for a device that is new.")] = None,
    since: When = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Let a device observe a thing: a new device, one moved from another thing, or a meter put in another's place.

    What it observed before stays as it is. Readings that come late go to the thing that it observed at their own time:

        smilecity devices assign 24e124713c401925 bin-8 --since 2026-03-01T12:00
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    with closing(open_catalogue(settings)) as catalogue:
        begin = None if since is None else _milliseconds(since, settings.zone)
        now = _milliseconds(None, settings.zone)
        observed = assigning.assign(catalogue, device, thing, model=model, since=begin, now=now)
        told = "" if observed.valid_from is None else f" since {_shown(observed.valid_from)}"
        noted(catalogue, f"devices assign {observed.id} {thing}{told}", observed.thing.operator)
    typer.echo(f"{observed.id} observes {thing}{told}.")


@GROUP.command("end")
def end(
    device: DeviceName, *, at: When = None, data: options.Data = None, catalogue_at: options.CatalogueUrl = None
) -> None:
    """Let a device observe nothing any more: taken down, lost, or on its way to another place."""
    settings = options.settings(data=data, catalogue=catalogue_at)
    when = _milliseconds(at, settings.zone)
    with closing(open_catalogue(settings)) as catalogue:
        observed = catalogue.devices().get(device_id(device), ())
        catalogue.end(device_id(device), when)
        operator = observed[-1].thing.operator if observed else ""
        noted(catalogue, f"devices end {device_id(device)} at {_shown(when)}", operator)
    typer.echo(f"{device_id(device)} observes nothing since {_shown(when)}.")


def _milliseconds(text: str | None, zone: str) -> int:
    now = datetime.now(UTC)
    return round((now if text is None else moment(text, zone, now)).timestamp() * 1000)


def _shown(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
