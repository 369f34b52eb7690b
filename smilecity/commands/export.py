"""``smilecity export``: observations as files, as many as there are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smilecity import options
from smilecity.advance import advance
from smilecity.exporting import Choice, chosen, export, make_room
from smilecity.moments import moment, span
from smilecity.rooms import rooms
from storage.exchange.formats import Format, format_of

if TYPE_CHECKING:
    from smilecity.settings import Settings


def export_observations(
    path: Annotated[Path, typer.Argument(metavar="DIR_OR_FILE", help="Folder for Parquet, else file (also .csv.gz).")],
    *,
    form: Annotated[
        Format | None, typer.Option("--format", help="Without it told by the name: .csv .arrow .lp, else parquet.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="2026-03-29T00:00:00Z, 2026-03-29 (local), -7d.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="The end, not included.")] = None,
    thing: Annotated[list[str] | None, typer.Option(help="Only this thing; may be said several times.")] = None,
    observed: Annotated[
        list[str] | None, typer.Option("--property", help="Only this property or indicator; several times too.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only things of this kind, for example waste_container.")] = None,
    operator: Annotated[str | None, typer.Option(help="Only this operator's things.")] = None,
    raw_only: Annotated[bool, typer.Option("--raw-only", help="What sensors said, without indicators.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier export of this name.")] = False,
    data: options.Data = None,
    store: options.StoreUrl = None,
) -> None:
    """Write observations and indicators with all their columns as Parquet, CSV, Arrow or line protocol.

    Parquet goes into a folder as property=.../day=.../observations.parquet, which DuckDB, Spark, pandas and polars read
    as one table. Memory stays the same however much it is. At the very end a manifest is written, manifest.json in
    the folder or beside the file, with rows and checksum: an export without one was broken off.

        smilecity export parking/ --kind parking_lot --from 2026-01-01 --to 2026-02-01

        smilecity export winter.csv.gz --property filling_level --raw-only

    'smilecity import' reads all of them again. Times are UTC, quality is the QARTOD flag.
    """
    settings = options.settings(data=data, store=store)
    first, last = _between(start, end, settings.zone)
    choice = Choice(
        start=first,
        end=last,
        things=thing or (),
        properties=observed or (),
        kind=kind,
        operator=operator,
        raw_only=raw_only,
    )
    _write(settings, choice, path, form or format_of(path) or Format.PARQUET, force=force)


def _write(settings: Settings, choice: Choice, path: Path, form: Format, *, force: bool) -> None:
    with rooms(settings, "'smilecity export'") as (opened, catalogue):
        spans = chosen(opened, catalogue, choice)
        make_room(path, form, force=force)
        with advance("exporting") as told:
            manifest = export(opened, spans, choice, path, form, told=told)
    typer.echo(
        f"{manifest.rows:,} observations of {manifest.datastreams:,} datastreams "
        f"written to '{path}'; complete, checksum {manifest.checksum}."
    )


def _between(start: str | None, end: str | None, zone: str) -> tuple[datetime | None, datetime | None]:
    now = datetime.now(UTC)
    if start and end:
        return span(start, end, zone, now)
    return moment(start, zone, now) if start else None, moment(end, zone, now) if end else None


COMMAND = export_observations
