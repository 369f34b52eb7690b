"""Which changes a receiver asks for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing.alert import Severity
from processing.notifying.choice import Choice
from processing.notifying.receivers import MAIL_CHANGES
from storage.alert import Change, Kind, Silence
from storage.catalogue import Catalogue
from tests.alerting import fired, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.alerts import Alerts

LATER = 4_000_000_000_000
MAIL = Choice(changes=frozenset(MAIL_CHANGES), silenced=False, members=False)


@pytest.fixture
def alerts() -> Iterator[Alerts]:
    with closing(Catalogue("sqlite://")) as catalogue:
        yield catalogue.alerts


def note(alerts: Alerts, *changes: Change) -> None:
    alerts.note(changes, known=alerts.sequence())


def end(alerts: Alerts, thing: str = "bin-7") -> None:
    known = alerts.alert(f"overflow/{thing}")
    assert known is not None
    note(alerts, resolved(known))


def told(choice: Choice, alerts: Alerts) -> list[str]:
    return [one.change.value for one in alerts.changes() if choice.wants(one, alerts)]


def test_a_machine_hears_everything(alerts: Alerts):
    note(alerts, fired())
    alerts.acknowledge("overflow/bin-7", "Ada")
    end(alerts)
    assert told(Choice(), alerts) == ["fired", "acknowledged", "resolved"]


def test_only_some_changes(alerts: Alerts):
    note(alerts, fired())
    alerts.acknowledge("overflow/bin-7", "Ada")
    end(alerts)
    assert told(MAIL, alerts) == ["fired", "resolved"]
    assert told(replace(MAIL, changes=frozenset({Kind.RESOLVED})), alerts) == []
    assert told(replace(MAIL, changes=frozenset({Kind.FIRED})), alerts) == ["fired"]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (Choice(operators=("SR",)), 1),
        (Choice(operators=("SR", "SW")), 2),
        (Choice(domains=("energy",)), 0),
        (Choice(districts=("KTV",)), 2),
        (Choice(rules=("overflow",)), 2),
        (Choice(severity=Severity.WARNING), 2),
        (Choice(severity=Severity.CRITICAL), 0),
    ],
)
def test_only_some_alerts(alerts: Alerts, choice: Choice, count: int):
    note(alerts, fired("a"), fired("b", operator="SW"))
    assert len(told(choice, alerts)) == count


def test_what_grows_severe_is_told_from_then_on_and_its_end_too(alerts: Alerts):
    note(alerts, fired())
    known = alerts.alert("overflow/bin-7")
    assert known is not None
    worse = replace(known, severity="critical", escalated=True)
    note(alerts, Change(change=Kind.ESCALATED, at=3_000, alert=worse))
    end(alerts)
    assert told(replace(MAIL, severity=Severity.CRITICAL), alerts) == ["escalated", "resolved"]


def test_the_silenced_is_told_when_it_may_speak(alerts: Alerts):
    silence = alerts.silence(Silence(since=1, until=30_000_000_000, who="Ada", operator="SR"), now=2)
    note_at = {"known": alerts.sequence(), "now": 3}
    alerts.note([fired("a"), fired("b")], **note_at)  # type: ignore[arg-type]
    end(alerts, "b")
    assert told(MAIL, alerts) == []
    alerts.end_silence(silence.id, now=4)
    end(alerts, "a")
    assert told(MAIL, alerts) == ["unsilenced", "resolved"]
    assert told(Choice(), alerts) == ["fired", "fired", "resolved", "unsilenced", "resolved"]


def test_a_storm_is_told_once(alerts: Alerts):
    group = fired("group:gateway:g", members=3)
    members = [fired(f"bin-{n}", cause=group.alert.key) for n in range(3)]
    note(alerts, group, *members)
    end(alerts, "bin-0")
    end(alerts, "group:gateway:g")
    assert told(MAIL, alerts) == ["fired", "resolved"]
    assert len(told(Choice(), alerts)) == 6


def test_the_end_of_another_incident_is_not_told(alerts: Alerts):
    note(alerts, fired())
    end(alerts)
    note(alerts, replace(fired(), alert=replace(fired().alert, severity="info")))
    end(alerts)
    assert told(Choice(severity=Severity.WARNING), alerts) == ["fired", "resolved"]
