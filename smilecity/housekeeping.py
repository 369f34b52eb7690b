"""Keeps an installation's house beside its work, in threads: old messages leave the quarantine, the store is tended."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store

log = logging.getLogger(__name__)

LOOK_S = 3600.0
"""How often it is looked for what has become too old, or is to be put into order."""
PAUSE_S = 0.5
"""Between two portions: new messages are booked meanwhile."""
DAY_MS = 86_400_000


@contextmanager
def housekeeping(store: Store, catalogue: Catalogue, settings: Settings) -> Iterator[None]:
    """Keep house while within; several processes may do so at once."""
    stop = threading.Event()
    work: list[Callable[[], None]] = [lambda: _tend(store, stop)]
    if settings.quarantine_days:
        work.append(lambda: _expire(catalogue, settings.quarantine_days, stop))
    threads = [threading.Thread(target=each, name="housekeeping", daemon=True) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _expire(catalogue: Catalogue, days: int, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            removed = catalogue.expire(_now() - days * DAY_MS)
        except Exception:
            log.exception("the quarantine could not be cleared of what is old; trying again in %.0f s", LOOK_S)
            removed = 0
        if removed:
            log.info("%d messages older than %d days were removed from quarantine", removed, days)
        stop.wait(PAUSE_S if removed else LOOK_S)


def _tend(store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            rows = 0
            for step in store.tend(np.datetime64(_now(), "ms")):
                rows += step.rows
                if stop.wait(PAUSE_S):
                    break
            if rows:
                log.info("finished days were put into order, %d rows were moved", rows)
        except StoreBusyError as busy:
            log.warning("finished days could not be put into order (%s); trying again in %.0f s", busy, LOOK_S)
        except Exception:
            log.exception("finished days could not be put into order; trying again in %.0f s", LOOK_S)
        stop.wait(LOOK_S)


def _now() -> int:
    return time.time_ns() // 1_000_000
