"""The audit log: entries in their order, of everybody or of one operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.audit import Deed

if TYPE_CHECKING:
    from storage.catalogue import Catalogue


def test_entries_come_back_the_newest_first_page_by_page(catalogue: Catalogue):
    for number in range(5):
        operator = "PGR" if number % 2 else ""
        catalogue.audit.note(Deed(who="desk", whence="::1", action=f"PUT {number}", operator=operator, at=number + 1))
    every = catalogue.audit.deeds()
    assert [deed.action for deed in every] == ["PUT 4", "PUT 3", "PUT 2", "PUT 1", "PUT 0"]
    assert [deed.at for deed in catalogue.audit.deeds(before=every[1].id, limit=2)] == [3, 2]
    assert [deed.at for deed in catalogue.audit.deeds(operator="PGR")] == [4, 2]
    assert catalogue.audit.forget(before=3) == 2
    assert len(catalogue.audit.deeds()) == 3


def test_an_entry_without_an_instant_is_of_now(catalogue: Catalogue):
    catalogue.audit.note(Deed(who="desk", whence="::1", action="PUT", outcome="403"))
    (deed,) = catalogue.audit.deeds()
    assert deed.at > 1_700_000_000_000
    assert deed.outcome == "403"
