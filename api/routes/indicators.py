"""Indicators: what is computed from observations, with the definition and its source."""

from starlette.responses import Response

from api.choosing import names_in
from api.documents import indicator_document
from api.parameters import CityNow, Fields, versioned
from api.schema import IndicatorDocument, IndicatorList
from api.selecting import all_selected
from api.table_schema import SelectedIndicators
from processing.formulas import versions_in
from processing.indicators import with_forecasts

ROUTER = versioned("indicators")


@ROUTER.get(
    "/indicators", summary="List indicators and their definitions", response_model=IndicatorList | SelectedIndicators
)
def indicators(city: CityNow, fields: Fields = None) -> Response:
    """List every indicator; its results are observations of the derived properties that it names."""
    versions = versions_in(city.services.catalogue)
    documents = [indicator_document(indicator, versions) for indicator in with_forecasts()]
    return all_selected("indicators", documents, IndicatorDocument, names_in("fields", fields))
