"""What has waited for too long leaves the quarantine in portions, and the ledger keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage.retention
from sensors.model import Message, Rejected
from storage.catalogue import Counts

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from storage.catalogue import Catalogue


def rejected(payload: bytes, received: int, source: str = "city") -> Rejected:
    return Rejected(Message(source, "t", payload, received), "unknown_device", "who?", "d")


def book(catalogue: Catalogue, *messages: Rejected) -> None:
    for source in {one.message.source for one in messages}:
        mine = [one for one in messages if one.message.source == source]
        booked = sum(not one.partly for one in mine)
        catalogue.settle(source, "w1", Counts(len(mine), stored=len(mine) - booked, quarantined=booked), mine)


def all_expired(catalogue: Catalogue, before: int) -> list[int]:
    return list(iter(lambda: catalogue.expire(before), 0))


def test_what_was_last_seen_before_goes_and_the_ledger_stays(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1), rejected(b"x", 2), rejected(b"y", 1), rejected(b"y", 9))
    before = catalogue.ledger()
    assert catalogue.expire(9) == 2
    assert catalogue.expire(9) == 0
    assert [entry.rejected.message.payload for entry in catalogue.quarantine()] == [b"y"]
    assert catalogue.ledger() == before
    assert [(each.source, each.messages, each.booked) for each in catalogue.expired()] == [("city", 2, 2)]


def test_what_comes_again_later_is_kept_anew(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1))
    catalogue.expire(5)
    book(catalogue, rejected(b"x", 7))
    (entry,) = catalogue.quarantine()
    assert (entry.count, entry.first_seen.timestamp()) == (1, 0.007)


def test_a_message_of_which_something_was_stored_is_counted_apart(catalogue: Catalogue):
    book(catalogue, replace(rejected(b"x", 1), partly=True), rejected(b"y", 1))
    catalogue.expire(5)
    assert [(each.messages, each.booked) for each in catalogue.expired()] == [(2, 1)]


def test_portions_are_small(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.retention, "ENTRIES", 3)
    monkeypatch.setattr(storage.retention, "MESSAGES", 4)
    book(catalogue, *(rejected(b"many", 1) for _ in range(9)), *(rejected(b"%d" % number, 2) for number in range(8)))
    assert all_expired(catalogue, 5) == [9, 3, 3, 2]
    assert catalogue.quarantine() == ()
    assert catalogue.expired()[0].messages == 17


def test_nothing_goes_while_messages_are_read_again(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1))
    request = catalogue.replay_request(catalogue.ask_replay())
    assert request is not None
    assert catalogue.expire(5) == 0
    catalogue.release({}, replace(request, finished=True))
    assert catalogue.expire(5) == 1


MESSAGES = st.builds(
    lambda payload, received, source, partly: replace(rejected(payload, received, source), partly=partly),
    st.sampled_from([b"x", b"y", b"z"]),
    st.integers(0, 20),
    st.sampled_from(["city", "ttn"]),
    st.booleans(),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.lists(MESSAGES, max_size=6), st.integers(0, 25)), max_size=5))
def test_quarantined_is_always_what_waits_and_what_was_removed(
    steps: list[tuple[list[Rejected], int]], fresh: Callable[[], Catalogue]
):
    catalogue = fresh()
    for messages, before in steps:
        book(catalogue, *messages)
        all_expired(catalogue, before)
        assert all(entry.last_seen.timestamp() * 1000 >= before for entry in catalogue.quarantine())
    assert all(entry.counts.balanced for entry in catalogue.ledger())
    came = sum(len(messages) for messages, _ in steps)
    waiting = sum(entry.count for entry in catalogue.quarantine())
    assert waiting + sum(each.messages for each in catalogue.expired()) == came
    with catalogue._engine.connect() as connection:
        booked = sum(row.booked for row in connection.exec_driver_sql("SELECT booked FROM quarantine"))
    quarantined = sum(entry.counts.quarantined for entry in catalogue.ledger())
    assert booked + sum(each.booked for each in catalogue.expired()) == quarantined
    catalogue.close()
