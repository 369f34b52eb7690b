"""Opens store and catalogue for one command, holding the data folder while it runs."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from smilecity.lock import hold
from smilecity.own import know_own
from storage.catalogue import Catalogue
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smilecity.settings import Settings
    from storage.store import Store


@contextmanager
def rooms(settings: Settings, what: str) -> Iterator[tuple[Store, Catalogue]]:
    """Open store and catalogue and close them at the end.

    Raises DataInUseError or StoreLockedError, with a sentence, when another process holds them.
    """
    with (
        hold(settings.data, what),
        closing(open_catalogue(settings)) as catalogue,
        closing(open_store(settings.store_url())) as store,
    ):
        yield store, catalogue


def open_catalogue(settings: Settings) -> Catalogue:
    """Open the catalogue alone; several processes may, also beside a running platform.

    Raises ValueError for a declaration of the city's own that is wrong.
    """
    know_own(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    return Catalogue(settings.catalogue_url())
