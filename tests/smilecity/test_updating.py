"""Observations over MQTT, as settings want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.app import create_app
from api.services import Services
from smilecity.settings import Settings
from smilecity.updating import updates
from storage.catalogue import Catalogue
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

SENSORS = "mqtt://sensors.example:1884"


@pytest.fixture
def app() -> Iterator[FastAPI]:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    yield create_app(Services(store=store, catalogue=catalogue))
    store.close()
    catalogue.close()


def test_none_are_published_unless_somebody_says_so(app: FastAPI):
    assert updates(Settings(), app, SENSORS, "http://city/") is None


@pytest.mark.parametrize(
    ("alerts", "place"),
    [
        (None, "sensors.example:1884"),
        ("none", "sensors.example:1884"),
        ("mqtt://alerts.example", "alerts.example:1883"),
    ],
)
@pytest.mark.parametrize("which", ["public", "city"])
def test_they_go_where_alerts_go_or_to_the_sensors(app: FastAPI, which, alerts, place):
    made = updates(Settings(updates=which, alerts_broker=alerts), app, SENSORS, "http://city/")
    assert made is not None
    assert made.place == place


def test_a_broker_that_can_never_work_is_one_sentence(app: FastAPI):
    with pytest.raises(ValueError, match=r"^observations cannot be published: "):
        updates(Settings(updates="city", alerts_broker="ftp://x"), app, SENSORS, "http://city/")
