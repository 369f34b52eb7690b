"""Ctrl-C and SIGTERM: what runs on is asked for a clean stop, what has an end is broken off with a sentence."""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

GRACE_S = 5.0
"""How long what was broken off may take to close what it had open."""
STOPPED = b"Stopped. What was stored stays, and the same command may be given again.\n"


def stop_on_signals() -> threading.Event:
    """Give the event that Ctrl-C and SIGTERM set; a second signal ends the process at once."""
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    signal.set_wakeup_fd(-1)  # whoever stops by itself is not broken off
    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    return stop


class Interruption:
    """Ctrl-C and SIGTERM break off whatever is done, which ends soon, whatever becomes of that.

    What is interrupted raises KeyboardInterrupt, or something else that it makes of it: DuckDB says that a query was
    interrupted, pyarrow that a stream failed. So who called it asks whether a signal came, not what was raised. Where
    nothing is raised, or closing takes too long, the process ends nevertheless: a store is one that may be killed.
    """

    def __init__(self) -> None:
        self._number = 0
        self._told = False
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        # Python writes to it when a signal comes, also while the main thread is amid a call that does not return.
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reader,), name="interruption", daemon=True).start()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._break_off)

    @property
    def came(self) -> bool:
        """Tell whether a signal came."""
        return self._number > 0

    def end(self) -> NoReturn:
        """End with a sentence and the status that shells know: 130 of Ctrl-C, 143 of SIGTERM."""
        self._tell()
        # Python ends itself by the signal where KeyboardInterrupt has passed an exec, as it does in many an import.
        atexit._run_exitfuncs()  # noqa: SLF001 - what others have left to be done at the end
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(128 + self._number)

    def _break_off(self, number: int, _frame: FrameType | None) -> None:
        if self.came:
            return  # who watches ends the process at once: a second exception would be told amid the first
        self._number = number
        # What is raised amid a callback goes nowhere, and is told as ignored: it is, for the process ends.
        sys.unraisablehook = _say_nothing
        raise KeyboardInterrupt

    def _watch(self, reader: int) -> None:
        number = 0
        while number not in (signal.SIGINT, signal.SIGTERM):
            (number,) = os.read(reader, 1)
        select.select([reader], [], [], GRACE_S)  # a second signal does not wait
        self._tell()
        os._exit(128 + number)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            os.write(sys.stderr.fileno(), STOPPED)


def _say_nothing(_ignored: object) -> None:
    pass


@contextmanager
def starting_children() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: a terminal sends it to all, and it is their parent that stops them.

    They do not hear it from their first instruction on, for what is blocked stays so in a child. Here it is heard when
    they are started: one that was half told what to do would complain. To be used in the main thread.
    """
    heard: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, ask in before.items():
            signal.signal(number, ask)
    for first in heard[:1]:
        ask = before[signal.Signals(first)]
        if callable(ask):
            ask(first, None)
        else:
            signal.raise_signal(first)
