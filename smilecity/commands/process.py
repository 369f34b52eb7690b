"""``smilecity process``: compute indicators, for what is new or for a span."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from processing.worker import Worker
from smilecity import options
from smilecity.moments import moment
from smilecity.rooms import rooms


def process(
    start: Annotated[
        str | None, typer.Option("--from", help="Recompute from here on: 2026-03-29T00:00:00Z, 2026-03-29 or -7d.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Recompute up to here.", show_default="now")] = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Compute the indicators of everything that is not computed yet, or again for a span.

    A value that changes gets a higher revision; one that does not stays as it is. Days are those of the city's zone
    (SMILECITY_ZONE, Europe/Berlin by default).
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    console = Console(stderr=True)
    now = datetime.now(UTC)
    with rooms(chosen, "'smilecity process'") as (opened, catalogue):
        worker = Worker(opened, catalogue, region=chosen.region())
        with console.status("computing"):
            if start is None and end is None:
                report = worker.step(now)
            else:
                first = moment(start, chosen.zone, now) if start else datetime(1970, 1, 1, tzinfo=UTC)
                report = worker.recompute(first, moment(end, chosen.zone, now) if end else now, now)
    console.print(
        f"{report.windows:,} windows computed in {report.seconds:.1f} s: "
        f"{report.written:,} values written, {report.revised:,} of them revised."
    )


COMMAND = process
