"""Households count in sums only in company, whichever sums are put beside each other."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processing.group import groups
from processing.households import cells, counted, households, in_company, rows_in_company
from processing.rows import Rows
from processing.scopes import names_of
from sensors.model import Calibration, Thing


def meter(name: str, district: str = "Mitte", *, household: bool = True, operator: str = "SW", **site: Any) -> Thing:
    return Thing(
        id=name,
        name=name,
        kind="energy_meter",
        longitude=12,
        latitude=54,
        operator=operator,
        district=district,
        properties={"household": household, **site},
    )


def test_a_household_is_one_that_ever_was_and_what_refers_to_one():
    later = Calibration(since=1, properties={"household": False})
    plant = Thing(id="pv", name="pv", kind="pv_plant", longitude=0, latitude=0, properties={"household": True})
    roof, school = meter("roof", household=False, pv_plant="pv"), meter("school", household=False)
    moved = Thing(
        **{name: getattr(meter("moved"), name) for name in Thing.__dataclass_fields__} | {"calibrations": (later,)}
    )
    assert households([plant, roof, school, moved]) == {"pv", "roof", "moved"}


def test_a_cell_is_what_shares_all_its_groups():
    found = cells([meter("a"), meter("b"), meter("c", "Nord"), meter("d", operator="X"), meter("s", household=False)])
    assert found["a"] == found["b"]
    assert len(set(found.values())) == 3
    assert "s" not in found


def test_households_of_small_cells_are_in_no_sum():
    small = [meter(f"n{number}", "Nord") for number in range(4)]
    large = [meter(f"m{number}") for number in range(5)]
    school = meter("school", "Nord", household=False)
    things = [*small, *large, school]
    assert [thing.id for thing in counted(things, cells(things), 5)] == [*(thing.id for thing in large), "school"]
    for group in groups(things, {}):
        if group.groups:
            assert not {thing.id for thing in group.things} & {thing.id for thing in small}


def test_a_household_alone_at_an_instant_is_left_out():
    rows = Rows.every(4, [0, 0, 1, 2, 3], ["2026-01-01", "2026-01-02"] + ["2026-01-01"] * 3, range(5), [1, 1, 1, 1, 9])
    cell = np.array([0, 0, -1, 0])
    kept = rows_in_company(rows, cell, 2)
    assert list(zip(kept.series.tolist(), kept.value.tolist(), strict=True)) == [(0, 0.0), (1, 2.0), (2, 3.0)]
    assert len(rows_in_company(rows, cell, 3)) == 1  # the third of them has nothing usable: only what is none stays


def test_without_households_nothing_changes():
    rows = Rows.every(2, [0, 1], ["2026-01-01"] * 2, [1.0, 2.0])
    assert rows_in_company(rows, np.array([-1, -1]), 5) is rows
    assert len(rows_in_company(rows.take(np.zeros(2, dtype=bool)), np.array([0, 0]), 5)) == 0


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("XY"), st.booleans()), min_size=1, max_size=40),
    st.integers(2, 5),
)
def test_whatever_is_added_and_taken_away_rests_on_a_crowd(estate: list[tuple[str, str, bool]], least: int):
    """Take the values of groups together in any way: no household shows that does not stand among enough others."""
    things = [meter(f"{at}", district, operator=of) for at, (district, of, _) in enumerate(estate)]
    present = np.array([[here] for _, _, here in estate])
    cell = cells(things)
    told = in_company(present, np.array([cell[thing.id] for thing in things]), least)[:, 0]
    names = sorted({name for thing in things for name in names_of(thing)})
    member = np.array([[name in names_of(thing) for name in names] for thing in things]) & told[:, np.newaxis]
    for weights in product((-1, 0, 1), repeat=len(names)):
        rests_on = (member @ np.array(weights) != 0).sum()
        assert rests_on == 0 or rests_on >= least
