"""Feeds what a spool holds to the worker, oldest first, from a thread of its own."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ingest.gather import Delivery

if TYPE_CHECKING:
    from ingest.gather import Inbox
    from ingest.spool import Spool

LOOK_S = 0.2
"""How often an idle feed looks whether it should stop."""


class Feed:
    """Puts a spool's portions into an inbox; each is let go once its messages are stored.

    A portion stays in the spool until then, so a worker that is killed is fed it again.
    """

    def __init__(self, spool: Spool, inbox: Inbox, name: str) -> None:
        self._spool = spool
        self._inbox = inbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed-{name}", daemon=True)

    def start(self) -> None:
        """Begin with the oldest portion; returns at once."""
        self._thread.start()

    def pause(self) -> None:
        """Put nothing further into the inbox: what is spooled from now on waits for the next start."""
        self._stop.set()

    def stop(self) -> None:
        """End the thread; call it when the inbox is closed or has room."""
        self.pause()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        place = 0
        while not self._stop.is_set():
            place, messages = self._spool.next(place, LOOK_S)
            if messages:
                self._inbox.put(Delivery(messages, partial(self._spool.release, place)))
