"""Shares of a work that several processes do: each has its part, nobody two have the same, none is left for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.catalogue import Catalogue
from storage.shares import COUNT, LEASE, Share

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = "processing"


def numbers(catalogue: Catalogue, worker: str, now: int) -> set[int]:
    return {share.number for share in catalogue.shares(WORK, worker, now)}


def test_one_worker_has_everything_and_keeps_it(catalogue: Catalogue):
    assert numbers(catalogue, "a", 0) == numbers(catalogue, "a", 1_000) == set(range(COUNT))


def test_a_work_that_one_process_did_before_goes_on_where_it_stood(catalogue: Catalogue):
    catalogue.set_position(WORK, 7)
    catalogue.set_position(f"{WORK} clock", 900_000)
    assert set(catalogue.shares(WORK, "a", 0)) == {Share(number, 7, 900_000) for number in range(COUNT)}


def test_who_comes_takes_its_part_when_the_others_have_let_go(catalogue: Catalogue):
    numbers(catalogue, "a", 0)
    assert numbers(catalogue, "b", 1) == set()
    assert len(numbers(catalogue, "a", 2)) == COUNT // 2
    assert len(numbers(catalogue, "b", 3)) == COUNT // 2
    assert numbers(catalogue, "a", 4) | numbers(catalogue, "b", 5) == set(range(COUNT))


def test_what_a_worker_leaves_is_taken_at_once_and_what_a_dead_one_had_after_its_lease(catalogue: Catalogue):
    for now in range(2):
        numbers(catalogue, "a", now)
        numbers(catalogue, "b", now)
    assert len(numbers(catalogue, "a", 3)) == COUNT // 2
    assert len(numbers(catalogue, "a", LEASE - 1)) == COUNT // 2
    assert len(numbers(catalogue, "a", LEASE + 2)) == COUNT
    numbers(catalogue, "b", LEASE + 3)
    numbers(catalogue, "a", LEASE + 4)
    catalogue.leave_shares(WORK, "a")
    assert len(numbers(catalogue, "b", LEASE + 5)) == COUNT


def test_who_says_that_it_is_there_keeps_its_part(catalogue: Catalogue):
    numbers(catalogue, "a", 0)
    catalogue.stay(WORK, "a", LEASE - 1)
    assert numbers(catalogue, "b", LEASE + 1) == set()


def test_how_far_a_share_has_come_goes_with_it_unless_it_was_taken_away(catalogue: Catalogue):
    numbers(catalogue, "a", 0)
    catalogue.note_shares(WORK, "a", [Share(3, 5, 6)])
    catalogue.leave_shares(WORK, "a")
    taken = {share.number: share for share in catalogue.shares(WORK, "b", 1)}
    assert (taken[3], taken[4]) == (Share(3, 5, 6), Share(4, 0, 0))
    catalogue.note_shares(WORK, "a", [Share(3, 1, 1)])
    assert catalogue.shares(WORK, "b", 2)[3] == Share(3, 5, 6)


def test_works_do_not_meddle(catalogue: Catalogue):
    assert len(catalogue.shares("one", "a", 0)) == len(catalogue.shares("two", "b", 0)) == COUNT


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, LEASE // 2), st.booleans()), max_size=25))
def test_no_two_workers_ever_have_the_same(asked: list[tuple[str, int, bool]], fresh: Callable[[], Catalogue]):
    """Whoever is within its lease keeps what it was told, until it asks again."""
    catalogue, now, held = fresh(), 0, dict[str, tuple[int, set[int]]]()
    for worker, later, leaves in asked:
        now += later
        if leaves:
            catalogue.leave_shares(WORK, worker)
            held.pop(worker, None)
            continue
        held[worker] = now, numbers(catalogue, worker, now)
        alive = [those for since, those in held.values() if since + LEASE // 2 >= now]
        assert sum(map(len, alive)) == len(set().union(*alive))
    catalogue.close()


def test_several_at_once(catalogue_url: str):
    def ask(worker: str) -> set[int]:
        with closing(Catalogue(catalogue_url)) as opened:
            for now in range(6):
                mine = numbers(opened, worker, now)
            return mine

    Catalogue(catalogue_url).close()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(ask, "abcd"))
    assert sum(map(len, parts)) == len(set().union(*parts))
