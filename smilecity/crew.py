"""Who computes a backfill: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from processing.backfill import Crew

if TYPE_CHECKING:
    from collections.abc import Iterator

AHEAD = 2
"""Portions under way for each hand, so that none waits while the store is read."""


@contextmanager
def crew_of(jobs: int, scheduler: str | None) -> Iterator[Crew | None]:
    """Gather the crew, and send it home at the end; one job is done here.

    Raises ValueError where the cluster's library is not installed, OSError where its scheduler does not answer.
    """
    if scheduler is not None:
        with _cluster(scheduler) as crew:
            yield crew
    elif jobs > 1:
        # Started anew rather than forked: the store's threads would be copied in the midst of what they do.
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield Crew(pool, AHEAD * jobs)
    else:
        yield None


@contextmanager
def _cluster(scheduler: str) -> Iterator[Crew]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise ValueError("--scheduler needs the library distributed: pip install 'smilecity[scale]'") from None
    with Client(scheduler, timeout="10s") as client:
        hands = sum(client.nthreads().values())
        if not hands:
            raise ValueError(f"the scheduler at {scheduler} has no workers. Start some: dask worker {scheduler}")
        with client.get_executor() as pool:
            yield Crew(pool, AHEAD * hands)
