"""Spans that lie far apart stay apart, and all that was touched is in one of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import TIME, Datastream
from storage.apart import EVER, MOST, numbered, parted
from storage.store import Changes

DAY = 86_400_000
SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 40 * 24), st.integers(0, 48)).map(
        lambda one: (one[0], one[1] * DAY // 24, (one[1] + one[2]) * DAY // 24)
    ),
    max_size=40,
)
"""Codes, first and last hour."""


def of(spans: list[tuple[int, int, int]], days: int) -> list[tuple[int, int, int]]:
    code, first, last = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    found = parted(code.astype(np.int32), first, last, np.timedelta64(days, "D"))
    return list(zip(*(column.tolist() for column in found), strict=True))


@given(SPANS, st.integers(1, 5))
def test_what_is_near_is_put_together_and_nothing_else(spans: list[tuple[int, int, int]], days: int):
    expected = []
    for code in range(3):
        mine: list[tuple[int, int]] = []
        for first, last in sorted(one[1:] for one in spans if one[0] == code):
            if mine and first <= mine[-1][1] + days * DAY:
                mine[-1] = mine[-1][0], max(mine[-1][1], last)
            else:
                mine.append((first, last))
        extra = len(mine) - MOST
        if extra > 0:
            mine = [(mine[0][0], mine[extra][1]), *mine[extra + 1 :]]
        expected += [(code, *one) for one in mine]
    assert of(spans, days) == expected


@given(SPANS)
def test_ever_is_farther_than_anything(spans: list[tuple[int, int, int]]):
    code, first, last = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    found = parted(code.astype(np.int32), first, last, EVER)
    assert found[0].tolist() == sorted({one[0] for one in spans})


@given(st.lists(st.integers(0, 5), max_size=20).map(sorted))
def test_the_newest_stretch_is_number_0(codes: list[int]):
    numbers = numbered(np.array(codes, dtype=np.int32)).tolist()
    assert [number for number, (one, after) in zip(numbers, pairwise([*codes, -1]), strict=True) if one != after] == [
        0
    ] * len({*codes})
    inside = zip(pairwise(numbers), pairwise(codes), strict=True)
    assert all(before == after + 1 for (before, after), (one, two) in inside if one == two)


@given(SPANS, st.integers(1, 5))
def test_layers_hold_all_that_was_touched_once_and_nothing_far_between(spans: list[tuple[int, int, int]], days: int):
    far = np.timedelta64(days, "D")
    code, first, last = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    streams, begins, ends = parted(code.astype(np.int32), first, last, far)
    named = tuple(Datastream(f"thing-{each}", "level") for each in streams.tolist())
    changes = Changes(1, named, begins.view(TIME), ends.view(TIME), numbered(streams))
    layers = list(changes.layers(far))
    assert 1 <= len(layers) <= MOST
    for layer in layers:
        assert len({*layer.datastreams}) == len(layer.datastreams)
    for each, begin, end in spans:
        holding = [
            layer
            for layer in layers
            for stream, low, high in zip(
                layer.datastreams, layer.first.view(np.int64), layer.last.view(np.int64), strict=True
            )
            if stream.thing == f"thing-{each}" and low <= begin and end <= high
        ]
        assert len(holding) == 1
    for newer, older in pairwise(layers):
        assert newer.first.min() > older.last.max() + far
