"""Opens store and catalogue for one command, holding the data folder while it runs."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from smilecity.lock import hold
from smilecity.own import know_own
from smilecity.region import demand_kept
from storage.catalogue import Catalogue
from storage.database import sqlite_file
from storage.store import StoreBusyError, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from smilecity.settings import Settings
    from storage.store import Store

log = logging.getLogger(__name__)


@contextmanager
def rooms(
    settings: Settings, what: str, wait: Event | None = None, *, begins: bool = False, changing: bool = False
) -> Iterator[tuple[Store, Catalogue]]:
    """Open store and catalogue and close them at the end; where neither is there they are made by what ``begins``.

    Else raises ValueError, so that a wrong folder is told and left alone. Raises DataInUseError or StoreLockedError,
    with a sentence, when another process holds them; StoreBusyError where the store is away, or, with an event to
    ``wait`` for, only once that is set.
    """
    if not begins and not (settings.store and is_there(settings.store)):
        _demand(settings, settings.catalogue_url(), settings.store_url())
    with (
        hold(settings.data, what),
        closing(open_catalogue(settings, begins=True, changing=changing)) as catalogue,
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


def open_catalogue(settings: Settings, *, begins: bool = False, changing: bool = False) -> Catalogue:
    """Open the catalogue alone; several processes may, also beside a running platform. What ``begins`` makes it.

    Raises ValueError for a declaration of the city's own that is wrong, where there is none and nothing begins, and for
    another zone or Land than those that the city is computed by, unless these are ``changing``.
    """
    if not begins:
        _demand(settings, settings.catalogue_url())
    know_own(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue(settings.catalogue_url(), settings.password_of_catalogue())
    try:
        if not changing:
            demand_kept(catalogue, settings)
    except BaseException:
        catalogue.close()
        raise
    return catalogue


def _demand(settings: Settings, *urls: str) -> None:
    """Raise ValueError, saying how to begin, where none of some places is there."""
    if not any(map(is_there, urls)):
        raise ValueError(
            f"nothing is there yet: neither a catalogue nor a store in '{settings.data}'. Is it the folder that was "
            "meant (--data)? To begin: 'smilecity up', 'smilecity things add FILE' or 'smilecity restore FOLDER'"
        )


def is_there(url: str) -> bool:
    """Tell whether the file of a store or a catalogue is there; a server is taken to be."""
    parts = urlsplit(url)
    file = Path(unquote(parts.path)) if parts.scheme == "duckdb" else sqlite_file(url)
    return file is None or file.is_file()
