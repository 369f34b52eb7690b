from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.queries import UNSEEN_MS, Cited

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

ONE = Cited(id="a", asked={"thing": "lot-1"}, pin=5, rows=3, checksum="00ff", answered=10)


def test_what_was_answered_is_given_back(catalogue: Catalogue):
    assert catalogue.cited("a") is None
    catalogue.cite(ONE)
    assert catalogue.cited("a") == ONE


def test_a_question_stays_as_it_was_answered_first(catalogue: Catalogue):
    catalogue.cite(ONE)
    catalogue.cite(replace(ONE, rows=4, answered=11))
    assert catalogue.cited("a") == ONE


def test_what_nobody_looked_at_is_let_go_of(catalogue: Catalogue):
    catalogue.cite(ONE)
    catalogue.cite(replace(ONE, id="b"))
    catalogue.keep_cited("b")
    catalogue.keep_cited("nothing")
    catalogue.cite(replace(ONE, id="c", answered=10 + UNSEEN_MS))
    assert catalogue.cited("a") is not None
    catalogue.cite(replace(ONE, id="d", answered=11 + UNSEEN_MS))
    assert [name for name in "abcd" if catalogue.cited(name)] == ["b", "c", "d"]
