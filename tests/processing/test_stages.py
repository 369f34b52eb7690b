"""What is made of results is computed after these."""

from __future__ import annotations

from processing.group import groups
from processing.indicators import derived_properties
from processing.stages import stages
from sensors.kinds import kinds
from sensors.model import Thing

THINGS = tuple(
    Thing(id=kind, name=kind, kind=kind, longitude=12.1, latitude=54.1, district="Mitte") for kind in kinds()
)


def test_what_is_made_of_results_comes_after_them():
    sorted_out = stages(groups(THINGS, {}))
    # What only a kind that is not here makes is never there.
    every = {
        prop.name for group in groups(THINGS, {}) for one in group.indicators for prop in one.observed_properties()
    }
    made: set[str] = set()
    for stage in sorted_out:
        for group in stage:
            assert {one.name for one in group.inputs if one.derived} & every <= made
        made |= {prop.name for group in stage for one in group.indicators for prop in one.observed_properties()}
    assert sum(map(len, sorted_out)) == len(groups(THINGS, {}))
    assert set(derived_properties()) >= made
