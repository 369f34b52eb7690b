"""What is to be said, in order and once; what a broker should retain, whatever it retains."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.announcing import outbox as module
from processing.announcing.outbox import Letter, Outbox
from processing.announcing.topics import ROOT
from storage.alert import ACTIVE, Change, Kind, State
from storage.catalogue import Catalogue
from tests.alerting import alert, fired, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.alerts import Alerts

A, B = (f"{ROOT}/SR/waste/overflow/{thing}" for thing in "ab")
LATER = 1 << 60


@pytest.fixture
def alerts() -> Iterator[Alerts]:
    with closing(Catalogue("sqlite://")) as catalogue:
        yield catalogue.alerts


def note(alerts: Alerts, *changes: Change, now: int = 0) -> None:
    alerts.note(changes, known=alerts.sequence(), now=now)


def end(alerts: Alerts, key: str, *, now: int = 0) -> None:
    known = alerts.alert(key)
    assert known is not None
    note(alerts, resolved(known), now=now)


def say(outbox: Outbox) -> list[Letter]:
    """Say everything that is new."""
    said = []
    while letters := outbox.next():
        said += letters
        outbox.note(letters[-1].sequence)
    return said


def told(letter: Letter) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(letter.payload)
    return read


def test_changes_are_said_in_order_and_until_they_are_noted_again(alerts: Alerts):
    assert Outbox(alerts).next() == []
    note(alerts, fired("a"), fired("b", operator="SW"), fired("c"))
    outbox = Outbox(alerts, "http://city")
    first = outbox.next()
    assert outbox.next() == first
    assert [(one.sequence, one.topic.split("/")[3], told(one)["previous"], one.retain) for one in first] == [
        (1, "SR", 0, True),
        (2, "SW", 0, True),
        (3, "SR", 1, True),
    ]
    outbox.note(2)
    assert outbox.next() == first[2:]
    outbox.note(3)
    assert (outbox.next(), outbox.said) == ([], 3)


@settings(max_examples=20)
@given(
    operators=st.lists(st.sampled_from("ab"), max_size=20),
    steps=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), max_size=12),
)
def test_previous_leads_through_all_changes_of_an_operator(operators: list[str], steps: list[tuple[int, int]]):
    with closing(Catalogue("sqlite://")) as catalogue, pytest.MonkeyPatch.context() as small:
        small.setattr(module, "AT_ONCE", 3)
        alerts, letters = catalogue.alerts, dict[int, Letter]()
        note(alerts, *(fired(str(number), operator=each) for number, each in enumerate(operators)))
        outboxes = [Outbox(alerts), Outbox(alerts)]  # two publishers that take turns, and are cut off in between
        for which, come in [*steps, *[(0, 3)] * len(operators)]:
            batch = outboxes[which].next()
            letters |= {one.sequence: one for one in batch}
            if batch:
                outboxes[which].note(batch[:come][-1].sequence)
        assert outboxes[0].next() == []
        newest = dict.fromkeys(operators, 0)
        for sequence, operator in enumerate(operators, start=1):
            assert told(letters[sequence])["previous"] == newest[operator]
            newest[operator] = sequence


def test_what_stands_under_another_topic_leaves_the_old_one_first(alerts: Alerts):
    note(alerts, fired("a"))
    outbox = Outbox(alerts)
    say(outbox)
    known = alerts.alert("overflow/a")
    assert known is not None
    moved = replace(known, operator="SW", escalated=True)
    note(alerts, Change(change=Kind.ESCALATED, at=5, alert=moved))
    first, second = outbox.next()
    assert first == Letter(A, b"")
    assert (second.topic, told(second)["previous"]) == (f"{ROOT}/SW/waste/overflow/a", 0)
    assert list(outbox.repairs({A: b"{}"}))[-1] == Letter(A, b"")


def test_what_moves_and_moves_back_within_one_step_leaves_each_topic(alerts: Alerts):
    note(alerts, fired("a"), fired("a", operator="SW"), fired("a"))
    assert [(one.topic.split("/")[3], bool(one.payload)) for one in Outbox(alerts).next()] == [
        ("SR", True),
        ("SR", False),
        ("SW", True),
        ("SW", False),
        ("SR", True),
    ]


class TestOver:
    def test_what_is_over_is_let_go_of_after_a_while_and_once(self, alerts: Alerts):
        note(alerts, fired("a"), fired("b"), now=100)
        end(alerts, "overflow/a", now=200)
        outbox = Outbox(alerts)
        assert outbox.over(LATER) == ([], 0)
        say(outbox)
        assert outbox.over(200) == ([], 2)
        letters, upto = outbox.over(201)
        assert (letters, upto) == ([Letter(A, b"")], 3)
        outbox.note_over(upto)
        assert outbox.over(LATER) == ([], 3)

    def test_what_has_begun_anew_stays(self, alerts: Alerts):
        note(alerts, fired("a"))
        end(alerts, "overflow/a")
        note(alerts, fired("a"))
        outbox = Outbox(alerts)
        say(outbox)
        assert outbox.over(LATER) == ([], 3)

    def test_what_has_begun_anew_and_was_not_said_yet_is_not_waited_for(self, alerts: Alerts):
        note(alerts, fired("a"))
        end(alerts, "overflow/a")
        outbox = Outbox(alerts)
        say(outbox)
        note(alerts, fired("a"))
        assert outbox.over(LATER) == ([Letter(A, b"")], 2)

    def test_what_a_group_speaks_for_is_let_go_of_too(self, alerts: Alerts):
        note(alerts, fired("a"))
        known = alerts.alert("overflow/a")
        assert known is not None
        note(alerts, Change(change=Kind.GROUPED, at=5, alert=replace(known, cause="overflow/group:gateway:7")))
        outbox = Outbox(alerts)
        said = say(outbox)
        assert told(said[-1])["group"] == "overflow/group:gateway:7"
        assert outbox.over(LATER)[0] == [Letter(A, b"")]


class TestRepairs:
    def test_only_what_is_missing_or_wrong_is_said_again(self, alerts: Alerts):
        note(alerts, fired("a"), fired("b"), fired("c"))
        outbox = Outbox(alerts)
        said = {one.topic: one.payload for one in say(outbox)}
        assert list(outbox.repairs(said)) == []
        broken = said | {A: b'{"sequence": 0}', f"{ROOT}/x/y/z/left": b"\xff"}
        del broken[B]
        assert list(outbox.repairs(broken)) == [
            Letter(A, said[A]),
            Letter(B, said[B]),
            Letter(f"{ROOT}/x/y/z/left", b""),
        ]

    def test_what_was_not_said_yet_comes_in_its_turn(self, alerts: Alerts):
        note(alerts, fired("a"), fired("b"))
        outbox = Outbox(alerts)
        outbox.note(1)
        assert [one.topic for one in outbox.repairs({})] == [A]
        assert [one.topic for one in outbox.repairs({A: b'{"sequence": 1}', B: b'{"sequence": 9}'})] == []

    def test_what_was_let_go_of_and_what_waits_is_not_said(self, alerts: Alerts):
        note(alerts, fired("a"))
        end(alerts, "overflow/a")
        alerts.note([], known=2, pending=[alert("b", state=State.PENDING)])
        outbox = Outbox(alerts)
        say(outbox)
        assert [told(one)["state"] for one in outbox.repairs({})] == ["resolved"]
        outbox.note_over(outbox.over(LATER)[1])
        assert list(outbox.repairs({})) == []
        assert list(outbox.repairs({A: b'{"sequence": 2}'})) == [Letter(A, b"")]


DONE = st.sampled_from(["fire", "end", "say", "part", "let go", "lose", "repair"])


@settings(max_examples=25)
@given(done=st.lists(st.tuples(DONE, st.sampled_from("abc")), max_size=40))
def test_a_broker_retains_in_the_end_what_the_catalogue_says(done: list[tuple[str, str]]):
    with closing(Catalogue("sqlite://")) as catalogue:
        alerts, retained, outbox = catalogue.alerts, dict[str, bytes](), Outbox(catalogue.alerts)
        for now, step in enumerate([*done, ("repair", ""), ("say", ""), ("let go", "")]):
            outbox = do(outbox, alerts, retained, step, now)
        firing = {one.key: one.sequence for one in alerts.current() if one.state in ACTIVE}
        assert {said["key"]: said["sequence"] for said in map(json.loads, retained.values())} == firing


def do(outbox: Outbox, alerts: Alerts, retained: dict[str, bytes], step: tuple[str, str], now: int) -> Outbox:
    what, thing = step
    known = alerts.alert(f"overflow/{thing}")
    firing = known is not None and known.state in ACTIVE
    if what == "fire" and not firing:
        note(alerts, fired(thing), now=now)
    elif what == "end" and firing:
        end(alerts, f"overflow/{thing}", now=now)
    elif what == "say":
        keep(retained, say(outbox))
    elif what == "part":  # killed before it could note what the broker had taken
        keep(retained, outbox.next()[:2])
        return Outbox(alerts)
    elif what == "let go":
        letters, upto = outbox.over(now + 1)
        keep(retained, letters)
        outbox.note_over(upto)
    elif what == "lose":
        retained.pop(next(iter(retained), ""), None)
    elif what == "repair":
        keep(retained, list(outbox.repairs(retained)))
    return outbox


def keep(retained: dict[str, bytes], letters: list[Letter]) -> None:
    """Do as a broker does."""
    for letter in letters:
        retained.pop(letter.topic, None)
        if letter.payload:
            retained[letter.topic] = letter.payload
