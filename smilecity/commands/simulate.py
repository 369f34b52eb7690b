"""``smilecity simulate``: the simulated Rostock, published to any broker."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulators.run import rostock
from smilecity.moments import moment
from smilecity.settings import Settings
from smilecity.signals import stop_on_signals
from smilecity.simulation import Scenario, Simulation

DEFAULT_BROKER = "mqtt://127.0.0.1:1883"


def simulate(
    *,
    broker: Annotated[str, typer.Option(help="URL of the broker to publish to.")] = DEFAULT_BROKER,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    history: Annotated[float, typer.Option(min=0, max=24 * 92, help="Hours of the past to tell first.")] = 0,
    start: Annotated[
        str | None, typer.Option(help="Begin in the past: 2026-03-28, -7d. The clock runs at --speed until it is now.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(min=0.01, max=10_000, help="How fast the simulated time runs; above 1 with --start or --history."),
    ] = 1,
    duration: Annotated[float | None, typer.Option(min=0, help="Minutes to run; without it until Ctrl-C.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Folder to write the simulated truth to.")] = None,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Only print the city's things, for 'smilecity things add'.")
    ] = False,
) -> None:
    """Publish a simulated Rostock: car parks, single spaces, containers and meters with their daily and weekly rhythm.

    It speaks like real networks do: The Things Stack v3, ChirpStack v4 and plain JSON. A platform that should
    understand it needs its things first:

        smilecity simulate --geojson > rostock.geojson
        smilecity things add rostock.geojson
        smilecity simulate --broker mqtt://127.0.0.1:1883 --history 24
    """
    if geojson:
        typer.echo(json.dumps(rostock(), ensure_ascii=False, indent=1))
        return
    stop = stop_on_signals()
    begin = moment(start, Settings().zone, datetime.now(UTC)) if start else None
    simulation = Simulation(
        Scenario(seed=seed, history=timedelta(hours=history), start=begin, speed=speed, truth=truth)
    )
    end = time.monotonic() + duration * 60 if duration is not None else float("inf")
    console = Console(stderr=True)
    simulation.start(broker)
    with console.status("connecting") as status:
        while simulation.running and time.monotonic() < end and not stop.wait(0.5):
            status.update(f"{simulation.published:,} messages published to {broker}")
    simulation.stop()
    console.print(f"{simulation.published:,} messages published and acknowledged.")
    if simulation.failure:
        raise typer.Exit(1)


COMMAND = simulate
