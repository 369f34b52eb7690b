"""Indicators: what is computed from observations, with the definition and its source."""

from api.documents import indicator_document
from api.parameters import versioned
from api.schema import IndicatorList
from processing.indicators import with_forecasts

ROUTER = versioned("indicators")


@ROUTER.get("/indicators", summary="List indicators and their definitions")
def indicators() -> IndicatorList:
    """List every indicator; its results are observations of the derived properties that it names."""
    return IndicatorList(indicators=[indicator_document(indicator) for indicator in with_forecasts()])
