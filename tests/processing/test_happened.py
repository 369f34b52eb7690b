"""Events beside those that are held."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processing import happened
from processing.indicator import Events
from processing.stored import Held
from sensors.model import TIME, Batch, Datastream
from sensors.quality import Quality
from storage.engines.memory import Memory
from storage.store import Query

STREAMS = tuple(Datastream(name, "emptying_event", derived=True) for name in ("a", "b"))
SPAN = np.datetime64(100, "ms"), np.datetime64(200, "ms")
NOW = np.datetime64(1_000, "ms").astype(TIME)


def events(*found: tuple[int, int, float]) -> Events:
    thing, time, value = np.array(sorted(found), dtype=float).reshape(-1, 3).T
    count = len(found)
    return Events(
        thing.astype(np.int64), time.astype(np.int64), value, np.ones(count, dtype=np.uint8), np.ones(count, dtype=int)
    )


def told(batch: Batch) -> list[tuple[str, int, float | None, int]]:
    """Give thing, time, result and revision."""
    columns = zip(
        [batch.datastreams[code].thing for code in batch.datastream],
        batch.phenomenon_time.astype(np.int64).tolist(),
        [None if np.isnan(result) else result for result in batch.result.tolist()],
        batch.revision.tolist(),
        strict=True,
    )
    return sorted(columns, key=lambda one: one[:2])


def held(store: Memory) -> Held:
    return Held(store.read(Query(datastreams=STREAMS)))


def test_first_ones_are_written_once():
    store = Memory()
    found = events((0, 110, 80.0), (1, 110, 70.0))
    news = happened.news(found, held(store), STREAMS, SPAN, NOW)
    assert told(news) == [("a", 110, 80.0, 0), ("b", 110, 70.0, 0)]
    store.write(news)
    assert len(happened.news(found, held(store), STREAMS, SPAN, NOW)) == 0


def test_what_did_not_happen_after_all_is_taken_back_once_and_may_come_again():
    store = Memory()
    store.write(happened.news(events((0, 110, 80.0)), held(store), STREAMS, SPAN, NOW))
    gone = happened.news(events(), held(store), STREAMS, SPAN, NOW)
    assert told(gone) == [("a", 110, None, 1)]
    assert gone.quality.tolist() == [Quality.MISSING]
    store.write(gone)
    assert len(happened.news(events(), held(store), STREAMS, SPAN, NOW)) == 0
    assert told(happened.news(events((0, 110, 80.0)), held(store), STREAMS, SPAN, NOW)) == [("a", 110, 80.0, 2)]


def test_another_value_is_a_revision_and_what_lies_outside_the_span_is_left_alone():
    store = Memory()
    store.write(happened.news(events((0, 110, 80.0)), held(store), STREAMS, SPAN, NOW))
    news = happened.news(events((0, 110, 81.0), (0, 99, 1.0), (0, 200, 1.0)), held(store), STREAMS, SPAN, NOW)
    assert told(news) == [("a", 110, 81.0, 1)]
    later = np.datetime64(150, "ms"), SPAN[1]
    assert len(happened.news(events(), held(store), STREAMS, later, NOW)) == 0


EVENTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(90, 210), st.sampled_from([1.0, 2.0])), unique_by=lambda one: one[:2]
)


@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_the_store_ends_with_what_was_found_last(rounds: list[list[tuple[int, int, float]]]):
    store = Memory()
    for found in rounds:
        news = happened.news(events(*found), held(store), STREAMS, SPAN, NOW)
        if len(news):
            store.write(news)
    names = "ab"
    expected = sorted((names[thing], time, value) for thing, time, value in rounds[-1] if 100 <= time < 200)
    assert [one[:3] for one in told(held(store).rows) if one[2] is not None] == expected
