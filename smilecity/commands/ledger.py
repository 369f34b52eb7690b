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
) -> None:
    """Show what became of every message: received = stored + duplicate + superseded + quarantined + empty.

    Works beside a running platform; what is under way there is not in the books yet. Ends with status 1 when the books
    do not balance, which must never happen: keep the data folder and report it.
    """
    with closing(open_catalogue(options.settings(data=data))) as catalogue:
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
    table = Table("source", "worker", *HEADINGS, "balances", "updated (UTC)", show_footer=len(entries) > 1)
    for entry in entries:
        numbers = [f"{getattr(entry.counts, name):,}" for name in HEADINGS]
        sign = "yes" if entry.counts.balanced else "NO"
        table.add_row(entry.source, entry.worker, *numbers, sign, f"{entry.updated:%Y-%m-%d %H:%M:%S}")
    for column, name in zip(table.columns[2:], HEADINGS, strict=False):
        column.justify = "right"
        column.footer = f"{getattr(total, name):,}"
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
