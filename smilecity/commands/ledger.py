"""``smilecity ledger``: the books of every source and worker."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from smilecity import options
from smilecity.rooms import open_catalogue
from storage.catalogue import HEADINGS, Counts, LedgerEntry


def ledger(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Show what became of every message: received = stored + duplicate + superseded + quarantined + empty + dropped.

    Works beside a running platform; what is under way there is not in the books yet. Ends with status 1 when the books
    do not balance, which must never happen: keep the data folder and report it.
    """
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        entries = catalogue.ledger()
    total = sum((entry.counts for entry in entries), Counts())
    balanced = all(entry.counts.balanced for entry in entries)
    if as_json:
        typer.echo(json.dumps({"entries": [_document(entry) for entry in entries], "balanced": balanced}, indent=1))
    elif entries:
        Console().print(_table(entries, total))
    else:
        typer.echo("No messages yet. Start with: smilecity up --simulate")
    if not balanced:
        raise typer.Exit(1)


def _table(entries: tuple[LedgerEntry, ...], total: Counts) -> Table:
    """Put a source and worker into each column, so that a narrow terminal still shows whole numbers."""
    table = Table("messages", *(f"{entry.source}\n{entry.worker}" for entry in entries))
    columns = [entry.counts for entry in entries]
    if len(entries) > 1:
        table.add_column("all")
        columns.append(total)
    for name in HEADINGS:
        table.add_row(name, *(f"{getattr(counts, name):,}" for counts in columns))
    table.add_section()
    table.add_row("balances", *("yes" if counts.balanced else "NO" for counts in columns))
    table.add_row("updated (UTC)", *(f"{entry.updated:%Y-%m-%d %H:%M}" for entry in entries))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _document(entry: LedgerEntry) -> dict[str, object]:
    counts = asdict(entry.counts)
    updated = entry.updated.isoformat().replace("+00:00", "Z")
    return {
        "source": entry.source,
        "worker": entry.worker,
        **counts,
        "balanced": entry.counts.balanced,
        "updated": updated,
    }


COMMAND = ledger
