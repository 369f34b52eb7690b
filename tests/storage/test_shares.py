"""Shares of a work that several processes do: each has its part, nobody two have the same, none is left for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.catalogue import Catalogue
from storage.presence import ReplacedError, Runner
from storage.shares import COUNT, LEASE, Share

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = "processing"


def numbers(catalogue: Catalogue, runner: Runner, now: int) -> set[int]:
    return {share.number for share in catalogue.shares.of(WORK, runner, now)}


def runners(names: str) -> list[Runner]:
    return [Runner(name) for name in names]


def test_one_worker_has_everything_and_keeps_it(catalogue: Catalogue):
    (a,) = runners("a")
    assert numbers(catalogue, a, 0) == numbers(catalogue, a, 1_000) == set(range(COUNT))


def test_a_work_that_one_process_did_before_goes_on_where_it_stood(catalogue: Catalogue):
    catalogue.set_position(WORK, 7)
    catalogue.set_position(f"{WORK} clock", 900_000)
    assert set(catalogue.shares.of(WORK, Runner("a"), 0)) == {Share(number, 7, 900_000) for number in range(COUNT)}


def test_who_comes_takes_its_part_when_the_others_have_let_go(catalogue: Catalogue):
    a, b = runners("ab")
    numbers(catalogue, a, 0)
    assert numbers(catalogue, b, 1) == set()
    assert len(numbers(catalogue, a, 2)) == COUNT // 2
    assert len(numbers(catalogue, b, 3)) == COUNT // 2
    assert numbers(catalogue, a, 4) | numbers(catalogue, b, 5) == set(range(COUNT))


def test_what_a_worker_leaves_is_taken_at_once_and_what_a_dead_one_had_after_its_lease(catalogue: Catalogue):
    a, b = runners("ab")
    for now in range(2):
        numbers(catalogue, a, now)
        numbers(catalogue, b, now)
    assert len(numbers(catalogue, a, 3)) == COUNT // 2
    assert len(numbers(catalogue, a, LEASE - 1)) == COUNT // 2
    assert len(numbers(catalogue, a, LEASE + 2)) == COUNT
    numbers(catalogue, b, LEASE + 3)
    numbers(catalogue, a, LEASE + 4)
    catalogue.shares.leave(WORK, a)
    assert len(numbers(catalogue, b, LEASE + 5)) == COUNT


def test_who_says_that_it_is_there_keeps_its_part(catalogue: Catalogue):
    a, b = runners("ab")
    numbers(catalogue, a, 0)
    catalogue.shares.stay(WORK, a, LEASE - 1)
    assert numbers(catalogue, b, LEASE + 1) == set()


def test_how_far_a_share_has_come_goes_with_it_unless_it_was_taken_away(catalogue: Catalogue):
    a, b = runners("ab")
    numbers(catalogue, a, 0)
    catalogue.shares.note(WORK, a, [Share(3, 5, 6)])
    catalogue.shares.leave(WORK, a)
    taken = {share.number: share for share in catalogue.shares.of(WORK, b, 1)}
    assert (taken[3], taken[4]) == (Share(3, 5, 6), Share(4, 0, 0))
    catalogue.shares.note(WORK, a, [Share(3, 1, 1)])
    assert catalogue.shares.of(WORK, b, 2)[3] == Share(3, 5, 6)


def test_who_comes_under_a_name_has_its_shares_at_once_and_the_other_is_told(catalogue: Catalogue):
    old, other, new = runners("aba")
    for now in range(2):
        numbers(catalogue, old, now)
        numbers(catalogue, other, now)
    mine = numbers(catalogue, old, 3)
    catalogue.shares.note(WORK, old, [Share(min(mine), 5, 6)])
    taken = catalogue.shares.of(WORK, new, 4)
    assert {share.number for share in taken} == mine
    assert taken[0] == Share(min(mine), 5, 6)
    for ask in (
        lambda: catalogue.shares.of(WORK, old, 5),
        lambda: catalogue.shares.look(WORK, old),
        lambda: catalogue.shares.stay(WORK, old, 5),
        lambda: catalogue.shares.note(WORK, old, [Share(min(mine), 1, 1)]),
    ):
        with pytest.raises(ReplacedError, match=r"'a'.*--worker"):
            ask()
    catalogue.shares.leave(WORK, old)
    assert catalogue.shares.of(WORK, new, 6) == taken
    assert len(numbers(catalogue, other, 7)) == COUNT // 2


def test_who_was_replaced_and_has_not_noticed_goes_on_when_the_other_has_left(catalogue: Catalogue):
    """Nobody else does the work of that name, and what the other noted is where it goes on."""
    old, new = runners("aa")
    numbers(catalogue, old, 0)
    numbers(catalogue, new, 1)
    catalogue.shares.note(WORK, new, [Share(3, 5, 6)])
    catalogue.shares.leave(WORK, new)
    catalogue.shares.note(WORK, old, [Share(3, 1, 1)])
    assert catalogue.shares.of(WORK, old, 2)[3] == Share(3, 5, 6)


def test_works_do_not_meddle(catalogue: Catalogue):
    a, b = runners("ab")
    assert len(catalogue.shares.of("one", a, 0)) == len(catalogue.shares.of("two", b, 0)) == COUNT


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, LEASE // 2), st.sampled_from(["ask", "ask", "leave", "killed"])),
        max_size=30,
    )
)
def test_no_two_ever_have_the_same(asked: list[tuple[int, int, str]], fresh: Callable[[], Catalogue]):
    """Six processes go by three names. Whoever is within its lease and not replaced keeps what it was told.

    Who came last under a name, and has not left, is never told that it was replaced, and the others of that name are.
    """
    catalogue, now = fresh(), 0
    processes = runners("aabbcc")
    held, last = dict[int, tuple[int, set[int]]](), dict[str, int]()
    for place, later, what in asked:
        now += later
        one = processes[place]
        new = one.new
        replaced = not new and last.get(one.worker, place) != place
        if what == "killed":
            processes[place] = Runner(one.worker)
        elif what == "leave":
            catalogue.shares.leave(WORK, one)
            if not new and last.get(one.worker) == place:
                del last[one.worker], held[place]
        elif replaced:
            with pytest.raises(ReplacedError):
                catalogue.shares.of(WORK, one, now)
        else:
            held = {other: those for other, those in held.items() if processes[other].worker != one.worker}
            held[place], last[one.worker] = (now, numbers(catalogue, one, now)), place
        alive = [those for since, those in held.values() if since + LEASE // 2 >= now]
        assert sum(map(len, alive)) == len(set().union(*alive))
    catalogue.close()


def test_several_at_once(catalogue_url: str):
    def ask(runner: Runner) -> set[int]:
        with closing(Catalogue(catalogue_url)) as opened:
            for now in range(6):
                mine = numbers(opened, runner, now)
            return mine

    Catalogue(catalogue_url).close()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(ask, runners("abcd")))
    assert sum(map(len, parts)) == len(set().union(*parts))


def test_of_several_of_one_name_that_come_at_once_one_is_left(catalogue_url: str):
    come, asked = Barrier(4), Barrier(4)

    def ask(runner: Runner) -> int:
        with closing(Catalogue(catalogue_url)) as opened:
            come.wait(timeout=30)
            numbers(opened, runner, 0)
            asked.wait(timeout=30)
            try:
                return len(numbers(opened, runner, 1))
            except ReplacedError:
                return 0

    Catalogue(catalogue_url).close()
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, runners("aaaa"))) == [0, 0, 0, COUNT]
