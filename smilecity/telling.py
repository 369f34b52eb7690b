"""``smilecity alerts notify`` and ``receivers``: webhooks and e-mail by a process of its own, and who is told."""

from __future__ import annotations

from contextlib import closing

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smilecity import options
from smilecity.notifying import notifier, receivers
from smilecity.printing import printable
from smilecity.rooms import open_catalogue
from smilecity.signals import stop_on_signals

REPORT_S = 30.0


def notify(
    *, data: options.Data = None, catalogue_at: options.CatalogueUrl = None, worker: options.WorkerName = None
) -> None:
    """Tell webhooks and e-mail of alerts, until Ctrl-C. `smilecity up` does so itself.

    Who is told stands in receivers.toml in the data folder, or in the file that SMILECITY_RECEIVERS names. Several
    processes with a --worker name each may run: one tells a receiver, and another goes on where that one is gone.

        smilecity alerts notify --catalogue postgresql://me@host/city

    The file, signatures and mails: docs/alerts.md.
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, worker=worker)
    stop = stop_on_signals()
    console = Console(stderr=True)
    with closing(open_catalogue(chosen, begins=True)) as catalogue:
        telling = notifier(chosen, catalogue, receivers(chosen), who="notify")
        if telling is None:
            file = chosen.data / "receivers.toml"
            raise ValueError(f"there is nobody to tell: declare receivers in '{file}', as docs/alerts.md shows")
        telling.start()
        console.print("Telling receivers of alerts. Ctrl-C stops.")
        while not stop.wait(REPORT_S):
            away = f"  ({', '.join(telling.failing)} cannot be reached)" if telling.failing else ""
            console.print(f"  {telling.told:,} changes told{away}", highlight=False, markup=False)
        telling.stop()
    console.print(f"Stopped. {telling.told:,} changes were told.")


def list_receivers(*, data: options.Data = None, catalogue_at: options.CatalogueUrl = None) -> None:
    """List who is told of alerts, and how many changes each has not been told yet. Nobody is spoken to."""
    chosen = options.settings(data=data, catalogue=catalogue_at)
    found = receivers(chosen)
    if not found:
        typer.echo("Nobody is told. Declare receivers in receivers.toml, as docs/alerts.md shows.")
        return
    table = Table("receiver", "at", "waiting")
    with closing(open_catalogue(chosen)) as catalogue:
        newest = catalogue.alerts.sequence()
        for one in found:
            come = catalogue.alerts.position(f"receiver {one.terms.name}")
            begun = catalogue.alerts.position(f"receiver {one.terms.name}, begun")
            waiting = f"{newest - come:,}" if begun else "not begun"
            table.add_row(*(Text(printable(cell)) for cell in (one.terms.name, one.place, waiting)))
            one.close()
    Console().print(table)
