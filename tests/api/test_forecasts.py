"""Forecasts of a thing over HTTP: what is foretold, when it will be, which forecast it is, and its report card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.forecast_schema import ForecastList
from sensors.model import Batch, Datastream

if TYPE_CHECKING:
    from api.forecast_schema import ForecastDocument
    from api.services import Services
    from tests.api.city import Client


def foretell(services: Services, thing: str, name: str, window: str, at: str, **parts: float) -> None:
    """Store what is served of a forecast, as the worker would."""
    names = ["_".join(filter(None, (name, "" if part == "value" else part.rstrip("_"), window))) for part in parts]
    streams = [Datastream(thing, each, derived=True) for each in names]
    services.store.write(Batch.of(streams, range(len(names)), [at] * len(names), list(parts.values()), samples=1050))


def asked(client: Client, thing: str) -> list[ForecastDocument]:
    return ForecastList.model_validate(client.json(f"/v1/forecasts?thing={thing}")).forecasts


def test_what_is_foretold_names_the_window_that_is_meant(client: Client, services: Services):
    """The window in which it was made began at 10:00, and ended at 10:15; four later is that from 11:00."""
    made = {"value": 40.0, "low": 30.0, "high": 55.0, "chance": 0.9, "from_": 0.0}
    foretell(services, "lot-1", "free_spaces_in_60min", "15min", "2026-03-29T10:00", **made)
    found = {one.name: one for one in asked(client, "lot-1")}
    assert list(found) == ["free_spaces_in_15min", "free_spaces_in_30min", "free_spaces_in_60min"]
    hour = found["free_spaces_in_60min"]
    assert (hour.made, hour.start, hour.end) == (
        "2026-03-29T10:15:00.000Z",
        "2026-03-29T11:00:00.000Z",
        "2026-03-29T11:15:00.000Z",
    )
    assert (hour.value, hour.low, hour.high, hour.served, hour.card) == (40.0, 30.0, 55.0, "model", None)
    assert hour.chance == 0.9
    assert found["free_spaces_in_15min"].made is None


def test_a_day_ahead_is_a_local_day_also_when_the_clocks_change(client: Client, services: Services):
    """2026-03-29 has 23 hours: it begins at 23:00 UTC and ends at 22:00."""
    foretell(services, "meter-1", "energy_forecast_tomorrow", "day", "2026-03-27T23:00", value=12.0, from_=2.0)
    (tomorrow,) = asked(client, "meter-1")
    assert (tomorrow.start, tomorrow.end) == ("2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z")
    assert (tomorrow.made, tomorrow.served) == ("2026-03-28T23:00:00.000Z", "last_week")
    assert (tomorrow.low, tomorrow.high, tomorrow.chance) == (None, None, None)


def test_a_report_card_tells_the_scores_and_how_many_there_were(client: Client, services: Services):
    scores = {"value": 0.25, "mae": 3.0, "mae_persistence": 4.0, "mae_last_week": 9.0}
    foretell(services, "lot-1", "free_spaces_in_15min_skill", "day", "2026-03-28T23:00", **scores)
    held = {"value": 0.81, "brier": 0.02, "brier_persistence": 0.05}
    foretell(services, "lot-1", "free_spaces_in_15min_held", "day", "2026-03-28T23:00", **held)
    card = asked(client, "lot-1")[0].card
    assert card is not None
    assert card.model_dump() == {
        "day": "2026-03-28T23:00:00.000Z",
        "forecasts": 1050,
        "skill": 0.25,
        "mae": 3.0,
        "mae_persistence": 4.0,
        "mae_last_week": 9.0,
        "held": 0.81,
        "brier": 0.02,
        "brier_persistence": 0.05,
    }


def test_the_names_are_those_under_which_the_worker_keeps_them(client: Client):
    told = asked(client, "lot-1")[0].properties
    assert told.model_dump() == {
        "value": "free_spaces_in_15min_15min",
        "low": "free_spaces_in_15min_low_15min",
        "high": "free_spaces_in_15min_high_15min",
        "observed": "free_spaces_in_15min_model_persistence_15min",
    }
    properties = [name for one in client.json("/v1/indicators")["indicators"] for name in one["properties"]]
    assert set(told.model_dump().values()) <= set(properties)


def test_nothing_foretells_a_space(client: Client):
    assert asked(client, "spot-1") == []


@pytest.mark.parametrize(("query", "status", "code"), [("thing=lot-9", 404, "unknown-thing"), ("", 400, "bad-value")])
def test_a_thing_must_be_named_and_be_there(client: Client, query: str, status: int, code: str):
    answer = client.get(f"/v1/forecasts?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{code}")
