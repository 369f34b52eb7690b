"""What is done about alerts over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.alert_schema import ChangeDocument, RuleDocument, SilenceDocument
from api.app import Services, create_app
from api.services import Access
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.alerting import fired, resolved
from tests.api.city import Client
from tests.smilecity.test_alerts import RULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from storage.alerts import Alerts

KEY = "a-key-of-this-installation"
BEARER = {"authorization": f"Bearer {KEY}"}
JSON = {"content-type": "application/json; charset=utf-8"}
ACKNOWLEDGE = "/v1/alerts/overflow/bin-7/acknowledge"
LATER = "2090-01-01T00:00:00Z"


@pytest.fixture
def services() -> Iterator[Services]:
    """A platform with a key, and without things."""
    catalogue, store = Catalogue("sqlite://"), open_store("memory://")
    yield Services(store=store, catalogue=catalogue, api_key=KEY, access=Access.OPEN)
    catalogue.close()
    store.close()


@pytest.fixture
def writer(services: Services) -> Client:
    """Somebody who may write."""
    return Client(create_app(services))


@pytest.fixture
def alerts(services: Services) -> Alerts:
    services.catalogue.alerts.note([fired("bin-7"), fired("a/b c")], known=0)
    return services.catalogue.alerts


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/docs#")


def send(writer: Client, method: str, path: str, **said: Any) -> httpx.Response:
    return writer.send(method, path, json.dumps(said).encode(), **BEARER, **JSON)


def test_an_alert_is_acknowledged_once(writer: Client, alerts: Alerts):
    for _ in range(2):
        answer = send(writer, "POST", ACKNOWLEDGE, who="Ada", comment="on my way")
        assert answer.status_code == 200, answer.text
        change = ChangeDocument.model_validate(answer.json())
        assert (change.sequence, change.state, change.change) == (3, "acknowledged", "acknowledged")
        assert change.acknowledged is not None
        assert (change.acknowledged.who, change.acknowledged.comment) == ("Ada", "on my way")
    assert alerts.sequence() == 3
    assert (
        send(writer, "POST", "/v1/alerts/overflow/a%2Fb%20c/acknowledge", who="Ada").json()["key"] == "overflow/a/b c"
    )


def test_what_cannot_be_acknowledged_is_told(writer: Client, alerts: Alerts):
    assert code(send(writer, "POST", "/v1/alerts/overflow/bin-9/acknowledge", who="Ada")) == (404, "not-found")
    anew = send(writer, "POST", ACKNOWLEDGE, who="Ada", incident=2)
    assert code(anew) == (409, "conflict")
    assert "incident 2 is over" in anew.json()["detail"]
    assert code(send(writer, "POST", ACKNOWLEDGE, who=" ")) == (409, "conflict")
    known = alerts.alert("overflow/bin-7")
    assert known is not None
    alerts.note([resolved(known)], known=2)
    assert code(send(writer, "POST", ACKNOWLEDGE, who="Ada")) == (409, "conflict")


def test_a_silence_comes_and_goes(writer: Client, alerts: Alerts):
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = send(writer, "POST", "/v1/alerts/silences", who="Ada", until=in_an_hour, operator="SR")
    assert made.status_code == 201, made.text
    SilenceDocument.model_validate(made.json())
    assert made.headers["location"] == "/v1/alerts/silences/1"
    assert [one["silenced"] for one in writer.json("/v1/alerts")["alerts"]] == [True, True]
    assert writer.ask("DELETE", made.headers["location"], **BEARER).status_code == 204
    assert [one["silenced"] for one in writer.json("/v1/alerts")["alerts"]] == [False, False]
    assert code(writer.ask("DELETE", made.headers["location"], **BEARER)) == (404, "not-found")


@pytest.mark.parametrize(
    ("said", "say"),
    [
        ({"until": LATER}, "must not concern everything"),
        ({"until": LATER, "operator": "SR"}, "within a year"),
        ({"until": "2026-01-01T00:00:00", "operator": "SR"}, "$.until"),
    ],
)
def test_a_silence_that_cannot_be_is_told(writer: Client, said: dict[str, str], say: str):
    answer = send(writer, "POST", "/v1/alerts/silences", who="Ada", **said)
    assert code(answer) == (400, "bad-body")
    assert say in answer.json()["detail"]


def test_a_rule_is_put_replaced_switched_off_and_removed(writer: Client, services: Services):
    path = "/v1/alerts/rules/cold"
    put = send(writer, "PUT", path, who="Ada", declaration=RULE)
    assert put.status_code == 200, put.text
    shown = RuleDocument.model_validate(put.json())
    assert (shown.origin, shown.enabled, shown.who, shown.severity, shown.toml) == ("api", True, "Ada", "info", RULE)
    changed = RULE.replace('severity = "info"', 'severity = "critical"')
    assert send(writer, "PUT", path, who="Ada", declaration=changed).json()["severity"] == "critical"
    assert send(writer, "PUT", path, who="Ada", declaration=changed, enabled=False).json()["enabled"] is False
    assert [one.name for one in services.catalogue.alerts.rules()] == ["cold"]
    assert writer.ask("DELETE", path, **BEARER).status_code == 204
    assert code(writer.ask("DELETE", path, **BEARER)) == (404, "not-found")
    assert services.catalogue.alerts.rules() == ()


def test_a_rule_of_smile_city_is_switched_off_and_on(writer: Client):
    path = "/v1/alerts/rules/fire_suspicion"
    off = send(writer, "PUT", path, who="Ada", enabled=False).json()
    assert (off["origin"], off["enabled"], off["toml"]) == ("smilecity", False, None)
    assert writer.ask("DELETE", path, **BEARER).status_code == 204
    assert writer.json(path)["enabled"] is True


@pytest.mark.parametrize(
    ("name", "declaration", "status", "say"),
    [
        ("cold", RULE.replace("-3]]", "3]]"), (400, "bad-rule"), "example 1: at 2026-01-01T08:00"),
        ("cold", RULE.replace("below = 0", "belo = 0"), (400, "bad-rule"), "Did you mean 'below'"),
        ("cold", "no toml", (400, "bad-rule"), "it is no TOML"),
        ("warm", RULE, (400, "bad-rule"), "its declaration 'cold'"),
        ("silences", RULE.replace('"cold"', '"silences"'), (400, "bad-rule"), "a path has that name"),
        ("fire_suspicio", "", (404, "not-found"), "Did you mean 'fire_suspicion'"),
    ],
)
def test_a_rule_that_cannot_be_is_told(writer: Client, name: str, declaration: str, status: Any, say: str):
    answer = send(writer, "PUT", f"/v1/alerts/rules/{name}", who="Ada", declaration=declaration)
    assert code(answer) == status
    assert say in answer.json()["detail"]
