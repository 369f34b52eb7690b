"""Keeps house beside the work, in threads: what is too old goes, the store is tended, errands are done."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from smilecity.backup import back_up
from smilecity.errands import do_errands
from smilecity.retention import Retention, forget, retention
from storage.store import CannotForgetError, StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smilecity.backup import Told
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
    """Keep house while within; several processes may do so at once. Raises ValueError for settings that are none."""
    stop = threading.Event()
    kept = retention(settings.retention)
    ways = {"backup": lambda target, told: _back_up(store, settings, target, told)}
    work: list[Callable[[], None]] = [
        lambda: _keep_order(store, kept, stop),
        lambda: do_errands(settings.data, ways, stop),
    ]
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


def _keep_order(store: Store, kept: Retention, stop: threading.Event) -> None:
    while not stop.is_set():
        _tried("forgotten", lambda: _forget(store, kept))
        _tried("put into order", lambda: _tend(store, stop))
        stop.wait(LOOK_S)


def _back_up(store: Store, settings: Settings, target: str, told: Told) -> str:
    made = back_up(store, settings, Path(target), told)
    log.info("backed up into '%s', %d observations", target, made.rows)
    return target


def _tried(what: str, work: Callable[[], None]) -> None:
    try:
        work()
    except (StoreBusyError, CannotForgetError) as refusal:
        log.warning("finished days could not be %s (%s); trying again in %.0f s", what, refusal, LOOK_S)
    except Exception:
        log.exception("finished days could not be %s; trying again in %.0f s", what, LOOK_S)


def _forget(store: Store, kept: Retention) -> None:
    rows = forget(store, kept, np.datetime64(_now(), "ms")) if kept.days else 0
    if rows:
        log.info("%d rows that have been kept for long enough were forgotten", rows)


def _tend(store: Store, stop: threading.Event) -> None:
    rows = 0
    for step in store.tend(np.datetime64(_now(), "ms")):
        rows += step.rows
        if stop.wait(PAUSE_S):
            break
    if rows:
        log.info("finished days were put into order, %d rows were moved", rows)


def _now() -> int:
    return time.time_ns() // 1_000_000
