"""A test bench at the terminal: what is published, with a line that tells how far, and at the end what was reached."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import contextmanager
from itertools import count
from math import inf, isfinite
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from simulators.fault_files import FaultFiles
from simulators.faults import Faults
from simulators.load import Load, Published, publish
from simulators.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Event

    from simulators.publish import Stop
    from simulators.recording import Recording
    from smilecity.simulation import Simulation

TICK_S = 0.5
METERS = 10
"""One in so many sensors of a load is a meter."""
FOR_EVER = 10**15
REACHED = 0.98
"""Share of the rate asked for from which on it counts as reached: clocks and ends are not exact."""


def load(rate: float, sensors: int, minutes: float | None, hours_back: float) -> Load:
    """Describe a load as typed in. Raises ValueError for one that cannot be."""
    if not isfinite(rate) or not isfinite(minutes or 0):
        raise ValueError(
            "--load and --duration are numbers, and inf is none: without --duration a load runs until Ctrl-C"
        )
    if hours_back and minutes is None:
        raise ValueError("--history with --load needs an end: say how long the load lasts with --duration")
    messages = FOR_EVER if minutes is None else max(1, round(rate * minutes * 60))
    return Load(rate, sensors, messages, METERS, round(hours_back * 3_600_000))


@contextmanager
def faults_done(seed: int, folder: Path | None) -> Iterator[Faults]:
    """Give the faults of a run; afterwards, however it ended, print what was done, and write it into ``folder``."""
    files = None if folder is None else FaultFiles(folder)
    faults = Faults(seed, on_fault=None if files is None else files.add)
    try:
        yield faults
    finally:
        if any(faults.headings.values()):
            Console().print(_table(faults))
        if files is not None:
            files.close(faults.headings, seed)


def publish_city(broker: str, simulation: Simulation, minutes: float | None, stop: Event) -> bool:
    """Publish a simulated city for a while; whether it could. Raises OSError when the broker is not there for all."""
    console = Console(stderr=True)
    end = inf if minutes is None else time.monotonic() + minutes * 60
    simulation.start(broker)
    with console.status("connecting") as status:
        while simulation.running and time.monotonic() < end and not stop.wait(TICK_S):
            status.update(f"{simulation.published:,} messages published to {_place(broker)}")
        whole = simulation.finish()
    _tell_end(console, broker, simulation.published, "" if whole else simulation.away or "it does not acknowledge")
    return not simulation.failure


def publish_load(broker: str, load: Load, stop: Stop, faults: Faults | None) -> None:
    """Publish a load and tell how it goes. Raises OSError with a sentence when the broker is not there or breaks."""
    console, state = Console(stderr=True), Published()
    try:
        with _progress(console, "connecting", load.messages if load.messages < FOR_EVER else None) as bar:
            for state in publish(broker, load, stop, faults):
                bar.update(bar.task_ids[0], completed=state.made, description=_rate(state))
    except OSError as error:
        raise OSError(_broken(broker, state, error)) from error
    finally:
        if state.sent:
            console.print(
                f"{state.acknowledged:,} messages published and acknowledged, {_rate(state)}.", highlight=False
            )
    _tell_shortfall(console, load, state)


def publish_recording(broker: str, recording: Recording, speed: float, stop: Event, faults: Faults | None) -> None:
    """Publish recorded messages as they came. Raises OSError when the broker is not there, ValueError for bad lines."""
    console = Console(stderr=True)
    with _progress(console, "connecting", recording.size) as bar:
        way = _Way(recording, bar, stop)
        asyncio.run(replay(broker, recording, way, speed=speed, faults=faults))
    _tell_end(console, broker, way.published, way.away)
    if recording.rewritten:
        console.print(f"{recording.rewritten:,} of them had been recorded as JSON values: they are not the same bytes.")
    if recording.bad:
        raise ValueError(f"lines of the recording that could not be read, and were left out: {recording.bad:,}")


class _Way:
    """How far a replay is, and whether it has to end."""

    def __init__(self, recording: Recording, bar: Progress, stop: Event) -> None:
        self.published = 0
        self.away = ""
        self._recording = recording
        self._bar = bar
        self._stop = stop

    def one_more(self) -> None:
        self.published += 1
        said = f"{self.published:,} messages"
        self._bar.update(self._bar.task_ids[0], completed=self._recording.position, description=said)

    def tell_away(self, reason: str) -> None:
        self.away = reason

    def is_enough(self) -> bool:
        return self._stop.is_set()

    def is_set(self) -> bool:
        # Nobody is there to take what is left, and either there never was or it is not to be waited for.
        return bool(self.away) and (self._stop.is_set() or not self.published)


def _tell_end(console: Console, broker: str, published: int, why: str) -> None:
    """Tell how much was published. Raises OSError when it was not all, because of the broker."""
    if why and not published:
        raise OSError(_absent(broker, why))
    console.print(f"{published:,} messages published and acknowledged.", highlight=False)
    if why:
        raise OSError(f"the broker at {_place(broker)} has not acknowledged the last messages: {_plain(why)}")


def bad_lines(console: Console, shown: int = 10) -> Callable[[str], None]:
    """Give what tells the first few lines that cannot be read."""
    left = count(shown, -1)

    def tell(sentence: str) -> None:
        if (number := next(left)) > 0:
            console.print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)
        elif number == 0:
            console.print("... further lines that cannot be read are only counted.", style="yellow")

    return tell


def _tell_shortfall(console: Console, load: Load, state: Published) -> None:
    reached = state.made / state.made_in if state.made_in else load.rate
    if reached < REACHED * load.rate:
        console.print(
            f"{load.rate:,.0f} messages/s were asked for and not reached: the broker or this machine took no more.",
            style="yellow",
            highlight=False,
        )


@contextmanager
def _progress(console: Console, description: str, total: float | None) -> Iterator[Progress]:
    columns = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
    columns[2:2] = [BarColumn(), TaskProgressColumn()] if total else []
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task(description, total=total)
        yield bar


def _rate(state: Published) -> str:
    return f"{state.made / state.made_in if state.made_in else 0:,.0f} messages/s"


def _broken(broker: str, state: Published, error: OSError) -> str:
    why = error.strerror or str(error)
    if state.sent:
        return f"the connection to the broker at {_place(broker)} broke after {state.sent:,} messages: {why}"
    return _absent(broker, why)


def _absent(broker: str, why: str) -> str:
    return f"the broker at {_place(broker)} cannot be reached: {_plain(why)}. Start one, or name another with --broker"


def _plain(why: str) -> str:
    """Leave out a system's number of an error."""
    return re.sub(r"^\[Errno \d+\] ", "", why)


def _place(broker: str) -> str:
    """Name a broker without its password."""
    return urlsplit(broker).netloc.rpartition("@")[2]


def _table(faults: Faults) -> Table:
    table = Table("fault", "messages")
    table.columns[1].justify = "right"
    for name, messages in faults.headings.items():
        table.add_row(name.replace("_", " "), f"{messages:,}", end_section=name in ("told", "backlog"))
    return table
