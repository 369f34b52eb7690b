"""Which formula computes since when, in the catalogue."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from storage import migrations
from storage.catalogue import Catalogue
from storage.database import engine_of, rebuilding
from storage.formulas import Again, InForce
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable


def test_notes_come_back_by_indicator_and_time(catalogue: Catalogue):
    assert catalogue.formulas.in_force() == ()
    catalogue.formulas.note([InForce("occupancy", 20, 2), InForce("energy", 15, 1)])
    catalogue.formulas.note([InForce("occupancy", 10, 1)])
    assert catalogue.formulas.in_force() == (
        InForce("energy", 15, 1), InForce("occupancy", 10, 1), InForce("occupancy", 20, 2),
    )  # fmt: skip
    catalogue.formulas.note([])
    catalogue.formulas.note([InForce("occupancy", 20, 3)])
    assert catalogue.formulas.in_force()[-1] == InForce("occupancy", 20, 3)


def test_what_another_process_notes_is_seen(catalogue_url: str):
    with closing(Catalogue(catalogue_url)) as one, closing(Catalogue(catalogue_url)) as other:
        assert other.formulas.in_force() == ()
        one.formulas.note([InForce("occupancy", 10, 1)])
        assert one.formulas.in_force() == (InForce("occupancy", 10, 1),)
        wait_until(lambda: other.formulas.in_force() == one.formulas.in_force(), timeout=10, what="the note")


def test_spans_that_were_computed_again_are_kept_in_their_order(catalogue: Catalogue):
    for done in (Again(9, 0, 5), Again(7, -3, 5), Again(9, 0, 5)):
        catalogue.formulas.note_again(done)
    assert catalogue.formulas.again() == (Again(7, -3, 5), Again(9, 0, 5))


def test_a_catalogue_from_before_knows_of_none(catalogue_url: str, fresh: Callable[[], Catalogue]):
    engine = engine_of(catalogue_url)
    with rebuilding(engine) as connection:
        migrations.run(connection, "0009")
        connection.exec_driver_sql("INSERT INTO position (name, value) VALUES ('processing', 7)")
    engine.dispose()
    with closing(Catalogue(catalogue_url)) as catalogue:
        assert (catalogue.formulas.in_force(), catalogue.formulas.again()) == ((), ())
        catalogue.formulas.note([InForce("occupancy", 10, 1)])
        assert catalogue.position("processing") == 7
        assert fresh().formulas.in_force() == ()
