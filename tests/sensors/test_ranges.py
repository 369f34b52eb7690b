"""Results that others bring, tested against ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import Batch, Datastream, Thing
from sensors.ranges import UNTESTED, flagged

if TYPE_CHECKING:
    from collections.abc import Sequence

LOT = Thing(id="lot", name="", kind="parking_lot", longitude=0, latitude=0, properties={"capacity": 100})
STREAMS = (
    Datastream("lot", "available_spot_number"),
    Datastream("bin", "filling_level"),
    Datastream("bin", "unheard_of"),
)


def batch(rows: Sequence[tuple[int, float, int]]) -> Batch:
    code, result, flag = zip(*rows, strict=True)
    return Batch.of(STREAMS, code, np.arange(len(rows)).astype("datetime64[ms]"), result, quality=flag)


def test_what_nobody_has_tested_is():
    rows = [(0, 50, UNTESTED), (0, 120, UNTESTED), (0, -1, UNTESTED), (1, 150, UNTESTED), (2, 5, UNTESTED)]
    assert flagged(batch([*rows, (0, np.nan, UNTESTED)]), {"lot": LOT}).quality.tolist() == [1, 3, 4, 4, 2, 9]
    assert flagged(batch(rows[1:2]), {}).quality.tolist() == [1]


def test_what_is_doubted_stays_doubted_where_it_is_not_worse():
    assert flagged(batch([(0, 50, 3), (0, -1, 3), (0, -1, 1), (0, 50, 4)]), {"lot": LOT}).quality.tolist() == [
        3,
        4,
        4,
        4,
    ]


def test_nothing_is_nothing():
    assert len(flagged(Batch.empty(), {})) == 0
