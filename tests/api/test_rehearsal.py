"""Rules rehearsed over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.rehearsal_schema import RehearsalDocument
from api.routes import rehearsal
from storage.alert import OwnRule

if TYPE_CHECKING:
    from api.services import Services
    from tests.api.city import Client

ASK = "/v1/rehearsal?rule=car_park_nearly_full&from=2026-03-28T12:00:00Z&to=2026-03-29T12:00:00Z"


def test_a_rule_is_rehearsed(client: Client):
    answer = client.get(f"{ASK}&sweep=below=0.9:1:0.1")
    assert answer.status_code == 200
    document = RehearsalDocument.model_validate(answer.json())
    assert (document.rule, document.things, document.rows, document.event) == (
        "car_park_nearly_full",
        1,
        3,
        "car_park_full",
    )
    # Of 350 spaces 350, 340 and 331.5 were free: below 0.9 none of them is, below 1.0 all are.
    assert [trial.value for trial in document.trials] == [0.9, 1.0]
    assert [trial.alerts for trial in document.trials] == [0, 1]
    (alert,) = document.alerts
    assert (alert.trial, alert.thing, alert.since) == (1, "lot-1", "2026-03-29T00:00:00.000Z")
    assert (alert.fired, alert.ended) == ("2026-03-29T00:02:00.000Z", None)
    assert document.trials[1].foresight is not None
    assert document.trials[1].foresight.needless == 1
    assert document.left_out == 0


def test_a_sweep_is_compared_with_the_rule_as_it_is(client: Client):
    document = client.get("/v1/rehearsal?rule=car_park_full&sweep=below=0.1,0.2&from=2026-03-28&to=2026-03-30").json()
    assert document["event"] == "car_park_full"


def test_a_rule_of_the_city_is_rehearsed_before_it_is_switched_on(client: Client, services: Services):
    declaration = """
        name = "half_empty"
        domain = "parking"
        title = "Half empty"
        title_de = "Halb leer"
        severity = "info"
        looks_at = "available_spot_number"
        kinds = ["parking_lot"]
        text = "{thing} has {value:.0f}"
        text_de = "{thing} hat {value:.0f}"
        [[when]]
        above = 175
        [[examples]]
        kind = "parking_lot"
        rows = [["2026-01-01T08:00", 200]]
        states = [["2026-01-01T08:00", "firing"]]
        reason = "Thing has 200"
    """
    services.catalogue.alerts.put_rule(OwnRule(name="half_empty", declaration=declaration, enabled=False))
    asked = "/v1/rehearsal?rule=half_empty&from=2026-03-28T12:00:00Z&to=2026-03-29T12:00:00Z"
    assert client.json(asked)["rule"] == "half_empty"


@pytest.mark.parametrize(
    ("query", "say"),
    [
        ("rule=car_park_ful", "Did you mean 'car_park_full'"),
        ("rule=car_park_full&sweep=below", "write above=0.7:0.95:0.05"),
        ("rule=car_park_full&sweep=above=1:2:1", "has no 'above'"),
        ("rule=car_park_full&event=rain", "no alert rule 'rain'"),
        ("rule=ledger_difference", "no history"),
        ("rule=car_park_full&from=1980-01-01", "800 days at most"),
        ("rule=car_park_full&horizon=0", "horizon"),
        ("", "rule: must be given"),
    ],
)
def test_what_cannot_be_rehearsed_is_told(client: Client, query: str, say: str):
    answer = client.get(f"/v1/rehearsal?{query}")
    assert (answer.status_code, say in answer.json()["detail"]) == (400, True), answer.json()


def test_one_is_under_way_at_a_time(client: Client):
    with rehearsal._ALONE:
        answer = client.get(ASK)
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#too-many-rehearsals")
    assert client.get(ASK).status_code == 200
