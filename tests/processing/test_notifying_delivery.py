"""A receiver's place in the outbox, through refusals, kills and others who tell it."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.notifying.choice import Choice
from processing.notifying.delivery import AT_ONCE, RENEW_S, Delivery, Patience
from processing.notifying.metrics import CHANGES, FAILING
from processing.notifying.receiver import Terms, UndeliveredError
from storage.catalogue import Catalogue
from tests.alerting import fired

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processing.announcing.messages import AlertMessage
    from storage.alerts import Alerts


class KilledError(BaseException):
    """The process is gone: nothing in it catches that."""


class Someone:
    """A receiver in memory: refuses by a plan, and may be killed after it has taken something."""

    place = "here"

    def __init__(self, plan: Sequence[str] = (), *, at_once: int = 1, **said: Any) -> None:
        self.terms = Terms(name="someone", **({"choice": Choice()} | said))
        self.at_once = at_once
        self.plan = list(plan)
        self.heard: list[list[int]] = []

    def tell(self, messages: Sequence[AlertMessage]) -> None:
        what = self.plan.pop(0) if self.plan else "take"
        if what == "refuse":
            raise UndeliveredError("busy", wait=5.0)
        self.heard.append([message.sequence for message in messages])
        if what == "kill":
            raise KilledError

    def close(self) -> None:
        """Nothing is open."""

    @property
    def flat(self) -> list[int]:
        return [sequence for some in self.heard for sequence in some]


@pytest.fixture
def alerts() -> Iterator[Alerts]:
    with closing(Catalogue("sqlite://")) as catalogue:
        yield catalogue.alerts


def note(alerts: Alerts, count: int, **said: Any) -> None:
    known = alerts.sequence()
    alerts.note([fired(f"bin-{known + n}", **said) for n in range(count)], known=known)


def delivery(alerts: Alerts, to: Someone, worker: str = "one", **said: Any) -> Delivery:
    return Delivery(alerts, to, worker=worker, **said)


def test_a_new_receiver_is_told_from_now_on(alerts: Alerts):
    note(alerts, 3)
    someone = Someone()
    one = delivery(alerts, someone)
    assert one.step() == RENEW_S
    note(alerts, 2)
    one.step()
    assert someone.heard == [[4], [5]]
    one.leave()


def test_what_comes_before_the_first_telling_is_not_lost(alerts: Alerts):
    """Of a receiver that has begun where there was no change yet."""
    delivery(alerts, Someone()).step()
    note(alerts, 2)
    someone = Someone()
    delivery(alerts, someone).step()
    assert someone.flat == [1, 2]


def test_a_refusal_is_tried_again_later_and_later(alerts: Alerts, caplog: pytest.LogCaptureFixture):
    someone = Someone(["take", *["refuse"] * 4])
    one = delivery(alerts, someone, patience=Patience(shortest=2.0, longest=10.0))
    one.step()
    note(alerts, 2)
    with caplog.at_level(logging.WARNING):
        assert [one.step() for _ in range(4)] == [5.0, 5.0, 8.0, 10.0]
        assert bool(one.failing)
        assert FAILING.labels("someone")._value.get() == 1
        one.step()
    assert someone.heard == [[1], [2]]
    assert not one.failing
    told = [record for record in caplog.records if record.name.startswith("processing.notifying")]
    assert [record.message.split(" ", 1)[1][:30] for record in told] == [
        "(here) is not told of alerts: ",
        "is told of alerts again, after",
    ]


def test_several_are_told_together(alerts: Alerts):
    someone = Someone(at_once=50)
    one = delivery(alerts, someone)
    one.step()
    note(alerts, AT_ONCE + 20)
    assert one.step() == 0.0
    one.step()
    assert [len(some) for some in someone.heard] == [50, 50, 20]


def test_what_nobody_asks_for_is_passed_over_and_counted(alerts: Alerts):
    before = CHANGES.labels("someone", "not_asked_for")._value.get()
    someone = Someone(choice=Choice(operators=("SW",)))
    one = delivery(alerts, someone)
    one.step()
    note(alerts, 3)
    note(alerts, 1, operator="SW")
    note(alerts, 2)
    one.step()
    assert someone.heard == [[4]]
    assert CHANGES.labels("someone", "not_asked_for")._value.get() - before == 5
    one.leave()
    assert alerts.position("receiver someone") == 6


def test_what_is_too_old_is_not_told(alerts: Alerts, caplog: pytest.LogCaptureFixture):
    someone = Someone(oldest_ms=60_000)
    one = delivery(alerts, someone, clock=lambda: 1_000.0)
    one.step()
    alerts.note([fired("a")], known=0, now=939_999)
    alerts.note([fired("b")], known=1, now=940_000)
    one.step()
    assert someone.heard == [[2]]
    assert "1 changes of alerts, which are too old" in caplog.text


def test_one_of_two_tells_and_the_other_goes_on(alerts: Alerts):
    first, second = Someone(), Someone()
    one, other = delivery(alerts, first), delivery(alerts, second, "other")
    one.step()
    note(alerts, 2)
    assert other.step() == RENEW_S
    one.step()
    one.leave()
    note(alerts, 1)
    other.step()
    assert (first.flat, second.flat) == ([1, 2], [3])


def test_a_database_that_is_away_is_waited_for(alerts: Alerts, caplog: pytest.LogCaptureFixture):
    someone = Someone()
    one = delivery(alerts, someone, patience=Patience(longest=1.0))
    one.step()
    note(alerts, 1)
    one._come, position = None, alerts.position
    alerts.position = lambda _: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    pauses: list[float] = []

    def rest(pause: float) -> bool:
        alerts.position = position  # type: ignore[method-assign]
        pauses.append(pause)
        return len(pauses) == 2

    list(one.loop(rest))
    assert pauses[0] == 0.1
    assert someone.flat == [1]
    assert "cannot be told of alerts" in caplog.text


@settings(max_examples=25)
@given(
    plan=st.lists(st.sampled_from(["take", "refuse", "kill"]), max_size=12),
    sizes=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    at_once=st.integers(1, 4),
)
def test_nothing_is_lost_or_out_of_order_whatever_happens(plan: list[str], sizes: list[int], at_once: int):
    """Against what was asked for: with kills only the last telling comes again, and nothing else twice."""
    someone = Someone(plan, at_once=at_once, choice=Choice(operators=("SR",)))
    with closing(Catalogue("sqlite://")) as catalogue:
        alerts = catalogue.alerts
        one = delivery(alerts, someone)
        one.step()
        kills = 0
        for size in sizes:
            note(alerts, size)
            note(alerts, 1, operator="SW")
            for _ in range(8):
                try:
                    one.step()
                except KilledError:
                    kills += 1
                    one = delivery(alerts, someone)
        done = False
        while not done:
            try:
                done = one.step() == RENEW_S
            except KilledError:
                kills += 1
                one = delivery(alerts, someone)
        wanted = [change.sequence for change in alerts.changes() if change.alert.operator == "SR"]
    heard = someone.flat
    assert list(dict.fromkeys(heard)) == wanted
    assert len(heard) <= len(wanted) + kills * at_once
    newest = 0
    for some in someone.heard:
        assert some == sorted(some)
        assert newest == 0 or some[0] <= wanted[min(wanted.index(newest) + 1, len(wanted) - 1)]
        newest = max(newest, some[-1])


def test_names_of_receivers_are_publishers_of_their_own(alerts: Alerts):
    first, second = Someone(), Someone()
    second.terms = replace(second.terms, name="second")
    one, other = delivery(alerts, first), delivery(alerts, second)
    one.step()
    other.step()
    note(alerts, 1)
    one.step()
    other.step()
    assert first.flat == second.flat == [1]
