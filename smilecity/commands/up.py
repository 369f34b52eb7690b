"""``smilecity up``: the whole platform in one process."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from processing.announcing.topics import ROOT
from smilecity import options
from smilecity.formulas import outdated_results
from smilecity.platform import Platform
from smilecity.signals import stop_on_signals
from smilecity.simulation import Scenario, Simulation

if TYPE_CHECKING:
    import threading

REFRESH_S = 0.5
PLAIN_EVERY_S = 30
"""How often a line is printed where the output is no terminal."""


def up(
    *,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Add a simulated Rostock that publishes over MQTT.")
    ] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    broker: options.BrokerUrl = None,
    sources: options.SourcesFile = None,
    store: options.StoreUrl = None,
    host: options.Host = None,
    port: options.Port = None,
    mqtt_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the embedded broker.", show_default="1883")
    ] = None,
    worker: options.WorkerName = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated city: the same seed tells the same story.")] = 1,
    history: Annotated[
        float, typer.Option(min=0, max=24 * 92, help="Hours of the past that the simulation tells first.")
    ] = 24,
    truth: Annotated[Path | None, typer.Option(help="Folder to write the simulated truth to, for comparing.")] = None,
) -> None:
    """Start broker, ingest, store, processing, API and page in one process.

    Open the page at the address it prints. Sensors publish to the broker it names: The Things Stack v3, ChirpStack v4,
    or plain JSON such as

        mosquitto_pub -t city/parking/parkleitsystem-tg-city -q 1 -m '{"available_spot_number": 42}'

    Ctrl-C (or SIGTERM) stops it; everything acknowledged is stored. For a city, give it a broker that keeps messages
    while the platform is away:  smilecity up --broker mqtt://host
    """
    chosen = options.settings(
        data=data,
        catalogue=catalogue_at,
        broker=broker,
        sources=sources,
        store=store,
        host=host,
        port=port,
        mqtt_port=mqtt_port,
        worker=worker,
    )
    simulation = Simulation(Scenario(seed=seed, history=timedelta(hours=history), truth=truth)) if simulate else None
    console = Console()
    stop = stop_on_signals()
    with Platform(chosen, simulation) as platform:
        _introduce(console, platform)
        _watch(console, platform, stop)
        console.print("Stopping: storing what was acknowledged ...")
    tally = platform.worker.tally()
    console.print(f"Stopped. {tally.messages:,} messages came in, {tally.observations:,} new observations are stored.")
    platform.clockwork.complain()
    if not stop.is_set():
        raise typer.Exit(1)


def _introduce(console: Console, platform: Platform) -> None:
    embedded = "" if platform.settings.broker else "  (embedded; for a city use --broker)"
    lines = {
        "broker": f"{platform.sources[0].place}{embedded}",
        "store": platform.settings.store_url(),
        "page": platform.web.url,
        "API": f"{platform.web.url}openapi.json",
        "access": platform.access,
    }
    if platform.announcer is not None:
        lines["alerts"] = f"{platform.announcer.place}, topics {ROOT}/#"
    if platform.notifier is not None:
        lines["told"] = f"{', '.join(platform.notifier.names)}, of alerts"
    if platform.simulation is not None:
        hours = platform.simulation.scenario.history.total_seconds() / 3600
        lines["city"] = f"a simulated Rostock, first the last {hours:g} h, then live"
    if len(platform.sources) > 1:
        lines["sources"] = ", ".join(f"{each.name} ({each.place})" for each in platform.sources[1:])
    console.print("[bold]Smile City[/bold] is up.  Ctrl-C stops it.")
    for name, value in lines.items():
        console.print(f"  {name:<7} {value}", markup=False, highlight=False, soft_wrap=True)
    now, zone = datetime.now(UTC), platform.settings.zone
    if told := outdated_results(platform.store, platform.catalogue, now, zone, running=True):
        console.print(told, markup=False, highlight=False, soft_wrap=True)


def _watch(console: Console, platform: Platform, stop: threading.Event) -> None:
    """Show what comes in until asked to stop, or until the platform is no longer whole."""
    began = time.monotonic()
    if not console.is_terminal:
        for second in count(1):
            if stop.wait(1.0) or not platform.alive:
                return
            if second % PLAIN_EVERY_S == 0:
                console.print(_status(platform, time.monotonic() - began), highlight=False)
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while platform.alive and not stop.wait(REFRESH_S):
            live.update(_status(platform, time.monotonic() - began))


def _status(platform: Platform, seconds: float) -> Text:
    tally = platform.worker.tally()
    connected = all(receiver.connected for receiver in platform.worker.receivers)
    parts = [
        f"{tally.messages:,} messages in",
        f"{tally.messages / max(seconds, 1):,.0f}/s",
        f"{tally.observations:,} observations",
        f"{tally.quarantined:,} in quarantine",
        f"{tally.in_flight:,} in flight",
        f"{platform.clockwork.results:,} indicator values",
        f"{platform.watch.results:,} changes of alerts",
    ]
    state = "" if connected else "  (waiting for the broker)"
    return Text("  " + " · ".join(parts) + state)


COMMAND = up
