"""How far all is known, kept up with changes, beside what a store tells when it is asked anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from processing.group import groups
from processing.standing import Standing
from sensors.model import Batch, Datastream, Thing
from storage.store import open_store

THINGS = [
    Thing(id=f"{kind}-{number}", name="", kind=kind, longitude=12.1, latitude=54.1)
    for kind in ("parking_spot", "energy_meter")
    for number in range(2)
]
STREAMS = tuple(
    Datastream(thing.id, "occupied" if thing.kind == "parking_spot" else "total_active_energy_import")
    for thing in THINGS
)
WRITES = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), min_size=1, max_size=4), max_size=4)


@settings(max_examples=20, deadline=None)
@given(WRITES, st.integers(0, 3))
def test_what_is_kept_up_is_what_a_store_tells_anew(writes: list[list[tuple[int, int]]], begun: int):
    store, of = open_store("memory://"), groups(THINGS, {})
    standing = Standing(store, of)
    for number, rows in enumerate(writes):
        store.write(Batch.of(STREAMS, [code for code, _ in rows], [60_000 * at for _, at in rows], [1.0] * len(rows)))
        if number >= begun:
            dict(enumerate(standing.known(store.changes(0).version)))
    version = store.changes(0).version
    kept, anew = (
        [(id(group), known.last.tolist()) for group, known in one.known(version)]
        for one in (standing, Standing(store, of))
    )
    assert sorted(kept) == sorted(anew)
