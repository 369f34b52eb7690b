"""The ledger: what became of every message received."""

from api.access import CITY_BOOKS
from api.documents import ledger_document
from api.parameters import CityNow, versioned
from api.schema import LedgerDocument

ROUTER = versioned("ledger", CITY_BOOKS)


@ROUTER.get("/ledger", summary="What became of every message")
def ledger(city: CityNow) -> LedgerDocument:
    """Show, per source and worker, received and what became of it: the other counts add up to it."""
    return ledger_document(city.services)
