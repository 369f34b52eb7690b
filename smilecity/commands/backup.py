"""``smilecity backup``: everything of an installation in a new folder, while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smilecity import manifest, options
from smilecity.advance import advance
from smilecity.backup import back_up
from smilecity.errands import ask
from smilecity.lock import DataInUseError
from smilecity.migration import existing
from smilecity.rooms import rooms


def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is not there yet.")],
    *,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Copy store, catalogue, spools and the city's own declarations into a new folder, and read all of it back.

    Works beside a running  smilecity up  or  ingest , which then makes it; reads and writes go on. It is a copy of one
    instant, complete each time, and often smaller than what it copies:

        smilecity backup /backups/2026-11-23

    Servers (VictoriaMetrics, InfluxDB, PostgreSQL) have tools of their own, and the backup says so. What to do with it
    stands in docs/recovery.md.
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    if not chosen.data.is_dir():
        raise ValueError(f"there is no data folder '{chosen.data}' to back up: name it with --data")
    existing(chosen.store_url())
    with advance("backing up", of="") as bar:
        try:
            with rooms(chosen, "'smilecity backup'") as (opened, _):
                back_up(opened, chosen, target, bar.tell)
        except DataInUseError:
            ask(chosen.data, "backup", str(target.absolute()), bar.tell)
    for line in told(manifest.read(target), target):
        typer.echo(line)


def told(made: manifest.Manifest, target: Path) -> list[str]:
    """Say what a backup holds."""
    size = sum(int(found[0]) for found in made.files.values()) / 1e6
    lines = [f"'{target}' holds the state of {made.made}: {made.rows:,} observations, {size:,.1f} MB, read back."]
    waiting = sum(int(tables.get("portion", [0])[0]) for tables in made.tables.values())
    if waiting:
        lines.append(f"Spools held {waiting:,} portions of messages that were not in the store yet; they are in it.")
    return [*lines, *made.elsewhere]


COMMAND = backup
