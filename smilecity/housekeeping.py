"""Removes from quarantine, portion by portion in a thread, what is older than an installation keeps it."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smilecity.settings import Settings
    from storage.catalogue import Catalogue

log = logging.getLogger(__name__)

LOOK_S = 3600.0
"""How often it is looked for what has become too old."""
PAUSE_S = 0.5
"""Between two portions: new messages are booked meanwhile."""
DAY_MS = 86_400_000


@contextmanager
def housekeeping(catalogue: Catalogue, settings: Settings) -> Iterator[None]:
    """Keep the quarantine no longer than is said while within; several processes may do so at once."""
    if not settings.quarantine_days:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(
        target=_run, args=(catalogue, settings.quarantine_days, stop), name="housekeeping", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(catalogue: Catalogue, days: int, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            removed = catalogue.expire(time.time_ns() // 1_000_000 - days * DAY_MS)
        except Exception:
            log.exception("the quarantine could not be cleared of what is old; trying again in %.0f s", LOOK_S)
            removed = 0
        if removed:
            log.info("%d messages older than %d days were removed from quarantine", removed, days)
        stop.wait(PAUSE_S if removed else LOOK_S)
