"""By which zone and Land a city is computed, in the catalogue."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from storage.catalogue import Catalogue
from storage.regions import Kept

if TYPE_CHECKING:
    from storage.catalogue import Catalogue as Opened

BERLIN, ATHENS = Kept("Europe/Berlin", "MV"), Kept("Europe/Athens", "MV")


def test_nothing_is_kept_of_a_city_that_was_never_computed(catalogue: Opened):
    assert catalogue.regions.kept() is None


def test_what_was_kept_last_counts_whatever_the_clock_says(catalogue: Opened):
    catalogue.regions.keep(BERLIN, 1000)
    catalogue.regions.keep(BERLIN, 2000)
    assert catalogue.regions.kept() == BERLIN
    catalogue.regions.keep(ATHENS, 500)
    assert catalogue.regions.kept() == ATHENS
    catalogue.regions.keep(BERLIN, 400)
    assert catalogue.regions.kept() == BERLIN


def test_it_is_kept_for_whoever_comes_later(catalogue_url: str):
    with closing(Catalogue(catalogue_url)) as first:
        first.regions.keep(ATHENS, 1000)
    with closing(Catalogue(catalogue_url)) as second:
        assert second.regions.kept() == ATHENS
