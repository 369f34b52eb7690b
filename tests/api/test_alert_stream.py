"""Changes of alerts as server-sent events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from api.alert_stream import Alarms
from api.app import create_app
from processing.announcing.messages import schema
from tests.alerting import fired
from tests.api.listening import Listener, listening, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from api.app import Services
    from storage.alerts import Alerts


@pytest.fixture
def app(services: Services) -> FastAPI:
    app = create_app(services)
    app.state.alarms = Alarms(app.state.cities, app.state.keyring, look_every=0.02)
    return app


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    with serving(app) as root:
        yield f"{root}/v1/alerts/stream"


@pytest.fixture
def alerts(services: Services) -> Alerts:
    return services.catalogue.alerts


def note(alerts: Alerts, first: int, last: int) -> None:
    """Let things with numbers fire, each of one of two operators."""
    known = alerts.sequence()
    alerts.note([fired(f"bin-{n}", operator=f"op-{n % 2}") for n in range(first, last + 1)], known=known)


def sequences(listener: Listener, count: int) -> list[int]:
    told = [listener.event("alert") for _ in range(count)]
    assert [int(identity) for _, identity, _ in told] == [message["sequence"] for _, _, message in told]
    return [message["sequence"] for _, _, message in told]


def test_a_change_is_told_to_everybody_as_over_mqtt(url: str, alerts: Alerts):
    note(alerts, 1, 2)
    with listening(url) as one, listening(f"{url}?operator=op-0") as other:
        assert (one.last_id, other.last_id) == ("2", "2")
        note(alerts, 3, 6)
        assert sequences(one, 4) == [3, 4, 5, 6]
        _, _, message = other.event("alert")
        jsonschema.validate(message, schema())
        assert (message["sequence"], message["previous"], message["operator"]) == (4, 2, "op-0")


def test_who_was_away_is_told_what_it_missed_and_nothing_twice(url: str, alerts: Alerts):
    note(alerts, 1, 5)
    with listening(f"{url}?since_sequence=1") as listener:
        assert sequences(listener, 2) == [2, 3]
    with listening(f"{url}?since_sequence=1", **{"last-event-id": "3"}) as listener:
        assert sequences(listener, 2) == [4, 5]
        note(alerts, 6, 7)
        assert sequences(listener, 2) == [6, 7]


def test_who_is_slow_reads_from_the_catalogue(services: Services, alerts: Alerts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.alert_stream.KEPT", 3)
    monkeypatch.setattr("api.alert_stream.PAGE", 4)
    app = create_app(services)
    app.state.alarms = Alarms(app.state.cities, app.state.keyring, look_every=0.02)
    with serving(app) as root, listening(f"{root}/v1/alerts/stream?since_sequence=0") as listener:
        note(alerts, 1, 50)
        assert sequences(listener, 50) == list(range(1, 51))


def test_a_sequence_of_a_catalogue_that_is_gone_begins_with_now(url: str, alerts: Alerts):
    note(alerts, 1, 2)
    with listening(f"{url}?since_sequence=900") as listener:
        assert listener.last_id == "2"
        note(alerts, 3, 3)
        assert sequences(listener, 1) == [3]


def test_silence_says_that_the_line_is_alive(services: Services):
    app = create_app(services)
    app.state.alarms = Alarms(app.state.cities, app.state.keyring, alive_every=0.01)
    with serving(app) as root, listening(f"{root}/v1/alerts/stream") as listener:
        assert "" in listener.block()
