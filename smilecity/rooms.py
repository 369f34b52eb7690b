"""Opens store and catalogue for one command, holding the data folder while it runs."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from smilecity.lock import hold
from smilecity.own import know_own
from storage.catalogue import Catalogue
from storage.store import StoreBusyError, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from smilecity.settings import Settings
    from storage.store import Store

log = logging.getLogger(__name__)


@contextmanager
def rooms(settings: Settings, what: str, wait: Event | None = None) -> Iterator[tuple[Store, Catalogue]]:
    """Open store and catalogue and close them at the end.

    Raises DataInUseError or StoreLockedError, with a sentence, when another process holds them; StoreBusyError where
    the store is away, or, with an event to ``wait`` for, only once that is set.
    """
    with (
        hold(settings.data, what),
        closing(open_catalogue(settings)) as catalogue,
        closing(_opened(settings.store_url(), wait)) as store,
    ):
        yield store, catalogue


def _opened(url: str, wait: Event | None) -> Store:
    while True:
        try:
            return open_store(url)
        except StoreBusyError as busy:
            if wait is None:
                raise
            log.warning("the store is away (%s); trying again", busy)
            if wait.wait(busy.retry_after):
                raise


def open_catalogue(settings: Settings) -> Catalogue:
    """Open the catalogue alone; several processes may, also beside a running platform.

    Raises ValueError for a declaration of the city's own that is wrong.
    """
    know_own(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    return Catalogue(settings.catalogue_url(), settings.password_of_catalogue())
