"""``smilecity query``: the observations of a thing, printed or written to a file."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from smilecity import options
from smilecity.moments import span
from smilecity.observations import observed, write


class Format(StrEnum):
    """How observations are written."""

    CSV = "csv"
    PARQUET = "parquet"


def query(
    thing: Annotated[str, typer.Argument(help="A thing's id, as 'smilecity things list' prints it.")],
    observed_property: Annotated[
        str,
        typer.Argument(metavar="PROPERTY", help="An observed property or an indicator, for example occupancy_hour."),
    ],
    start: Annotated[
        str, typer.Option("--from", help="2026-03-29T00:00:00Z, 2026-03-29 (local), or -24h, -7d.")
    ] = "-24h",
    end: Annotated[str | None, typer.Option("--to", help="The end, not included.", show_default="now")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write: .csv or .parquet.")] = None,
    form: Annotated[Format | None, typer.Option("--format", help="Where the file's name does not tell.")] = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Print the observations of one thing and property as CSV, or write them as CSV or Parquet; always complete.

    Times are UTC, quality is the QARTOD flag (1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing). Beside a running
    platform the question goes to its API.

        smilecity query hro-tg-city occupancy_15min --from -7d -o city.parquet
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    asked = span(start, end or "now", chosen.zone, datetime.now(UTC))
    table = observed(chosen, thing, observed_property, asked, "'smilecity query'")
    chosen_form = form or Format(output.suffix.lstrip(".").lower() if output else "csv")
    write(table, output, chosen_form.value)
    if output is not None:
        typer.echo(f"{table.num_rows:,} observations written to {output}", err=True)


COMMAND = query
