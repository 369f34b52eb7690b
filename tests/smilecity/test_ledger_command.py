"""``smilecity ledger`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from storage.catalogue import Catalogue, Counts
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from pathlib import Path


def books(folder: Path, *entries: tuple[str, Counts]) -> tuple[str, str]:
    catalogue = Catalogue(f"sqlite:///{folder / 'catalogue.sqlite'}")
    for worker, counts in entries:
        catalogue.settle("city", worker, counts)
    catalogue.close()
    return "--data", str(folder)


def test_empty_books(tmp_path: Path):
    done = smilecity("ledger", *books(tmp_path))
    assert (done.returncode, done.stdout.startswith("No messages yet")) == (0, True)


def test_books_of_two_workers_and_their_sum(tmp_path: Path):
    data = books(
        tmp_path, ("w1", Counts(received=1200, stored=1200)), ("w2", Counts(received=5, quarantined=3, empty=2))
    )
    done = smilecity("ledger", *data)
    assert done.returncode == 0, done.stderr
    assert "1,205" in done.stdout
    document = json.loads(smilecity("ledger", "--json", *data).stdout)
    assert document["balanced"]
    assert [(entry["worker"], entry["received"]) for entry in document["entries"]] == [("w1", 1200), ("w2", 5)]


def test_books_that_do_not_balance_are_an_error(tmp_path: Path):
    done = smilecity("ledger", *books(tmp_path, ("w1", Counts(received=2, stored=1))))
    assert done.returncode == 1
    assert "NO" in done.stdout
