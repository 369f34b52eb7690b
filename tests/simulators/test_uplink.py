from __future__ import annotations

import numpy as np

from simulators.uplink import EMPTY, Frame, Uplinks, in_time, join, rank


def some() -> Uplinks:
    return Uplinks.of(np.array([2, 0, 1]), np.array([30, 10, 20]), Frame.LOT, np.array([5, 6, 7]), delay=5)


def test_columns_are_filled_and_the_delay_added():
    uplinks = some()
    assert uplinks.time.tolist() == [35, 15, 25]
    assert uplinks.reading.tolist() == [[5, 0, 0], [6, 0, 0], [7, 0, 0]]
    assert set(uplinks.frame.tolist()) == {Frame.LOT}


def test_in_time_orders_by_publication():
    assert in_time(some()).device.tolist() == [0, 1, 2]


def test_joining_nothing_gives_no_uplinks():
    assert len(join([])) == 0
    assert len(in_time(join([EMPTY, EMPTY]))) == 0
    assert len(join([EMPTY, some()])) == 3


def test_rank_counts_earlier_rows_of_the_same_device():
    assert rank(np.array([7, 3, 7, 7, 3], dtype=np.int32)).tolist() == [0, 0, 1, 2, 1]
    assert rank(np.zeros(0, dtype=np.int32)).tolist() == []
