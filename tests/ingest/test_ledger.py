from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.ledger import Heading, book, counts
from storage.store import Outcome


def headings(messages: int, message: list[int], outcome: list[int], quarantined: tuple[int, ...] = ()) -> list[Heading]:
    booked = book(messages, np.array(message, dtype=np.int32), np.array(outcome, dtype=np.uint8), quarantined)
    return [Heading(value) for value in booked]


def test_each_message_has_its_heading():
    assert headings(5, [0, 1, 2], [Outcome.STORED, Outcome.DUPLICATE, Outcome.SUPERSEDED], quarantined=(3,)) == [
        Heading.STORED,
        Heading.DUPLICATE,
        Heading.SUPERSEDED,
        Heading.QUARANTINED,
        Heading.EMPTY,
    ]


def test_one_new_observation_makes_a_stored_message():
    assert headings(1, [0, 0, 0], [Outcome.DUPLICATE, Outcome.STORED, Outcome.SUPERSEDED]) == [Heading.STORED]


def test_without_anything_new_a_difference_counts_more_than_a_repetition():
    assert headings(1, [0, 0], [Outcome.DUPLICATE, Outcome.SUPERSEDED]) == [Heading.SUPERSEDED]


def test_no_messages_are_no_counts():
    empty = counts(book(0, np.empty(0, np.int32), np.empty(0, np.uint8), ()))
    assert empty.received == 0
    assert empty.balanced


@given(st.data())
def test_the_books_always_balance(data: st.DataObject):
    messages = data.draw(st.integers(1, 20))
    rows = data.draw(st.lists(st.tuples(st.integers(0, messages - 1), st.sampled_from(list(Outcome))), max_size=40))
    without_rows = sorted(set(range(messages)) - {message for message, _ in rows})
    quarantined = data.draw(st.lists(st.sampled_from(without_rows), unique=True)) if without_rows else []
    booked = book(
        messages,
        np.array([message for message, _ in rows], dtype=np.int32),
        np.array([outcome for _, outcome in rows], dtype=np.uint8),
        quarantined,
    )
    total = counts(booked)
    assert total.balanced
    assert total.received == messages
    only_refused = {message for message, _ in rows} - {
        message for message, outcome in rows if outcome != Outcome.REFUSED
    }
    assert total.quarantined == len(quarantined) + len(only_refused)
    assert total.empty == len(without_rows) - len(quarantined)
    assert total.stored == len({message for message, outcome in rows if outcome == Outcome.STORED})
