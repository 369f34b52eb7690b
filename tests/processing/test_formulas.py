"""By which version of its formula a stored result is: raised, taken back, restated, and asked for by the thousand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing import formulas
from processing.formulas import FAR, UNKNOWN, Outdated, Versions, outdated, versions_in
from processing.indicators import indicator_of, indicators, with_forecasts
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.formulas import InForce
from storage.store import Query, Store, open_store
from tests.processing.raising import doubled, with_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOT = Thing(
    id="lot",
    name="Lot",
    kind="parking_lot",
    longitude=12.1,
    latitude=54.1,
    district="Mitte",
    properties={"capacity": 100},
)
FREE = Datastream("lot", "available_spot_number")
DAWN = datetime(2026, 6, 1, tzinfo=UTC)
NOW = indicators()["occupancy"].version
NAMES = ("occupancy_hour", "occupancy_day", "energy_15min", "joint_peak_occupancy_day", "is_derived_by_nothing")


@pytest.fixture(params=["memory", "duckdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store("memory://" if request.param == "memory" else f"duckdb://{tmp_path}/city.duckdb")
    opened.write(free((0, 60), (1, 30), (2, 30), (3, 30)))
    yield opened
    opened.close()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put([LOT])
    yield opened
    opened.close()


def at(hours: float) -> datetime:
    return DAWN + timedelta(hours=hours)


def ms(hours: float) -> int:
    return int(at(hours).timestamp() * 1000)


def free(*readings: tuple[float, float]) -> Batch:
    """Make readings of (hours since dawn, free spaces)."""
    times = [np.datetime64(ms(hours), "ms") for hours, _ in readings]
    return Batch.of((FREE,), np.zeros(len(times)), times, [result for _, result in readings])


def left(store: Store, catalogue: Catalogue, hours: float) -> tuple[Outdated, ...]:
    return outdated(store, catalogue, ms(hours), "Europe/Berlin")


def by_version(store: Store, catalogue: Catalogue, thing: str, name: str) -> dict[float, tuple[float, int]]:
    """Give a datastream's results by hours since dawn, with the version that each is by."""
    batch = store.read(Query(datastreams=[Datastream(thing, name, derived=True)]))
    found = versions_in(catalogue).of_results([name], np.zeros(len(batch), dtype=np.int64), batch.result_time)
    hours = (batch.phenomenon_time - np.datetime64(ms(0), "ms")) / np.timedelta64(1, "h")
    return dict(zip(hours.tolist(), zip(batch.result.round(9).tolist(), found.tolist(), strict=True), strict=True))


def test_the_first_step_notes_every_formula_with_its_own_clock_and_the_next_nothing(
    store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    worker = Worker(store, catalogue)
    worker.step(at(2))
    assert catalogue.formulas.in_force() == tuple(
        InForce(name, ms(2), version) for name, version in sorted((one.name, one.version) for one in with_forecasts())
    )
    monkeypatch.setattr(formulas, "note", lambda *_: pytest.fail("it was noted already"))
    worker.step(at(3))


def test_old_values_and_new_ones_are_told_apart_and_what_comes_out_equal_stays_as_it_was(
    store: Store, catalogue: Catalogue
):
    Worker(store, catalogue).step(at(2))
    before = by_version(store, catalogue, "lot", "occupancy_hour")
    assert before == {0.0: (0.4, NOW), 1.0: (0.7, NOW)}
    with with_version("occupancy", NOW + 1, doubled(indicators()["occupancy"].formula)):
        Worker(store, catalogue).step(at(3))
        assert by_version(store, catalogue, "lot", "occupancy_hour") == {**before, 2.0: (1.4, NOW + 1)}
        Worker(store, catalogue).recompute(at(0), at(1), at(4))
        now = {0.0: (0.8, NOW + 1), 1.0: (0.7, NOW), 2.0: (1.4, NOW + 1)}
        assert by_version(store, catalogue, "lot", "occupancy_hour") == now
        # A value of the district is by the version that summed it up, whatever its members are by.
        assert by_version(store, catalogue, "district:Mitte", "occupancy_hour") == now
        assert by_version(store, catalogue, "lot", "parked_hours_hour")[0.0][1] == indicators()["parked_hours"].version
    with with_version("occupancy", NOW + 2):
        Worker(store, catalogue).recompute(at(0), at(2), at(5))
        # The second hour comes out as the first version said it, and is not written again: it stays by that.
        assert by_version(store, catalogue, "lot", "occupancy_hour") == {
            0.0: (0.4, NOW + 2), 1.0: (0.7, NOW), 2.0: (1.4, NOW + 1),
        }  # fmt: skip


def test_an_older_formula_that_comes_back_is_noted_too(store: Store, catalogue: Catalogue):
    with with_version("occupancy", NOW + 1):
        Worker(store, catalogue).step(at(1))
    Worker(store, catalogue).step(at(2))
    Worker(store, catalogue).step(at(3))
    assert versions_in(catalogue).notes["occupancy"] == (
        InForce("occupancy", ms(1), NOW + 1), InForce("occupancy", ms(2), NOW),
    )  # fmt: skip
    found = by_version(store, catalogue, "lot", "occupancy_hour")
    assert [version for _, version in found.values()] == [NOW + 1, NOW, NOW]
    assert left(store, catalogue, 3) == (Outdated("occupancy", NOW + 1, NOW, ms(0), ms(2)),)


def test_a_clock_that_was_wrong_leads_nobody_astray(store: Store, catalogue: Catalogue):
    Worker(store, catalogue).step(at(100))  # it should have been 1
    with with_version("occupancy", NOW + 1):
        worker = Worker(store, catalogue)
        for hours in (2, 99, 101, 102):
            worker.step(at(hours))
    known = versions_in(catalogue)
    said = [known.in_force("occupancy", ms(hours)) for hours in (1, 2, 99, 100, 101, 102)]
    assert said == [UNKNOWN, NOW + 1, NOW + 1, NOW, NOW + 1, NOW + 1]


@pytest.mark.parametrize(("minutes", "said"), [(30, UNKNOWN), (0.5, NOW + 1), (3 * 24 * 60, NOW + 1)])
def test_what_a_clock_goes_through_twice_is_by_either_version(
    store: Store, catalogue: Catalogue, minutes: float, said: int
):
    begin, raised = at(-200), at(1)
    back = raised - timedelta(minutes=minutes)
    Worker(store, catalogue).step(begin)
    with with_version("occupancy", NOW + 1):
        Worker(store, catalogue).step(raised)
        for _ in range(2):
            Worker(store, catalogue).step(back)
        for moment in (back, raised - timedelta(milliseconds=1)):
            assert versions_in(catalogue).in_force("occupancy", int(moment.timestamp() * 1000)) == said
        assert versions_in(catalogue).in_force("occupancy", int(back.timestamp() * 1000) - 1) == NOW
        assert versions_in(catalogue).in_force("occupancy", ms(1)) == NOW + 1
        assert all((one.before, one.now) == (NOW, NOW + 1) for one in left(store, catalogue, 2))
    with with_version("occupancy", NOW + 2):
        Worker(store, catalogue).step(at(2))
        assert versions_in(catalogue).in_force("occupancy", ms(2)) == NOW + 2


def test_what_was_there_before_anybody_noted_is_of_no_known_version(store: Store, catalogue: Catalogue):
    earlier = Batch.of(
        (Datastream("lot", "occupancy_hour", derived=True),), [0], [at(-3).replace(tzinfo=None)], [0.5],
        result_time=[np.datetime64(ms(-2), "ms")], coverage=[1.0], samples=[3],
    )  # fmt: skip
    store.write(earlier)
    Worker(store, catalogue).step(at(2))
    assert by_version(store, catalogue, "lot", "occupancy_hour")[-3.0] == (0.5, UNKNOWN)
    assert left(store, catalogue, 2) == ()


def test_a_formula_is_listed_until_all_that_its_former_one_said_was_computed_again(store: Store, catalogue: Catalogue):
    assert left(store, catalogue, 0) == ()
    worker = Worker(store, catalogue)
    worker.step(at(2))
    assert left(store, catalogue, 2) == ()
    with with_version("occupancy", NOW + 1):
        whole = Outdated("occupancy", NOW, NOW + 1, ms(0), ms(3))
        assert left(store, catalogue, 3) == (whole,), "before it is noted"
        worker = Worker(store, catalogue)
        worker.step(at(3))
        assert left(store, catalogue, 9) == (whole,), "and after"
        worker.recompute(at(1), at(2), at(4))
        assert left(store, catalogue, 9) == (whole,), "the beginning is missing"
        worker.recompute(at(-1), at(1), at(5))
        assert left(store, catalogue, 9) == (Outdated("occupancy", NOW, NOW + 1, ms(2), ms(3)),)
        worker.recompute(at(1), at(9), at(6))
        assert left(store, catalogue, 9) == ()
    with with_version("occupancy", NOW + 2):
        assert left(store, catalogue, 7) == (Outdated("occupancy", NOW + 1, NOW + 2, ms(0), ms(7)),)


def test_a_backfill_that_fails_covers_nothing(store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Batch) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "write", fail)
    with pytest.raises(OSError, match="disk is full"):
        Worker(store, catalogue).recompute(at(0), at(2), at(4))
    assert catalogue.formulas.again() == ()
    assert versions_in(catalogue).in_force("occupancy", ms(4)) == NOW, "noted before the first write"


MOMENTS = st.one_of(st.integers(-5, 60), st.integers(FAR - 3, FAR - 1))


@given(
    notes=st.dictionaries(
        st.tuples(st.sampled_from(sorted({"occupancy", "energy", "joint_peak_occupancy", "forgotten"})), MOMENTS),
        st.integers(1, 9),
        max_size=12,
    ),
    rows=st.lists(st.tuples(st.sampled_from(range(len(NAMES))), MOMENTS), max_size=20),
)
def test_rows_by_the_thousand_are_looked_up_as_one_by_one(
    notes: dict[tuple[str, int], int], rows: list[tuple[int, int]]
):
    known = Versions.of(tuple(InForce(name, since, version) for (name, since), version in sorted(notes.items())))
    code = np.array([place for place, _ in rows], dtype=np.int64)
    moments = np.array([moment for _, moment in rows], dtype=np.int64)

    def one_by_one(name: str, moment: int) -> int:
        made = indicator_of().get(name)
        mine = [since for (of, since) in notes if made is not None and of == made.name and since <= max(moment, 0)]
        return notes[made.name, max(mine)] if made is not None and mine else UNKNOWN

    found = known.of_results(NAMES, code, moments.view("datetime64[ms]"))
    assert found.tolist() == [one_by_one(NAMES[place], moment) for place, moment in rows]


def test_every_indicator_has_a_name_of_its_own():
    """Versions are noted by it."""
    names = [one.name for one in with_forecasts()]
    assert len(set(names)) == len(names)
