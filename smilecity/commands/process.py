"""``smilecity process``: compute indicators, for what is new or for a span."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from processing.worker import Worker
from smilecity import options
from smilecity.advance import advance
from smilecity.clockwork import Clockwork
from smilecity.crew import crew_of
from smilecity.formulas import outdated_results
from smilecity.moments import span as span_of
from smilecity.region import keep
from smilecity.rooms import rooms
from smilecity.signals import stop_on_signals

if TYPE_CHECKING:
    from threading import Event

    from processing.portion import Report

REPORT_S = 30.0


def process(
    *,
    span: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--backfill",
            metavar="FROM TO",
            help="Compute a span again: 2026-03-29T00:00:00Z, 2026-03-29 (local), -7d or now.",
            show_default="what is new",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that compute.", show_default="one per core")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler whose workers compute: tcp://host:8786.", show_default="none"),
    ] = None,
    change_zone: Annotated[
        bool,
        typer.Option(
            "--change-zone",
            help="With --backfill: go over to the zone and the Land that are set now, and take back what the span has "
            "of days that began at other midnights.",
        ),
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on computing what is new until Ctrl-C; several may share the work.")
    ] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
    worker: Annotated[
        str | None,
        typer.Option(
            help="Stable name of this worker, on which its share of the work hangs: of two that run under one name, "
            f"the one that came first ends with status {os.EX_CONFIG}.",
            show_default="made of this machine and --data where a catalogue is shared",
        ),
    ] = None,
) -> None:
    """Compute the indicators of everything that is not computed yet, or again for a span, or go on as it comes.

    A value that changes gets a higher revision; one that does not stays as it is. Days are those of the city's zone
    (SMILECITY_ZONE, Europe/Berlin by default), public holidays those of its Land (SMILECITY_LAND, MV by default).

        smilecity process --backfill 2026-01-01 now

    The first computing keeps zone and Land in the catalogue, and who comes with others is told so. To go over to
    others, compute all that was observed again with --change-zone (docs/operations.md).

    It says at the start which formulas are others than those by which the store was computed, and which span to
    compute again; 'smilecity indicators' lists all.

    Several processes with --follow share the things of the city among them; they need a store and a catalogue on
    servers, and a --data folder each. Each goes by a name of its own, that of --worker where one is given. Who comes
    under a name goes on with its share at once; another that still runs under it computes nothing more, and ends.
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store, worker=worker)
    if span is None and (jobs, scheduler) != (None, None):
        raise ValueError("--jobs and --scheduler share out a span: give it with --backfill FROM TO")
    if span is not None and follow:
        raise ValueError("--backfill computes a span and ends, --follow goes on: choose one of them")
    if change_zone and span is None:
        raise ValueError("--change-zone computes a span again: give it with --backfill FROM TO")
    now, name = datetime.now(UTC), chosen.computes_as()
    wanted = span_of(*span, chosen.zone, now) if span else None
    stop = stop_on_signals() if follow else None
    with rooms(chosen, "'smilecity process'", wait=stop, begins=follow, changing=change_zone) as (opened, catalogue):
        keep(catalogue, chosen)
        computing = Worker(opened, catalogue, region=chosen.region(), worker=name, households=chosen.households)
        if span is None and (told := outdated_results(opened, catalogue, now, chosen.zone, running=follow)):
            _say(told)
        if stop is not None:
            _follow(computing, name, stop)
        elif wanted is None:
            with Console(stderr=True).status("computing"):
                _tell(computing.step(now))
                computing.leave()
            if not catalogue.things():
                _say("No things are known, so that there is nothing to compute: smilecity things add FILE")
        else:
            if change_zone:
                # First, so that nothing is made of what is taken back.
                _say(f"{computing.take_back(*wanted, now):,} values of days that began at other midnights taken back.")
            _tell(_backfill(computing, (*wanted, now), jobs or os.cpu_count() or 1, scheduler))
            if told := outdated_results(opened, catalogue, now, chosen.zone):
                _say(told)


def _say(sentence: str) -> None:
    Console(stderr=True).print(sentence, markup=False, highlight=False, soft_wrap=True)


def _tell(report: Report) -> None:
    Console(stderr=True).print(
        f"{report.windows:,} windows computed in {report.seconds:.1f} s: "
        f"{report.written:,} values written, {report.revised:,} of them revised."
        + (f" {report.left_out:,} windows could not be computed: see above." if report.left_out else "")
    )


def _follow(worker: Worker, name: str, stop: Event) -> None:
    console, clockwork = Console(stderr=True), Clockwork(worker, at_end=stop.set)
    clockwork.start()
    console.print(f"Computing as {name}. Ctrl-C stops.")
    while not stop.wait(REPORT_S):
        console.print(f"  {clockwork.results:,} values written", highlight=False)
    clockwork.stop()
    console.print(f"Stopped. {clockwork.results:,} values were written.")
    clockwork.complain()


def _backfill(worker: Worker, span: tuple[datetime, datetime, datetime], jobs: int, scheduler: str | None) -> Report:
    with crew_of(jobs, scheduler) as crew, advance("computing", "portions") as bar:

        def told(stage: tuple[int, int], done: int, of: int) -> None:
            bar.tell(f"computing, stage {stage[0]} of {stage[1]}", done, of)

        return worker.recompute(*span, crew=crew, told=told)


COMMAND = process
