"""Observations over MQTT as SensorThings has it, where settings want it: composed of a view of the API and a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.access import CITY, PUBLIC
from api.sta.service import PREFIX
from api.sta.updates import Updates
from smilecity.announcing import NONE, broker_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from smilecity.settings import Settings


def updates(settings: Settings, app: FastAPI, url: str, link: str) -> Updates | None:
    """Make what publishes observations that an app's views see, to the broker of alerts or that of sensors at ``url``.

    None where none are wanted. Raises ValueError, a sentence, for a broker that can never work.
    """
    if settings.updates == "none":
        return None
    city = app.state.cities.of(PUBLIC if settings.updates == "public" else CITY)
    own = settings.model_copy(update={"alerts_broker": None}) if settings.alerts_broker == NONE else settings
    root = (settings.public_url or link).rstrip("/") + PREFIX
    return Updates(city, broker_of(own, url, "observations"), root)
