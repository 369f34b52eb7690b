"""``smilecity simulate``: the simulated Rostock, a load or a recording, with faults on it, to any broker."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulators.load import things
from simulators.recording import Recording
from simulators.run import rostock
from smilecity import options
from smilecity.bench import METERS, bad_lines, faults_done, load, publish_city, publish_load, publish_recording
from smilecity.moments import moment
from smilecity.signals import stop_on_signals
from smilecity.simulation import Scenario, Simulation

DEFAULT_BROKER = "mqtt://127.0.0.1:1883"
SENSORS = 20_000
CITY, LOAD, REPLAY = "the city", "--load", "--replay"
GOES_WITH = {
    "sensors": (LOAD,),
    "start": (CITY,),
    "speed": (CITY, REPLAY),
    "history": (CITY, LOAD),
    "duration": (CITY, LOAD),
    "geojson": (CITY, LOAD),
}
"""Where an option means something, if not everywhere."""

_LOAD = "A load in place of the city"
_REPLAY = "A recording in place of the city"
_FAULTS = "Faults"


def simulate(
    context: typer.Context,
    *,
    broker: Annotated[str, typer.Option(help="URL of the broker to publish to.")] = DEFAULT_BROKER,
    seed: Annotated[int, typer.Option(min=0, help="The same seed tells the same story, with the same faults.")] = 1,
    history: Annotated[float, typer.Option(min=0, max=24 * 92, help="Hours of the past to tell first.")] = 0,
    start: Annotated[
        str | None, typer.Option(help="Begin in the past: 2026-03-28, -7d. The clock runs at --speed until it is now.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            min=0,
            max=10_000,
            help="How fast time runs; above 1 with --start, --history or --replay. 0 with --replay: at once.",
        ),
    ] = 1,
    duration: Annotated[float | None, typer.Option(min=0, help="Minutes to run; without it until Ctrl-C.")] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Folder to write the simulated truth to, and the faults that were done.")
    ] = None,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Only print the things, for 'smilecity things add'.")
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option("--load", min=0.01, help="Messages a second, from --sensors in turn.", rich_help_panel=_LOAD),
    ] = None,
    sensors: Annotated[
        int,
        typer.Option(min=1, help=f"How many sensors; one in {METERS} is a meter.", rich_help_panel=_LOAD),
    ] = SENSORS,
    recording: Annotated[
        Path | None,
        typer.Option(
            "--replay",
            exists=True,
            dir_okay=False,
            help="File written by mosquitto_sub with -F '%U %t %x' (every byte) or -F %j (JSON), gzip or not. It is "
            "published with its gaps, divided by --speed, and with its own times in the payloads.",
            rich_help_panel=_REPLAY,
        ),
    ] = None,
    faults: Annotated[
        bool,
        typer.Option(
            "--faults",
            help="Do on purpose what goes wrong in the street, and count it: duplicates, late and swapped messages "
            "(1 % each), jumping clocks, cut and wrong payloads (0.5 % each), counters that restart (0.1 %); each hour "
            "1 % of the devices are silent, and 1 % are cut off and send the hour at once when they are back.",
            rich_help_panel=_FAULTS,
        ),
    ] = False,
) -> None:
    """Publish a simulated Rostock: car parks, single spaces, containers and meters with their daily and weekly rhythm.

    It speaks like real networks do: The Things Stack v3, ChirpStack v4 and plain JSON. A platform that should
    understand it needs its things first:

        smilecity simulate --geojson > rostock.geojson
        smilecity things add rostock.geojson
        smilecity simulate --broker mqtt://127.0.0.1:1883 --history 24

    A test bench is the same with a load: --load 10000 --sensors 20000 --geojson, then without --geojson. With --history
    the times of its messages begin that many hours ago and reach the present at the end of --duration.
    """
    told = _told(context, rate, recording)
    _refuse_what_does_not_go(context, told)
    if geojson:
        typer.echo(json.dumps(rostock() if told is CITY else things(sensors, METERS), ensure_ascii=False, indent=1))
        return
    if truth is not None and told is not CITY and not faults:
        raise ValueError(f"--truth with {told} writes what --faults did: add --faults, or leave --truth out")
    stop = stop_on_signals()
    with faults_done(seed, truth) if faults else nullcontext() as done:
        if rate is not None:
            publish_load(broker, load(rate, sensors, duration, history), stop, done)
            return
        if recording is not None:
            with Recording(recording, bad_lines(Console(stderr=True))) as opened:
                publish_recording(broker, opened, speed, stop, done)
            return
        begin = moment(start, options.settings().zone, datetime.now(UTC)) if start else None
        city = Scenario(seed=seed, history=timedelta(hours=history), start=begin, speed=speed, truth=truth)
        if not publish_city(broker, Simulation(city, done), duration, stop):
            raise typer.Exit(1)


def _told(context: typer.Context, rate: float | None, recording: Path | None) -> str:
    if rate is not None and recording is not None:
        raise ValueError("--load and --replay exclude each other: leave one of them out")
    if recording is not None:
        return REPLAY
    things_of_load = context.params["geojson"] and _is_given(context, "sensors")
    return CITY if rate is None and not things_of_load else LOAD


def _refuse_what_does_not_go(context: typer.Context, told: str) -> None:
    for option, modes in GOES_WITH.items():
        if told not in modes and _is_given(context, option):
            raise ValueError(
                f"--{option} does not go with {told}, only with {' or '.join(modes)}: leave one of them out"
            )


def _is_given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"


COMMAND = simulate
