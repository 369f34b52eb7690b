"""Kinds: how each kind of asset is observed."""

from api.documents import kind_document
from api.parameters import versioned
from api.schema import KindList
from sensors.kinds import kinds as declared

ROUTER = versioned("kinds")


@ROUTER.get("/kinds", summary="List kinds of things and what is observed of them")
def kinds() -> KindList:
    """List every kind with its properties, units and what a site may say of itself."""
    return KindList(kinds=[kind_document(kind) for kind in declared().values()])
