"""What is told of alerts that are over: kept beside how they stand, for as long as that of others is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.alert import Alert, Change, Kind, State
from storage.told import Over

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

FIRING = Alert(
    key="r/a",
    rule="r",
    version=1,
    thing="a",
    domain="waste",
    kind="k",
    operator="",
    district="",
    state=State.FIRING,
    severity="info",
    since=1,
    fired=2,
    heard=2,
)


def over(heard: int, ended: int, key: str = "r/a") -> Alert:
    return replace(FIRING, key=key, state=State.RESOLVED, heard=heard, ended=ended)


def test_the_last_that_is_over_counts_and_outlives_one_that_did_not_come_true(catalogue: Catalogue):
    alerts = catalogue.alerts
    fired = Change(change=Kind.FIRED, at=2, alert=FIRING)
    first, second = (Change(change=Kind.RESOLVED, at=end, alert=over(end, end)) for end in (5, 7))
    alerts.note([fired, first, fired, second], known=0)
    assert alerts.told() == {"r/a": Over(7, 7)}
    alerts.note([], known=4, pending=[replace(FIRING, state=State.PENDING)])
    alerts.note([], known=4, gone=["r/a"])
    assert alerts.current() == ()
    assert alerts.told() == {"r/a": Over(7, 7)}


def test_who_was_told_of_by_a_group_is_known_too(catalogue: Catalogue):
    catalogue.alerts.note([], known=0, quiet=[over(4, 6), replace(FIRING, key="r/b")])
    assert catalogue.alerts.told() == {"r/a": Over(4, 6)}


def test_it_is_forgotten_after_a_while(catalogue: Catalogue):
    catalogue.alerts.note([], known=0, quiet=[over(4, 6), over(8, 8, "r/b")])
    catalogue.alerts.forget(7)
    assert catalogue.alerts.told() == {"r/b": Over(8, 8)}


def test_what_the_clock_has_ended_was_true_to_the_last_word():
    assert (Over(heard=4, ended=4).upto, Over(heard=4, ended=9).upto) == (4, 5)
