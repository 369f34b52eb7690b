"""Alerts in the catalogue, on both of its databases: nothing that was told is lost, doubled or out of order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.alert import ACTIVE, Alert, Change, Chosen, Kind, OwnRule, Silence, State
from storage.alerts import OvertakenError
from storage.catalogue import Catalogue
from storage.lease import LEASE
from storage.presence import Runner
from tests.alerting import alert, fired, resolved

if TYPE_CHECKING:
    from storage.alerts import Alerts


@pytest.fixture
def alerts(catalogue: Catalogue) -> Alerts:
    return catalogue.alerts


def test_a_change_and_its_alert_come_back_as_they_were(alerts: Alerts):
    (told,) = alerts.note([fired()], known=0, now=2_100)
    assert (told.sequence, told.recorded, told.alert.incident) == (1, 2_100, 1)
    assert alerts.changes() == (told,)
    assert alerts.current() == (told.alert,) == (alerts.alert("overflow/bin-7"),)
    assert told.alert == replace(alert(), sequence=1, incident=1)


def test_what_is_no_number_is_nothing(alerts: Alerts):
    alerts.note([Change(change=Kind.FIRED, at=1, alert=replace(alert(), value=float("nan")))], known=0)
    assert alerts.current()[0].value is None


def test_an_incident_is_known_by_its_first_change_also_within_one_transaction(alerts: Alerts):
    alerts.note([fired("a"), fired("b"), resolved(alert("b")), fired("b")], known=0)
    assert [(one.alert.thing, one.alert.incident) for one in alerts.changes()] == [
        ("a", 1),
        ("b", 2),
        ("b", 2),
        ("b", 4),
    ]
    alerts.note([resolved(alerts.current()[1])], known=4)
    assert alerts.history("overflow/b", limit=1)[0].alert.incident == 4


def test_alerts_are_counted_by_how_they_stand(alerts: Alerts):
    assert alerts.standing() == ()
    member = fired("d")
    alerts.note(
        [fired("a"), fired("b"), fired("c"), replace(member, alert=replace(member.alert, cause="overflow/a"))], known=0
    )
    alerts.acknowledge("overflow/b", "Ada")
    assert set(alerts.standing()) == {
        (("overflow", "warning", "firing", "waste", "SR"), 2),
        (("overflow", "warning", "acknowledged", "waste", "SR"), 1),
    }


def test_somebody_acknowledges(alerts: Alerts):
    alerts.note([fired()], known=0)
    told = alerts.acknowledge("overflow/bin-7", "Ada", "on my way", now=3_000)
    assert (told.change, told.at, told.sequence, told.alert.state) == (Kind.ACKNOWLEDGED, 3_000, 2, State.ACKNOWLEDGED)
    assert (told.alert.who, told.alert.comment, told.alert.acknowledged) == ("Ada", "on my way", 3_000)
    assert alerts.acknowledge("overflow/bin-7", "Grace").sequence == 3
    assert alerts.current(Chosen(states=ACTIVE))[0].who == "Grace"


def test_who_acknowledges_again_in_the_same_words_changes_nothing(alerts: Alerts):
    alerts.note([fired()], known=0)
    told = alerts.acknowledge("overflow/bin-7", "Ada", "on my way", now=3_000)
    alerts.note([fired("b")], known=2)
    assert alerts.acknowledge("overflow/bin-7", "Ada", "on my way", now=4_000) == told
    assert alerts.acknowledge("overflow/bin-7", "Ada", "there").sequence == 4


def test_an_incident_that_is_meant_must_be_the_one_that_fires(alerts: Alerts):
    alerts.note([fired(), resolved(alert()), fired()], known=0)
    with pytest.raises(ValueError, match="incident 1 is over, and 3 fires now"):
        alerts.acknowledge("overflow/bin-7", "Ada", incident=1)
    assert alerts.acknowledge("overflow/bin-7", "Ada", incident=3).sequence == 4


@pytest.mark.parametrize(
    ("key", "who", "said"),
    [
        ("overflow/bin-9", "Ada", "'overflow/bin-9' cannot be acknowledged: there is none of that key"),
        ("overflow/over", "Ada", "it is resolved"),
        ("overflow/waits", "Ada", "it is pending"),
        ("overflow/bin-7", " ", "nobody is named"),
    ],
)
def test_what_does_not_fire_cannot_be_acknowledged(alerts: Alerts, key: str, who: str, said: str):
    changes = [fired(), fired("over"), resolved(alert("over"))]
    alerts.note(changes, known=0, pending=[alert("waits", state=State.PENDING)])
    with pytest.raises(ValueError, match=said):
        alerts.acknowledge(key, who)
    assert alerts.sequence() == 3


def test_who_was_overtaken_notes_nothing(alerts: Alerts):
    alerts.note([fired()], known=0)
    alerts.acknowledge("overflow/bin-7", "Ada")
    with pytest.raises(OvertakenError):
        alerts.note([resolved(alert())], known=1, pending=[alert("b", state=State.PENDING)], positions={"p": 5})
    assert (alerts.sequence(), len(alerts.current())) == (2, 1)


def test_what_waits_is_kept_without_a_change_and_goes_without_one(alerts: Alerts, catalogue: Catalogue):
    waits = [replace(alert(thing), state=State.PENDING, fired=None) for thing in ("a", "b")]
    alerts.note([], known=0, pending=waits, positions={"alerts": 7})
    assert alerts.current() == tuple(waits)
    assert catalogue.position("alerts") == 7
    alerts.note([], known=0, gone=["overflow/a"])
    assert [one.thing for one in alerts.current()] == ["b"]
    assert alerts.changes() == ()


def test_alerts_are_chosen_and_listed_in_parts(alerts: Alerts):
    alerts.note([fired("a"), fired("b", operator="SW"), fired("c", cause="overflow/group"), fired("d")], known=0)
    assert [one.thing for one in alerts.current(Chosen(operator="SR", cause=""))] == ["a", "d"]
    assert [one.thing for one in alerts.current(limit=2)] == ["a", "b"]
    assert [one.thing for one in alerts.current(limit=2, after="overflow/b")] == ["c", "d"]
    assert [one.sequence for one in alerts.changes(1, Chosen(operator="SR"), limit=2)] == [3, 4]
    assert alerts.current(Chosen(states=(State.PENDING,))) == ()


def test_resolved_ones_are_let_go_of_after_a_while_and_their_changes_stay(alerts: Alerts):
    alerts.note([fired("a"), fired("b"), resolved(alert("b"))], known=0)
    assert (alerts.forget(9_000), alerts.forget(9_001)) == (0, 1)
    assert [one.thing for one in alerts.current()] == ["a"]
    assert len(alerts.changes()) == 3


class TestSilence:
    MINE = Silence(since=0, until=10_000, who="Ada", comment="works", operator="SR")

    def test_what_fires_in_it_is_told_as_silenced_until_it_is_over(self, alerts: Alerts):
        kept = alerts.silence(self.MINE, now=0)
        assert alerts.silences(at=9_999) == (kept,)
        assert alerts.silences(at=10_000) == ()
        first, second = alerts.note([fired("a"), fired("b", operator="SW")], known=0, now=5_000)
        assert (first.alert.silenced, second.alert.silenced) == (True, False)
        alerts.settle_silences(9_999)
        assert alerts.sequence() == 2
        alerts.settle_silences(10_000)
        (last,) = alerts.changes(2)
        assert (last.change, last.alert.thing, last.alert.silenced) == (Kind.UNSILENCED, "a", False)
        alerts.settle_silences(11_000)
        assert alerts.sequence() == 3

    def test_what_fires_already_falls_silent_and_members_of_a_group_do_so_quietly(self, alerts: Alerts):
        alerts.note([fired("a"), fired("b", cause="g"), fired("c", operator="SW")], known=0)
        kept = alerts.silence(self.MINE, now=3_000)
        assert [(one.change, one.alert.thing) for one in alerts.changes(3)] == [(Kind.SILENCED, "a")]
        assert [one.silenced for one in alerts.current()] == [True, True, False]
        alerts.end_silence(kept.id, now=4_000)
        assert [one.silenced for one in alerts.current()] == [False, False, False]
        with pytest.raises(ValueError, match=f"no silence {kept.id}, or it is over"):
            alerts.end_silence(kept.id, now=4_001)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"operator": None}, "must not concern everything"),
            ({"until": 0}, "must end after it begins"),
            ({"until": 1 << 40}, "within a year"),
            ({"who": ""}, "nobody is named"),
        ],
    )
    def test_some_are_refused(self, alerts: Alerts, change: dict[str, Any], said: str):
        with pytest.raises(ValueError, match=said):
            alerts.silence(replace(self.MINE, **change))
        assert alerts.silences(at=0) == ()


def test_publishers_each_go_their_own_way_and_never_back(alerts: Alerts):
    alerts.note([fired(str(number)) for number in range(5)], known=0)
    assert [one.sequence for one in alerts.unpublished("mqtt", limit=3)] == [1, 2, 3]
    alerts.published("mqtt", 3)
    alerts.published("mqtt", 2)
    assert [one.sequence for one in alerts.unpublished("mqtt")] == [4, 5]
    assert len(alerts.unpublished("mail")) == 5


def test_the_newest_of_some_changes_is_found(alerts: Alerts):
    assert alerts.newest() is None
    alerts.note([fired("a"), fired("b", operator="SW"), fired("c"), resolved(alert("a"))], known=0)
    found = [
        alerts.newest(),
        alerts.newest(Chosen(operator="SR"), before=4),
        alerts.newest(Chosen(key="overflow/a"), before=4),
        alerts.newest(Chosen(operator="SW"), before=2),
    ]
    assert [one.sequence if one else None for one in found] == [4, 3, 1, None]


def test_the_newest_change_of_each_of_some_alerts_is_found(alerts: Alerts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.alerts.AT_ONCE", 2)
    alerts.note([fired("a"), fired("b"), fired("c"), resolved(alert("a")), resolved(alert("b"))], known=0)
    keys = [f"overflow/{thing}" for thing in "abcda"]
    assert {key: one.sequence for key, one in alerts.newest_of(keys, 5).items()} == {
        "overflow/a": 4,
        "overflow/b": 2,
        "overflow/c": 3,
    }
    assert alerts.newest_of([], 5) == alerts.newest_of(keys, 1) == {}


def test_one_of_several_publishes_and_another_when_its_lease_is_over(alerts: Alerts):
    a, b, mail = Runner("a"), Runner("b"), Runner("b")
    assert alerts.may_publish("mqtt", a, now=0)
    assert not alerts.may_publish("mqtt", b, now=LEASE - 1)
    assert alerts.may_publish("mail", mail, now=0)
    assert alerts.may_publish("mqtt", a, now=LEASE - 1)
    assert not alerts.may_publish("mqtt", b, now=LEASE)
    assert alerts.may_publish("mqtt", b, now=2 * LEASE)
    assert not alerts.may_publish("mqtt", a, now=2 * LEASE)
    alerts.resign("mqtt", a)
    assert not alerts.may_publish("mqtt", a, now=2 * LEASE)
    alerts.resign("mqtt", b)
    assert alerts.may_publish("mqtt", a, now=2 * LEASE)


def test_of_two_of_one_name_the_newer_publishes_and_the_older_when_that_one_is_gone(alerts: Alerts):
    old, new = Runner("a"), Runner("a")
    assert alerts.may_publish("mqtt", old, now=0)
    assert alerts.may_publish("mqtt", new, now=1)
    assert not alerts.may_publish("mqtt", old, now=2)
    alerts.resign("mqtt", old)
    assert alerts.may_publish("mqtt", new, now=3)
    assert not alerts.may_publish("mqtt", old, now=2 + LEASE)
    assert alerts.may_publish("mqtt", old, now=3 + LEASE)
    assert not alerts.may_publish("mqtt", new, now=3 + LEASE)
    alerts.resign("mqtt", old)
    assert alerts.may_publish("mqtt", new, now=4 + LEASE)


def test_who_had_to_wait_replaces_nobody_of_its_name_any_more(alerts: Alerts):
    other, one, two = Runner("b"), Runner("a"), Runner("a")
    assert alerts.may_publish("mqtt", other, now=0)
    assert not alerts.may_publish("mqtt", one, now=1)
    assert not alerts.may_publish("mqtt", two, now=1)
    alerts.resign("mqtt", other)
    assert [alerts.may_publish("mqtt", each, now=2) for each in (one, two, one)] == [True, False, True]


def test_only_one_of_several_at_once_gets_the_lease(catalogue_url: str):
    def ask(worker: int) -> bool:
        with closing(Catalogue(catalogue_url)) as opened:
            return opened.alerts.may_publish("mqtt", Runner(str(worker)), now=5)

    Catalogue(catalogue_url).close()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(4))) == 1


def test_rules_of_a_city_are_kept(alerts: Alerts):
    alerts.put_rule(OwnRule(name="b", declaration="x"), now=5)
    alerts.put_rule(OwnRule(name="a", declaration="name = 'a'", enabled=False, who="Ada"), now=6)
    alerts.put_rule(OwnRule(name="b", declaration="y"), now=7)
    assert [(one.name, one.declaration, one.enabled, one.updated) for one in alerts.rules()] == [
        ("a", "name = 'a'", False, 6),
        ("b", "y", True, 7),
    ]
    assert (alerts.remove_rule("a"), alerts.remove_rule("a")) == (True, False)


def test_several_at_once_leave_no_gap(catalogue_url: str):
    def work(worker: int) -> None:
        with closing(Catalogue(catalogue_url)) as opened:
            noted = 0
            while noted < 5:
                try:
                    opened.alerts.note([fired(f"{worker}-{noted}")], known=opened.alerts.sequence())
                    noted += 1
                except OvertakenError:
                    continue

    Catalogue(catalogue_url).close()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with closing(Catalogue(catalogue_url)) as catalogue:
        assert [one.sequence for one in catalogue.alerts.changes()] == list(range(1, 21))


DONE = st.sampled_from(["fire", "resolve", "acknowledge", "silence", "lapse", "fail"])


@settings(max_examples=25, deadline=None)
@given(done=st.lists(st.tuples(DONE, st.sampled_from("abc")), max_size=30))
def test_who_follows_the_changes_knows_how_every_alert_stands(done: list[tuple[str, str]]):
    catalogue = Catalogue("sqlite://")
    alerts, seen, standing = catalogue.alerts, 0, dict[str, Alert]()
    for now, (what, thing) in enumerate(done):
        do(alerts, what, thing, now * 100)
        for change in alerts.changes(seen, limit=2):
            assert change.sequence == seen + 1
            seen, standing[change.alert.key] = change.sequence, change.alert
    for change in alerts.changes(seen):
        seen, standing[change.alert.key] = change.sequence, change.alert
    assert seen == alerts.sequence()
    assert standing == {one.key: one for one in alerts.current()}
    catalogue.close()


def do(alerts: Alerts, what: str, thing: str, now: int) -> None:
    known = alerts.alert(f"overflow/{thing}")
    firing = known is not None and known.state in ACTIVE
    if what == "fire" and not firing:
        alerts.note([fired(thing)], known=alerts.sequence(), now=now)
    elif what == "resolve" and known is not None and firing:
        alerts.note([resolved(known)], known=alerts.sequence(), now=now)
    elif what == "acknowledge" and firing:
        alerts.acknowledge(f"overflow/{thing}", "Ada", now=now)
    elif what == "silence":
        alerts.silence(Silence(since=now, until=now + 250, who="Ada", thing=thing), now=now)
    elif what == "lapse":
        alerts.settle_silences(now)
    elif what == "fail":
        with pytest.raises(OvertakenError):
            alerts.note([fired(thing)], known=alerts.sequence() + 1, now=now)
