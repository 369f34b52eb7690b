"""``smilecity devices``: which piece of hardware observes which thing, now and in the past."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sensors.devices import models
from sensors.eui import device_id
from sensors.hint import did_you_mean
from sensors.model import Device, Thing
from smilecity import options
from smilecity.moments import moment
from smilecity.rooms import open_catalogue

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

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
        known = catalogue.devices().get(device_id(device), ())
        begin = None if since is None and not known else _milliseconds(since, settings.zone)
        name = model or (known[-1].model if known else None)
        observed = Device(id=device_id(device), model=_model(name), thing=_thing(catalogue, thing), valid_from=begin)
        catalogue.assign(observed)
    typer.echo(f"{observed.id} observes {thing}{'' if begin is None else f' since {_shown(begin)}'}.")


@GROUP.command("end")
def end(
    device: DeviceName, *, at: When = None, data: options.Data = None, catalogue_at: options.CatalogueUrl = None
) -> None:
    """Let a device observe nothing any more: taken down, lost, or on its way to another place."""
    settings = options.settings(data=data, catalogue=catalogue_at)
    when = _milliseconds(at, settings.zone)
    with closing(open_catalogue(settings)) as catalogue:
        catalogue.end(device_id(device), when)
    typer.echo(f"{device_id(device)} observes nothing since {_shown(when)}.")


def _model(name: str | None) -> str:
    if name is None:
        raise ValueError(
            "the device is new: say which model it is with --model, for example --model milesight_em310_udl"
        )
    if name not in models():
        raise ValueError(f"no device model is called '{name}'.{did_you_mean(name, models())}")
    return name


def _thing(catalogue: Catalogue, name: str) -> Thing:
    thing = catalogue.thing(name)
    if thing is None:
        hint = did_you_mean(name, (each.id for each in catalogue.things()))
        raise ValueError(f"there is no thing '{name}'.{hint} List them with: smilecity things list")
    return thing


def _milliseconds(text: str | None, zone: str) -> int:
    now = datetime.now(UTC)
    return round((now if text is None else moment(text, zone, now)).timestamp() * 1000)


def _shown(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
