"""Who computes a backfill: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import CancelledError, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from processing.backfill import Crew
from smilecity.signals import starting_children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from multiprocessing.synchronize import Event

P = ParamSpec("P")
T = TypeVar("T")

AHEAD = 2
"""Portions under way for each hand, so that none waits while the store is read."""
PATIENCE_S = 10


class _Pool(ProcessPoolExecutor):
    """Processes that end with this one, and not by Ctrl-C; they are started when something is submitted."""

    def __init__(self, jobs: int) -> None:
        # Started anew rather than forked: the store's threads would be copied in the midst of what they do.
        context = multiprocessing.get_context("spawn")
        self._over = context.Event()
        super().__init__(jobs, mp_context=context, initializer=_begin, initargs=(self._over,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with starting_children():
            return super().submit(partial(_unless_over, fn, *args, **kwargs))

    def send_home(self) -> None:
        """End the processes; what they have not begun yet they leave, also where it lies with them already."""
        self._over.set()
        self.shutdown(cancel_futures=True)


_over: list[Event] = []
"""In a process of the pool: set when nothing more is to be done."""


def _begin(over: Event) -> None:
    """Begin in a process of the pool, to end when the one that started it is gone, however that came to be."""
    _over.append(over)
    Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _unless_over(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if _over[0].is_set():
        raise CancelledError
    return fn(*args, **kwargs)


@contextmanager
def crew_of(jobs: int, scheduler: str | None) -> Iterator[Crew | None]:
    """Gather the crew, and send it home at the end; one job is done here.

    Raises ValueError where the cluster's library is not installed, OSError where its scheduler does not answer.
    """
    if scheduler is not None:
        with _cluster(scheduler) as crew:
            yield crew
    elif jobs > 1:
        pool = _Pool(jobs)
        try:
            yield Crew(pool, AHEAD * jobs)
        finally:
            pool.send_home()
    else:
        yield None


@contextmanager
def _cluster(scheduler: str) -> Iterator[Crew]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise ValueError("--scheduler needs the library distributed: pip install 'smilecity[scale]'") from None
    try:
        joined = Client(scheduler, timeout=f"{PATIENCE_S}s")
    except (OSError, ValueError) as error:
        raise OSError(
            f"no Dask scheduler can be reached at {scheduler}: {error}. Start one with 'dask scheduler', and workers "
            f"with 'dask worker {scheduler}', each where the extra is installed: pip install 'smilecity[scale]'"
        ) from None
    with joined as client:
        hands = sum(client.nthreads().values())
        if not hands:
            raise ValueError(f"the scheduler at {scheduler} has no workers. Start some: dask worker {scheduler}")
        with client.get_executor() as pool:
            yield Crew(pool, AHEAD * hands)
