from __future__ import annotations

from api import schema
from api.app import create_app
from storage.catalogue import Counts
from tests.api.city import Client

PARTS = ("stored", "duplicate", "superseded", "quarantined", "empty", "in_flight")


def test_what_is_in_flight_counts_as_received(busy: Client, services):
    services.catalogue.settle(
        "city", "w1", Counts(received=10, stored=6, duplicate=1, superseded=1, quarantined=1, empty=1)
    )
    document = busy.json("/v1/ledger")
    schema.LedgerDocument.model_validate(document)
    first, second = document["entries"]
    assert (first["worker"], first["received"], first["stored"], first["in_flight"]) == ("w1", 13, 6, 3)
    assert (second["worker"], second["received"], second["in_flight"], second["updated"]) == ("w2", 1, 1, None)
    assert document["total"] == {
        "received": 14,
        "stored": 6,
        "duplicate": 1,
        "superseded": 1,
        "quarantined": 1,
        "empty": 1,
        "dropped": 0,
        "in_flight": 4,
    }
    for tally in (first, second, document["total"]):
        assert tally["received"] == sum(tally[part] for part in PARTS)
    assert document["balanced"] is True


def test_a_difference_shows(services):
    services.catalogue.settle("city", "w1", Counts(received=2, stored=1))
    document = Client(create_app(services)).json("/v1/ledger")
    assert document["balanced"] is document["entries"][0]["balanced"] is False


def test_an_empty_ledger_balances(stranger: Client):
    document = stranger.json("/v1/ledger")
    schema.LedgerDocument.model_validate(document)
    assert (document["entries"], document["balanced"], document["total"]["received"]) == ([], True, 0)
