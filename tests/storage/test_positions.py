"""One version for several stores: what it stands for, here and in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from storage import positions
from storage.journal import OVERLAP
from storage.positions import Positions

if TYPE_CHECKING:
    import pytest

NOW = 1_795_900_000_000


def test_a_version_stands_for_what_nodes_had_heard_of():
    held = Positions((NOW, NOW + 5))
    first = held.reached((NOW, NOW + 5))
    second = held.reached((NOW + 9, NOW + 5))
    assert held.reached((NOW + 9, NOW + 5)) == second > first
    assert held.of(first) == (NOW, NOW + 5)
    assert held.of(second) == (NOW + 9, NOW + 5)


def test_a_slow_node_raises_the_version_too():
    """The newest commit is known already; then an older one of the other node shows up."""
    held = Positions((NOW, NOW + 100))
    before = held.reached((NOW, NOW + 100))
    after = held.reached((NOW + 50, NOW + 100))
    assert after > before
    assert held.of(before) == (NOW, NOW + 100)


def test_two_processes_mean_different_things_by_different_numbers():
    """Both know the newest commit, one of them an older one of the other node, too: its reader must not skip it."""
    slow, swift = Positions((NOW, NOW + 100)), Positions((NOW + 50, NOW + 100))
    version = slow.reached((NOW, NOW + 100))
    assert swift.of(version) == (NOW + 100 - OVERLAP,) * 2
    assert Positions((NOW, NOW + 100)).of(version) == (NOW, NOW + 100)


def test_who_follows_on_from_a_version_of_another_process_hears_of_a_minute_before_it_though_it_knows_the_number():
    """Both give one number for the newest commit; a third one that one of them had not heard of lies before it."""
    held = Positions((NOW + 100,))
    version = held.reached((NOW + 100,))
    assert held.of(version) == (NOW + 100,)
    assert held.of(held.resumed(version))[0] <= NOW + 100 - OVERLAP
    assert held.resumed(0) == 0
    assert held.resumed(5) == 1


def test_a_write_to_one_node_leaves_the_others_where_they_were():
    held = Positions((NOW, NOW + 5, 0))
    version = held.further({0: NOW + 7})
    assert held.of(version) == (NOW + 7, NOW + 5, 0)
    assert held.further({0: NOW + 7, 1: NOW + 5}) == version
    assert held.further({}) == version


def test_nothing_is_version_zero_and_zero_is_since_ever():
    assert Positions((0, 0)).reached((0, 0)) == 0
    assert Positions((0, 0)).of(0) == (0, 0)
    assert Positions((NOW, 0)).of(0) == (0, 0)
    assert Positions((NOW, 0)).of(-1) == (0, 0)


def test_what_is_no_longer_remembered_is_a_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(positions, "_REMEMBERED", 3)
    held = Positions((NOW, NOW))
    given_ = [held.reached((NOW + step, NOW)) for step in range(1, 10)]
    assert held.of(given_[0]) == (NOW + 1 - OVERLAP,) * 2
    assert held.of(given_[-1]) == (NOW + 9, NOW)


@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20))
def test_versions_never_fall_and_each_stands_for_one_thing(steps: list[tuple[int, int]]):
    held, last, meant = Positions((0, 0)), 0, dict[int, tuple[int, int]]()
    for nodes in steps:
        version = held.reached(nodes)
        assert version >= last or nodes == (0, 0)
        assert meant.setdefault(version, nodes) == nodes
        last = version
    assert all(held.of(version) == nodes for version, nodes in meant.items())
