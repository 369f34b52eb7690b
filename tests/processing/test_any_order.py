"""In whatever order readings come and however steps part them, the same is stated in the end."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.region import Region
from processing.worker import Worker
from sensors.model import Batch
from storage.store import Query, open_store
from tests.processing.small_city import ARRIVED, STREAMS, at, city, comparable, rows, time


def readings_of(codes: list[int]) -> st.SearchStrategy[list[Reading]]:
    reading = st.tuples(st.sampled_from(codes), st.integers(0, 40 * 12), st.integers(0, 100))
    return st.lists(reading, max_size=40, unique_by=lambda one: one[:2]).flatmap(st.permutations)


# Two of the things at once: what they are made of is read for each alone, and only the city's sums know several.
READINGS = st.lists(st.sampled_from(range(len(STREAMS))), min_size=1, max_size=2, unique=True).flatmap(readings_of)


STRAY_BESIDE_STRAY = [
    (4, minutes, result)
    for minutes, result in (
        *((44, 0), (177, 78), (382, 69), (314, 0), (203, 0), (433, 0), (155, 0), (220, 41), (207, 0), (360, 59)),
        *((0, 0), (140, 0), (263, 0), (236, 0), (293, 0), (61, 0), (453, 76), (389, 0), (94, 97)),
        *((173, 41), (422, 75), (179, 66), (191, 0), (184, 41)),
    )
]
"""The last five say that other readings are stray than the first nineteen do, so that what was known no longer is."""


@settings(max_examples=12, deadline=None)
@given(
    readings=READINGS,
    cuts=st.lists(st.integers(0, 40), max_size=3),
    clock=st.lists(st.integers(0, 60 * 4), min_size=4, max_size=4).map(sorted),
)
@example(readings=STRAY_BESIDE_STRAY, cuts=[0, 19], clock=[0, 133, 192, 224])
def test_any_order_and_split_comes_to_the_same(readings: list[Reading], cuts: list[int], clock: list[int]):
    """Compare steps between arrivals, each by a worker that has just been started, with one over everything."""
    store, catalogue = open_store("memory://"), city()
    limits = [0, *sorted(cuts), len(readings)]
    moments = [*clock[-(len(limits) - 1) :]]
    for first, last, quarters in zip(limits[:-1], limits[1:], moments, strict=False):
        store.write(arrived(readings[first:last]))
        Worker(store, catalogue).step(at(hours=quarters / 4))
    now = at(hours=clock[-1] / 4)
    Worker(store, catalogue).step(now)
    whole, other = open_store("memory://"), city()
    whole.write(arrived(readings))
    Worker(whole, other).step(now)
    assert comparable(store) == comparable(whole)
    catalogue.close()
    other.close()


def test_a_reading_at_a_barrier_restates_the_hours_before_it():
    """The last says that the second is not stray, which lies in the hour before its own."""
    found = []
    for parts in (
        [[(10.0, 10), (10.9, 100), (11.5, 20)], [(11.2, 100)]],
        [[(10, 10), (10.9, 100), (11.2, 100), (11.5, 20)]],
    ):
        store, catalogue = open_store("memory://"), city()
        for part in parts:
            store.write(rows(ARRIVED, *part))
            Worker(store, catalogue).step(at(hours=14))
        found.append(comparable(store))
        catalogue.close()
    assert found[0] == found[1]


Reading = tuple[int, int, int]
"""Stream, five minutes since midnight, result."""
OFF = st.sampled_from([0, 1, 100, -1000])
"""By how much a count lies off its run, at zero at least. A second one off by as much tells that it is not stray.
By one vehicle it moves the anchor of a night in which as many come as go."""
NIGHTS = (*range(20, 52), *range(304, 342))
"""Three to five local time, in any of the zones below, and what lies beside it."""
AT_BARRIERS = st.tuples(st.sampled_from([0, 4, 4, 5]), st.integers(24, 480) | st.sampled_from(NIGHTS), OFF)


def counted(code: int, at: int, off: int) -> Reading:
    """A vehicle comes each five minutes, and goes two hours later; of spaces, tell some that are left."""
    run = at if code == 4 else max(at - 24, 0)
    return code, at, max(run + off, 0) if code else 60 + off % 40


@settings(max_examples=15, deadline=None)
@given(
    off=st.dictionaries(st.tuples(st.sampled_from([4, 5]), st.integers(0, 239)), OFF | st.none(), max_size=12),
    late=st.lists(AT_BARRIERS, min_size=1, max_size=6),
    zone=st.sampled_from(["Europe/Berlin", "Europe/Athens"]),
)
@example(off={(4, 59): 100}, late=[(4, 120, 100)], zone="Europe/Berlin")
@example(off={}, late=[(5, 46, 1)], zone="Europe/Berlin")
@example(off={(5, 23): 100, **{(5, step): None for step in range(24, 35)}}, late=[(5, 68, 100)], zone="Europe/Berlin")
def test_whatever_comes_late_from_barriers_the_count_is_the_same(
    off: dict[tuple[int, int], int | None], late: list[Reading], zone: str
):
    """It moves a night's anchor, is stray, or tells of others that they are not; in Athens clocks are set that night.

    The first reading of an hour tells that the last one before is not stray; the anchor moves from the beginning of the
    night to its end, and does so by a reading hours after it.
    """
    by = {(code, step): off.get((code, step), 0) for code in (4, 5) for step in range(240)}
    on_time = [counted(code, 2 * step, each) for (code, step), each in by.items() if each is not None]
    store, catalogue = open_store("memory://"), city()
    worker = Worker(store, catalogue, region=Region(zone=zone))
    store.write(arrived(on_time))
    worker.step(at(hours=50))
    for one in late:
        store.write(arrived([counted(*one)]))
        worker.step(at(hours=50))
    whole, other = open_store("memory://"), city()
    whole.write(store.read(Query(datastreams=STREAMS)))
    Worker(whole, other, region=Region(zone=zone)).step(at(hours=50))
    assert comparable(store) == comparable(whole)
    catalogue.close()
    other.close()


def arrived(readings: list[Reading]) -> Batch:
    """Make observations of stream, five minutes since midnight, and result."""
    codes = np.array([code for code, _, _ in readings], dtype=np.int32)
    results = [result % 2 if code == 1 else result for code, _, result in readings]
    return Batch.of(STREAMS, codes, [time(at(minutes=5 * minutes)) for _, minutes, _ in readings], results)
