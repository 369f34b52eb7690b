"""``smilecity ingest``: an ingest worker alone."""

from __future__ import annotations

from itertools import count
from typing import Annotated

import typer
from rich.console import Console

from ingest.worker import Worker
from smilecity import options
from smilecity.housekeeping import housekeeping
from smilecity.rooms import rooms
from smilecity.signals import stop_on_signals
from smilecity.sources import sources as all_sources
from smilecity.telltale import telltale

REPORT_S = 30


def ingest(
    *,
    broker: options.BrokerUrl = None,
    sources: options.SourcesFile = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
    worker: options.WorkerName = None,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for /metrics (Prometheus) and /health, on this machine.")
    ] = None,
    leave: Annotated[
        bool,
        typer.Option(
            "--leave",
            help="Take this worker out of service: store what brokers hold for it, take nothing new, and end.",
        ),
    ] = False,
) -> None:
    r"""Carry messages from brokers into the store, acknowledging each only after it is stored.

    One broker is named with --broker; several, with TLS, client certificates, WebSockets, topics and shared
    subscriptions of their own, in a TOML file:

        \[\[source]]
        name = "ttn"
        url = "mqtts://eu1.cloud.thethings.network"
        topics = ["v3/+/devices/+/up"]
        qos = 0
        username = "app@ttn"
        password_env = "TTN_KEY"

    A broker goes on keeping, or dealing, messages for a worker that is away. One that will not come back, or whose
    machine is gone, is taken out of service with --leave under its --worker name, from anywhere.

    An embedded DuckDB store can be held by one process only: beside a running  smilecity up  use another one.
    """
    chosen = options.settings(
        data=data, catalogue=catalogue_at, store=store, broker=broker, sources=sources, worker=worker
    )
    stop = stop_on_signals()
    console = Console(stderr=True)
    with rooms(chosen, "'smilecity ingest'", wait=stop, begins=True) as (opened, catalogue):
        every = all_sources(chosen, chosen.broker)
        running = Worker(chosen.worker, every, opened, catalogue, spools=chosen.data / "spool", leaving=leave)
        with telltale(running, catalogue, metrics) as place, housekeeping(opened, catalogue, chosen):
            running.start()
            places = ", ".join(receiver.source.place for receiver in running.receivers)
            console.print(f"Receiving from {places} into {chosen.store_url()}. Ctrl-C stops.", soft_wrap=True)
            if place:
                console.print(f"  {place}metrics and {place}health", highlight=False)
            for second in count(1):
                if stop.wait(1.0) or not running.alive or (leave and running.left):
                    break
                if second % REPORT_S:
                    continue
                tally = running.tally()
                console.print(f"  {tally.messages:,} messages · {tally.observations:,} observations", highlight=False)
            left = leave and running.left
            running.stop()
        tally = running.tally()
    console.print(f"Stopped. {tally.messages:,} messages came in, {tally.observations:,} new observations are stored.")
    if left:
        console.print(f"Nothing waits for the worker '{chosen.worker}' any more, and nothing will.", highlight=False)
    elif leave or not stop.is_set():
        raise typer.Exit(1)


COMMAND = ingest
