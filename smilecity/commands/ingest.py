"""``smilecity ingest``: an ingest worker alone."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from ingest.worker import Worker
from smilecity import options
from smilecity.platform import broker_source
from smilecity.rooms import rooms
from smilecity.signals import stop_on_signals

REPORT_S = 30.0


def ingest(
    broker: Annotated[str, typer.Option(help="URL of the broker: mqtt://host[:port] or mqtts://host[:port].")],
    data: options.Data = None,
    store: options.StoreUrl = None,
    worker: options.WorkerName = None,
) -> None:
    """Carry messages from a broker into the store, acknowledging each only after it is stored.

    An embedded DuckDB store can be held by one process only: beside a running  smilecity up  use another one.
    """
    chosen = options.settings(data=data, store=store, broker=broker, worker=worker)
    stop = stop_on_signals()
    console = Console(stderr=True)
    with rooms(chosen, "'smilecity ingest'") as (opened, catalogue):
        source = broker_source(chosen, broker)
        running = Worker(chosen.worker, [source], opened, catalogue)
        running.start()
        console.print(f"Receiving from {source.place} into {chosen.store_url()}. Ctrl-C stops.", soft_wrap=True)
        while running.alive and not stop.wait(REPORT_S):
            tally = running.tally()
            console.print(f"  {tally.messages:,} messages · {tally.observations:,} observations", highlight=False)
        running.stop()
        tally = running.tally()
    console.print(f"Stopped. {tally.messages:,} messages came in, {tally.observations:,} new observations are stored.")
    if not stop.is_set():
        raise typer.Exit(1)


COMMAND = ingest
