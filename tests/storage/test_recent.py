"""What the last commits touched, beside a loop over all rows that were ever written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.recent import Recent

STREAMS = tuple(Datastream("thing", f"p{number}") for number in range(4))
COMMITS = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), min_size=1, max_size=6), max_size=8)


@given(COMMITS, st.integers(0, 9), st.integers(1, 20))
def test_what_is_remembered_is_what_was_written(commits: list[list[tuple[int, int]]], after: int, most: int):
    recent = Recent(0, most)
    for version, rows in enumerate(commits, start=1):
        recent.note(
            version, Batch.of(STREAMS, [code for code, _ in rows], [time for _, time in rows], [0.0] * len(rows))
        )
    later = [row for rows in commits[after:] for row in rows]
    touched = recent.touched(after)
    if touched is None:
        assert sum(map(len, commits)) > most
        return
    assert sum(map(len, commits[after + 1 :])) <= max(most, len(commits[-1]) if commits else 0)
    spans = {code: [time for each, time in later if each == code] for code in {code for code, _ in later}}
    told = zip(*(column.tolist() for column in touched), strict=True)
    assert list(told) == [(code, min(times), max(times)) for code, times in sorted(spans.items())]


def test_what_was_before_is_not_remembered():
    recent = Recent(7)
    assert recent.touched(6) is None
    assert [len(column) for column in recent.touched(7) or ()] == [0, 0, 0]
    recent.note(8, Batch.of(STREAMS, [1], [5], [0.0]))
    recent.forget(8)
    assert recent.touched(7) is None
