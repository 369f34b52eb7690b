from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.announcing.desk import AT_ONCE, LONGEST, OPERATORS, PER_SECOND, QUIET_S, Allowance, Desk
from processing.announcing.topics import ROOT, ack_topic
from storage.alert import State
from storage.catalogue import Catalogue
from tests.alerting import alert, fired, resolved
from tests.processing.test_announcing_messages import validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.alerts import Alerts

MINE = ack_topic("SR")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def alerts() -> Iterator[Alerts]:
    """Bins a and over are Stadtreinigung's, bin b another's; a has escalated in between."""
    with closing(Catalogue("sqlite://")) as catalogue:
        changes = [fired("a"), fired("b", operator="SW"), fired("over"), resolved(alert("over"))]
        catalogue.alerts.note(changes, known=0, pending=[alert("waits", state=State.PENDING)])
        yield catalogue.alerts


def answer(desk: Desk, said: dict[str, Any] | bytes, topic: str = MINE) -> dict[str, Any]:
    letter = desk.hear(topic, said if isinstance(said, bytes) else json.dumps(said).encode())
    assert letter is not None
    assert (letter.topic, letter.retain, letter.sequence) == (topic.replace("/ack", "/reply"), False, 0)
    reply: dict[str, Any] = json.loads(letter.payload)
    validator("Reply").validate(reply)
    return reply


@pytest.mark.parametrize("named", [{"key": "overflow/a"}, {"incident": 1}, {"sequence": 1, "key": "overflow/a"}])
def test_an_operator_acknowledges_its_own(alerts: Alerts, named: dict[str, Any]):
    reply = answer(Desk(alerts), {"who": "Ada", "comment": "on my way", "id": "x", **named})
    assert reply == {
        "schema": f"{ROOT}/reply",
        "id": "x",
        "accepted": True,
        "code": "accepted",
        "key": "overflow/a",
        "sequence": 5,
        "reason": {"de": "Quittiert.", "en": "Acknowledged."},
    }
    known = alerts.alert("overflow/a")
    assert known is not None
    assert (known.state, known.who, known.comment) == (State.ACKNOWLEDGED, "Ada", "on my way")


def test_said_again_because_no_reply_came_it_changes_nothing(alerts: Alerts):
    desk, said = Desk(alerts), {"who": "Ada", "key": "overflow/a"}
    assert answer(desk, said) == answer(desk, said)
    assert alerts.sequence() == 5


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"key": "overflow/b"}, "unknown"),  # of another operator, of which nothing is told
        ({"incident": 2}, "unknown"),
        ({"key": "overflow/none"}, "unknown"),
        ({"key": "overflow/waits"}, "unknown"),
        ({"sequence": 99}, "unknown"),
        ({"sequence": 1, "key": "overflow/b"}, "unknown"),
        ({"sequence": 1, "incident": 3}, "unknown"),
        ({"key": "overflow/over"}, "over"),
        ({"incident": 3}, "over"),
    ],
)
def test_what_is_not_its_own_or_does_not_fire_is_refused(
    alerts: Alerts, named: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        reply = answer(Desk(alerts), {"who": "Ada", **named})
    assert (reply["accepted"], reply["code"], alerts.sequence()) == (False, code, 4)
    assert "an acknowledgement of 'SR' was refused" in caplog.text


def test_an_incident_that_is_over_is_not_taken_for_the_next_one(alerts: Alerts):
    known = alerts.alert("overflow/a")
    assert known is not None
    alerts.note([resolved(known), fired("a")], known=4)
    reply = answer(Desk(alerts), {"who": "Ada", "incident": 1})
    assert (reply["code"], reply["reason"]["en"]) == ("over", "The alert is over (incident 1, and 6 fires now).")
    assert answer(Desk(alerts), {"who": "Ada", "incident": 6})["accepted"]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 5000, "array"),
        (b'{"who": " ", "key": "overflow/a"}', "'who' is empty"),
        (b'{"who": "Ada"}', "names no alert"),
        (b'{"who": "Ada", "key": 5}', "str"),
        (b'{"who": "Ada", "keys": "overflow/a"}', "keys"),
        (b'{"who": "Ada", "key": "' + b"x" * LONGEST + b'"}', "bytes, of at most"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(alerts: Alerts, payload: bytes, said: str):
    reply = answer(Desk(alerts), payload)
    assert reply["code"] == "unreadable"
    assert said in reply["reason"]["en"]
    assert len(reply["reason"]["en"]) < 600


@given(payload=st.binary(max_size=200) | st.text().map(str.encode))
def test_nothing_that_comes_breaks_it(payload: bytes):
    assert answer(Desk(EMPTY.alerts, Allowance(Clock())), payload)["accepted"] is False


EMPTY = Catalogue("sqlite://")


def test_an_operator_without_a_name_has_its_level(alerts: Alerts):
    alerts.note([fired("c", operator="")], known=4)
    assert answer(Desk(alerts), {"who": "Ada", "key": "overflow/c"}, ack_topic(""))["accepted"]
    assert answer(Desk(alerts), {"who": "Ada", "key": "overflow/c"})["code"] == "unknown"


class TestAllowance:
    def test_who_speaks_too_often_is_told_so_now_and_then_and_others_are_heard(self, alerts: Alerts):
        clock = Clock()
        desk, said = Desk(alerts, Allowance(clock)), {"who": "Ada", "key": "overflow/a"}
        for _ in range(AT_ONCE):
            assert answer(desk, said)["accepted"]
        assert answer(desk, said)["code"] == "too_many"
        assert desk.hear(MINE, b"") is None
        assert answer(desk, {"who": "Bo", "key": "overflow/b"}, ack_topic("SW"))["accepted"]
        clock.now = QUIET_S
        answers = [desk.hear(MINE, json.dumps(said).encode()) for _ in range(round(QUIET_S * PER_SECOND) + 2)]
        assert [json.loads(one.payload)["code"] if one else None for one in answers][-2:] == ["too_many", None]

    def test_many_operators_share_one_after_a_while(self):
        allowance = Allowance(Clock())
        assert all(allowance.takes(str(number)) for number in range(OPERATORS))
        assert sum(allowance.takes(f"more-{number}") for number in range(3 * AT_ONCE)) == AT_ONCE
