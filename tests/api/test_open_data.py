"""Open data: only what is marked as public, in the forms of others, missing where it is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from api.app import create_app
from api.feed import plain
from api.feeds import feeds
from api.open_schema import OpenDataDocument
from api.open_state import OpenState
from api.times import iso_of, now
from sensors.model import Batch, Datastream
from tests.api.city import FREE, LOT, THINGS, Client

if TYPE_CHECKING:
    from api.services import Services

PARKING = "/open/geojson/parking.geojson"
LOTS = "/open/parkapi/rostock"
CLOSED = Datastream("lot-1", "closed")
OUT = Datastream("lot-1", "out_of_service_slot_number")
MINUTE = np.timedelta64(1, "m")


def tell(services: Services, *told: tuple[Datastream, float, int], quality: int = 1) -> np.datetime64:
    """Write observations, each some minutes old; give the time of the newest."""
    times = [now() - minutes * MINUTE for _, _, minutes in told]
    streams = tuple(stream for stream, _, _ in told)
    services.store.write(Batch.of(streams, range(len(told)), times, [value for _, value, _ in told], quality=quality))
    return max(times)


def test_every_feed_is_listed_and_every_document_answers(client: Client):
    listed = OpenDataDocument.model_validate(client.json("/open"))
    assert [feed.name for feed in listed.feeds] == sorted(feeds()) == ["gazetteer", "geojson", "parkapi"]
    for feed in listed.feeds:
        for path in feed.documents:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["content-type"] == feed.media_type
            assert answer.headers["cache-control"] == "public, max-age=30"


def test_a_layer_holds_the_public_things_and_what_holds_now(client: Client, services: Services):
    at = tell(services, (FREE, 70.0, 5), (OUT, 70.0, 60))
    layer = client.json(PARKING)
    (lot,) = layer["features"]
    assert lot["id"] == "lot-1"
    assert lot["geometry"] == {"type": "Point", "coordinates": [12.10, 54.09]}
    assert lot["properties"] == {
        "id": "lot-1",
        "name": "Harbour",
        "kind": "parking_lot",
        "operator": "car-parks",
        "district": "Stadtmitte",
        "phenomenon_time": lot["properties"]["phenomenon_time"],
        "quality": "good",
        "available_spot_number": 70.0,
        "out_of_service_slot_number": 70.0,
        "current_occupancy": pytest.approx(0.75),
    }
    assert lot["properties"]["phenomenon_time"] >= iso_of(at)
    assert layer["units"]["available_spot_number"] == "{space}"


def test_of_a_sensor_that_is_ahead_of_the_clock_its_last_word_before_holds(client: Client, services: Services):
    tell(services, (FREE, 70.0, 5), (FREE, 20.0, -10))
    (lot,) = client.json(PARKING)["features"]
    assert lot["properties"]["available_spot_number"] == 70.0
    assert lot["properties"]["current_occupancy"] == pytest.approx(0.8)


def test_what_is_old_or_failed_is_not_known(client: Client, services: Services):
    tell(services, (FREE, 70.0, 121))
    (lot,) = client.json(PARKING)["features"]
    assert "available_spot_number" not in lot["properties"]
    assert lot["properties"]["quality"] == "missing"
    assert lot["properties"]["phenomenon_time"] is None
    tell(services, (FREE, -4.0, 1), quality=4)
    app = create_app(services)
    (lot,) = Client(app).json(PARKING)["features"]
    assert "available_spot_number" not in lot["properties"]


def test_nothing_leaves_that_is_not_marked_as_public(client: Client, services: Services):
    tell(services, (Datastream("spot-1", "occupied"), 1.0, 1), (Datastream("bin-1", "filling_level"), 42.0, 1))
    everything = "".join(client.get(path).text for feed in client.json("/open")["feeds"] for path in feed["documents"])
    assert "lot-1" in everything
    for hidden in ("spot-1", "bin-1", "meter-1", "42.0"):
        assert hidden not in everything


def test_car_parks_as_parkapi(client: Client, services: Services):
    at = tell(services, (FREE, 70.4, 5), (OUT, 50.0, 60))
    assert client.json("/open/parkapi/index.json")["cities"] == {"rostock": "Rostock"}
    city = client.json(LOTS)
    assert city["last_updated"] == iso_of(at)[:19]
    assert city["lots"] == [
        {
            "id": "lot-1",
            "name": "Harbour",
            "coords": {"lat": 54.09, "lng": 12.10},
            "total": 300,
            "free": 70,
            "state": "open",
            "forecast": False,
            "region": "Stadtmitte",
        }
    ]


@pytest.mark.parametrize(
    ("told", "state", "free"),
    [(((FREE, 70.0, 5), (CLOSED, 1.0, 9)), "closed", 70), (((FREE, 70.0, 130),), "nodata", 0)],
)
def test_a_car_park_that_is_closed_or_silent(client: Client, services: Services, told, state, free):
    tell(services, *told)
    (lot,) = client.json(LOTS)["lots"]
    assert (lot["state"], lot["free"]) == (state, free)


def test_places_are_those_of_public_things_and_their_groups(client: Client):
    places: Any = client.json("/open/gazetteer/places.json")
    assert {one["key"] for one in places} >= {LOT.id, "city"}
    hidden = {thing.id for thing in THINGS if not thing.public}
    assert hidden
    assert hidden.isdisjoint(one["key"] for one in places)
    (lot,) = [one for one in places if one["key"] == LOT.id]
    assert lot == {"key": LOT.id, "name": LOT.name, "latitude": LOT.latitude, "longitude": LOT.longitude}


def test_an_unchanged_document_is_not_sent_again(client: Client):
    first = client.get(PARKING)
    again = client.get(PARKING, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_unknown_feeds_and_documents(client: Client):
    assert "Did you mean 'geojson'?" in client.problem("/open/geojsen/parking.geojson", 400, "bad-value")["detail"]
    assert (
        "Did you mean 'parking.geojson'" in client.problem("/open/geojson/parkin.geojson", 404, "not-found")["detail"]
    )


def test_an_empty_city_is_a_legal_one(stranger: Client):
    assert stranger.json(PARKING)["features"] == []
    lots = stranger.json(LOTS)
    assert (lots["lots"], lots["last_updated"]) == ([], "1970-01-01T00:00:00")


def test_a_state_is_kept_for_some_seconds_and_made_anew_when_things_change(client: Client, services: Services):
    known = OpenState(client.app.state.cities.whole)
    moment = now()
    first = known.at(moment)
    assert known.at(moment + np.timedelta64(4, "s")) is first
    assert known.at(moment + np.timedelta64(5, "s")) is not first
    services.catalogue.put([replace(LOT, public=False), *THINGS[1:]], [])
    assert known.at(moment + np.timedelta64(6, "s")).things == ()


@pytest.mark.parametrize(("name", "path"), [("Rostock", "rostock"), ("Köln am Rhein", "koln-am-rhein"), ("—", "city")])
def test_a_city_in_a_path(name, path):
    assert plain(name) == path
