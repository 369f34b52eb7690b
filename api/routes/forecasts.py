"""Forecasts: what is foretold of a thing, and how right such forecasts were."""

from typing import Annotated

from fastapi import Query

from api.forecast_schema import ForecastList
from api.foretold import foretold
from api.parameters import CityNow, versioned

ROUTER = versioned("indicators")


@ROUTER.get("/forecasts", summary="Forecasts of a thing with their report cards")
def forecasts(
    city: CityNow, thing: Annotated[str, Query(description="Id of the thing", examples=["lot-1"])]
) -> ForecastList:
    """Give what is foretold of a thing now, and how right such forecasts were over the last 28 days.

    The report card has the model's mean absolute error beside those of the naive forecasts, and how often its interval
    held. Where the model is no better, the better naive forecast is served, and `served` says so.
    """
    found = foretold(city, city.thing(thing))
    if not found:
        city.refuse_withheld(thing, ())
    return ForecastList(thing=thing, forecasts=found)
