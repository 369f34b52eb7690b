"""Alerts over HTTP: what fires, every change of it, and one with its history, rule and values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.alert_schema import AlertHistory, AlertPage, ChangeDocument, ChangePage, RuleDocument, RuleList, SilenceList
from api.app import Services, create_app
from api.services import Access
from processing.announcing.messages import schema
from storage.alert import Change, Kind, OwnRule, Silence, State
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.alerting import alert, fired, resolved
from tests.api.city import Client

if TYPE_CHECKING:
    from storage.alerts import Alerts

SINCE = 1_774_742_700_000
"""2026-03-29T00:05, when the container of the small city said how full it is."""
OVERFLOW = alert("bin-1", rule="container_overflow", since=SINCE, operator="waste", district="Südstadt")


@pytest.fixture
def alerts(services: Services) -> Alerts:
    """Let three alerts fire, of which a group speaks for one, and let one wait."""
    group = alert("group:gateway:g", rule="meter_silent", domain="energy", operator="utility", members=7)
    member = alert("meter-1", rule="meter_silent", domain="energy", operator="utility", cause=group.key)
    changes = [Change(change=Kind.FIRED, at=SINCE, alert=one) for one in (OVERFLOW, group, member)]
    known = services.catalogue.alerts
    known.note(changes, known=0, pending=[alert("bin-2", rule="container_overflow", state=State.PENDING)])
    return known


def keys(client: Client, query: str = "") -> list[str]:
    page = client.json(f"/v1/alerts{query}")
    AlertPage.model_validate(page)
    return [one["key"] for one in page["alerts"]]


def test_what_fires_is_listed_and_chosen_by_what_is_said(client: Client, alerts: Alerts):
    assert keys(client) == ["container_overflow/bin-1", "meter_silent/group:gateway:g"]
    assert len(keys(client, "?grouped=true")) == 3
    assert len(keys(client, "?grouped=true&state=all")) == 4
    assert keys(client, "?state=pending") == ["container_overflow/bin-2"]
    for query in ("operator=waste", "district=S%C3%BCdstadt", "rule=container_overflow", "domain=waste", "thing=bin-1"):
        assert keys(client, f"?{query}") == ["container_overflow/bin-1"]
    assert keys(client, "?severity=critical") == keys(client, "?operator=nobody") == []
    assert client.json("/v1/alerts")["sequence"] == 3


def test_a_list_with_some_members_only(client: Client, alerts: Alerts):
    every = client.json("/v1/alerts")["alerts"]
    chosen = client.json("/v1/alerts?fields=severity,key")["alerts"]
    assert chosen == [{"key": one["key"], "severity": one["severity"]} for one in every]
    for query in ("fields=sevreity", "fields=sevreity&severity=info"):
        assert "'sevreity'" in client.problem(f"/v1/alerts?{query}", 400, "bad-value")["detail"]


def test_a_list_comes_in_pages(client: Client, alerts: Alerts):
    pages = client.walk("/v1/alerts?grouped=true&state=all&limit=1", "alerts")
    assert [one["key"] for page in pages for one in page] == keys(client, "?grouped=true&state=all")


@pytest.mark.parametrize(
    ("query", "say"),
    [
        ("rule=container_overflo", "Did you mean 'container_overflow'"),
        ("domain=wast", "Did you mean 'waste'"),
        ("kind=waste_contaner", "Did you mean 'waste_container'"),
        ("state=burning", "state"),
    ],
)
def test_a_name_that_nothing_has_is_told(client: Client, query: str, say: str):
    assert say in client.problem(f"/v1/alerts?{query}", 400, "bad-value")["detail"]


def test_a_catch_up_gives_the_messages_of_mqtt(client: Client, alerts: Alerts):
    alerts.acknowledge("container_overflow/bin-1", "Ada", "on my way", now=SINCE + 1)
    page = client.json("/v1/alerts/changes")
    ChangePage.model_validate(page)
    for message in page["changes"]:
        jsonschema.validate(message, schema(), format_checker=jsonschema.FormatChecker())
    assert [(one["sequence"], one["previous"], one["change"]) for one in page["changes"]] == [
        (1, 0, "fired"),
        (2, 0, "fired"),
        (3, 2, "fired"),
        (4, 1, "acknowledged"),
    ]
    assert (page["up_to"], page["newest"], page["complete"], page["next"]) == (4, 4, True, None)
    assert page["changes"][3]["acknowledged"]["who"] == "Ada"


def test_an_operator_catches_up_with_its_own_and_goes_on_behind_others(client: Client, alerts: Alerts):
    page = client.json("/v1/alerts/changes?operator=waste")
    assert [one["sequence"] for one in page["changes"]] == [1]
    assert (page["up_to"], page["complete"]) == (3, True)
    assert client.json("/v1/alerts/changes?operator=waste&since_sequence=3")["changes"] == []


def test_what_befell_one_thing_is_told_from_the_beginning(client: Client, alerts: Alerts):
    alerts.acknowledge("container_overflow/bin-1", "Ada", now=SINCE + 1)
    page = client.json("/v1/alerts/changes?thing=bin-1")
    assert [(one["sequence"], one["change"]) for one in page["changes"]] == [(1, "fired"), (4, "acknowledged")]
    assert client.json("/v1/alerts/changes?thing=bin-9")["changes"] == []


def test_a_sequence_that_was_never_reached_is_told(client: Client, alerts: Alerts):
    told = client.problem("/v1/alerts/changes?since_sequence=4", 400, "unknown-sequence")
    assert told["newest"] == 3
    assert "restored" in told["detail"]


@pytest.fixture(scope="module")
def many() -> Client:
    """Somebody who asks a catalogue with 40 changes of three operators."""
    catalogue = Catalogue("sqlite://")
    changes = [fired(f"bin-{number}", operator="abc"[number % 3]) for number in range(40)]
    catalogue.alerts.note(changes, known=0)
    return Client(create_app(Services(store=open_store("memory://"), catalogue=catalogue, access=Access.OPEN)))


@settings(max_examples=15)
@given(since=st.integers(0, 40), operator=st.sampled_from([None, "a", "b", "nobody"]), limit=st.integers(5, 50))
def test_following_the_links_gives_every_change_once(many: Client, since: int, operator: str | None, limit: int):
    chosen = "" if operator is None else f"&operator={operator}"
    pages = many.walk(f"/v1/alerts/changes?since_sequence={since}&limit={limit}{chosen}", "changes")
    told = [one for page in pages for one in page]
    wanted = [n for n in range(since + 1, 41) if operator in (None, "abc"[(n - 1) % 3])]
    assert [one["sequence"] for one in told] == wanted
    for one in told:
        assert one["previous"] == max(0, one["sequence"] - 3)


def test_one_alert_with_its_history_rule_and_values(client: Client, services: Services, alerts: Alerts):
    services.catalogue.alerts.note([resolved(alerts.current()[0])], known=3)
    shown = AlertHistory.model_validate(client.json("/v1/alerts/container_overflow/bin-1"))
    assert [one.change for one in shown.history] == ["resolved", "fired"]
    assert shown.alert.state == "resolved"
    assert shown.rule is not None
    assert (shown.rule.origin, shown.rule.declared["looks_at"]) == ("smilecity", "filling_level")
    assert shown.values is not None
    assert shown.values.unit == "%"


def test_the_values_behind_an_alert_are_those_around_it(client: Client, alerts: Alerts):
    values = client.json("/v1/alerts/container_overflow/bin-1")["values"]
    assert [(row["phenomenon_time"], row["result"]) for row in values["observations"]] == [
        ("2026-03-29T00:05:00.000Z", 42.25)
    ]
    assert values["next"] is None


def test_a_group_tells_for_whom_it_speaks(client: Client, alerts: Alerts):
    shown = client.json("/v1/alerts/meter_silent/group:gateway:g")
    assert (shown["grouped"], shown["values"]) == (["meter_silent/meter-1"], None)


def test_links_lead_to_the_alert_whatever_its_key_is(services: Services):
    client = Client(create_app(replace(services, link="http://city")))
    odd = alert("a/b c?d#ü%2F", rule="container_overflow")
    services.catalogue.alerts.note([Change(change=Kind.FIRED, at=SINCE, alert=odd)], known=0)
    (one,) = client.json("/v1/alerts")["alerts"]
    assert client.json(one["link"])["alert"]["key"] == odd.key


def test_an_alert_that_is_not_there(client: Client):
    assert "/v1/alerts lists" in client.problem("/v1/alerts/container_overflow/bin-9", 404, "not-found")["detail"]


def test_rules_and_where_they_come_from(client: Client, services: Services):
    known = services.catalogue.alerts
    known.put_rule(OwnRule(name="container_overflow", declaration="", enabled=False, who="Ada"))
    known.put_rule(OwnRule(name="odd", declaration="name = 1"))
    page = client.json("/v1/alerts/rules")
    RuleList.model_validate(page)
    told = {one["name"]: one for one in page["rules"]}
    assert [
        (told[name]["origin"], told[name]["enabled"]) for name in ("container_overflow", "odd", "fire_suspicion")
    ] == [
        ("smilecity", False),
        ("api", True),
        ("smilecity", True),
    ]
    assert "name" in told["odd"]["objection"]
    one = client.json("/v1/alerts/rules/fire_suspicion")
    RuleDocument.model_validate(one)
    assert one == told["fire_suspicion"]
    assert (
        "Did you mean 'fire_suspicion'" in client.problem("/v1/alerts/rules/fire_suspicio", 404, "not-found")["detail"]
    )


def test_silences(client: Client, services: Services):
    silence = Silence(since=1_999_999_000_000, until=2_000_000_000_000, who="Ada", operator="waste")
    services.catalogue.alerts.silence(silence)
    page = client.json("/v1/alerts/silences")
    SilenceList.model_validate(page)
    assert [(one["id"], one["operator"], one["until"]) for one in page["silences"]] == [
        (1, "waste", "2033-05-18T03:33:20Z")
    ]


def test_the_schema_is_published_and_what_the_documentation_says_of_a_change(client: Client):
    answer = client.get("/v1/alerts/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == schema()
    told = schema()["$defs"]["AlertMessage"]
    documented = ChangeDocument.model_json_schema(by_alias=True)
    assert set(documented["required"]) == set(told["required"])
    kinds = schema()["$defs"]["Kind"]["enum"]
    assert sorted(documented["properties"]["change"]["enum"]) == sorted(kinds)
