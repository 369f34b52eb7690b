from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.recent import Recent
from sensors.model import Message


def message(payload: str, received: int) -> Message:
    return Message("city", "t", payload.encode(), received)


def test_a_message_sent_again_has_its_first_instant():
    recent = Recent()
    recent.note([7, 8], [message("a", 1), message("a", 2)])
    assert recent.received(7, "t", b"a", 99) == 1
    assert recent.received(8, "t", b"a", 99) == 2


def test_one_that_did_not_reach_us_has_its_own():
    recent = Recent()
    recent.note([7], [message("a", 1)])
    assert recent.received(9, "t", b"a", 99) == 99
    assert recent.received(7, "t", b"b", 99) == 99
    assert recent.received(7, "u", b"a", 99) == 99


@given(st.lists(st.tuples(st.integers(1, 9), st.text(max_size=3)), max_size=40))
def test_an_identifier_stands_for_its_last_message(deliveries: list[tuple[int, str]]):
    recent, last = Recent(), {}
    for now, (packet, payload) in enumerate(deliveries):
        recent.note([packet], [message(payload, now)])
        last[packet] = (payload, now)
    for packet, (payload, when) in last.items():
        assert recent.received(packet, "t", payload.encode(), -1) == when
        assert recent.received(packet, "t", payload.encode() + b"!", -1) == -1
