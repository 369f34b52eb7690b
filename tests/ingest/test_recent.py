from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.recent import Recent
from sensors.model import Message


def message(payload: str, received: int) -> Message:
    return Message("city", "t", payload.encode(), received)


def test_a_message_sent_again_has_its_first_instant():
    recent = Recent(10)
    recent.note([7, 8], [message("a", 1), message("a", 2)])
    assert recent.received(7, "t", b"a", 99) == 1
    assert recent.received(8, "t", b"a", 99) == 2


def test_one_that_did_not_reach_us_has_its_own():
    recent = Recent(10)
    recent.note([7], [message("a", 1)])
    assert recent.received(9, "t", b"a", 99) == 99
    assert recent.received(7, "t", b"b", 99) == 99
    assert recent.received(7, "u", b"a", 99) == 99


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(1, 10))
def test_at_least_the_last_are_remembered_and_not_many_more(deliveries: list[int], size: int):
    recent, number = Recent(size), 0
    for count in deliveries:
        numbers = range(number, number + count)
        recent.note(numbers, [message(str(each), each) for each in numbers])
        number += count
    for each in range(max(0, number - size), number):
        assert recent.received(each, "t", str(each).encode(), -1) == each
    remembered = sum(recent.received(each, "t", str(each).encode(), -1) == each for each in range(number))
    assert remembered <= 2 * (size + max(deliveries, default=0))
