"""Kinds: how each kind of asset is observed."""

from starlette.responses import Response

from api.choosing import names_in
from api.documents import kind_document
from api.parameters import Fields, versioned
from api.schema import KindDocument, KindList
from api.selecting import all_selected
from api.table_schema import SelectedKinds
from sensors.kinds import kinds as declared

ROUTER = versioned("kinds")


@ROUTER.get(
    "/kinds", summary="List kinds of things and what is observed of them", response_model=KindList | SelectedKinds
)
def kinds(fields: Fields = None) -> Response:
    """List every kind with its properties, units and what a site may say of itself."""
    documents = [kind_document(kind) for kind in declared().values()]
    return all_selected("kinds", documents, KindDocument, names_in("fields", fields))
