"""Real clients, unchanged, against a server: frost_sta_client and pygeoapi; and what QGIS, AirBreak and Grafana send.

The shapes of requests are those of the clients' sources, named beside each.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.app import create_app
from smilecity.web import WebServer, bind

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import frost_sta_client
    import frost_sta_client.service.sensorthingsservice as frost_service
    from frost_sta_client.service import auth_handler
    from pygeoapi.provider import sensorthings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.services import Services

KEY = "a-key-of-this-test-alone"
pytestmark = [
    pytest.mark.parametrize("empty", ["duckdb"], indirect=True),
    # frost_sta_client and pygeoapi leave sockets to the garbage collector, and use what their libraries deprecate
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    listener = bind("127.0.0.1", 0)
    server = WebServer(create_app(replace(services, api_key=KEY)), listener)
    listener.listen()  # who comes before the server accepts waits for it
    server.start()
    yield f"{server.url}sta/v1.1"
    server.stop()


@pytest.fixture
def frost(url: str) -> Any:
    made: Any = frost_service.SensorThingsService
    return made(url)


def test_frost_sta_client_lists_things_page_by_page(frost):
    things = frost.things().query().count().top(2).orderby("name").list()
    assert things.count == 4
    assert [thing.name for thing in things] == ["Space 1", "School", "Harbour", "Glass"]
    assert things.entities[2].properties["capacity"] == 350


def test_frost_sta_client_finds_and_follows(frost):
    lot = frost.things().find("lot-1")
    assert lot.name == "Harbour"
    streams = lot.get_datastreams().query().expand("ObservedProperty,Sensor,Observations($top=1)").list()
    names = {stream.id: stream.observed_property.name for stream in streams}
    assert names == {"lot-1/available_spot_number": "available_spot_number", "lot-1/occupancy_hour": "occupancy_hour"}
    free = streams.entities[0]
    assert (free.unit_of_measurement.symbol, free.observations.entities[0].result) == ("{space}", 331.5)
    assert free.sensor.name == "Flat JSON, fields named as properties"


def test_frost_sta_client_reads_a_series(frost):
    stream = frost.datastreams().find("lot-1/available_spot_number")
    query = stream.get_observations().query().filter("result gt 335").orderby("phenomenonTime").top(1).count()
    found = query.list()
    assert found.count == 2
    assert [one.result for one in found] == [340, 350]
    newest = frost.observations().query().orderby("phenomenonTime", "asc").list()
    assert len(list(newest)) == 6
    assert frost.observations().find(found.entities[0].id).phenomenon_time == "2026-03-29T00:10:00.000Z"


class Bearer(auth_handler.AuthHandler):
    """Sends a key; of what requests understands as authentication."""

    def __init__(self, key: str) -> None:
        self.key = key

    def add_auth_header(self) -> Any:
        def sign(request: Any) -> Any:
            request.headers["Authorization"] = f"Bearer {self.key}"
            return request

        return sign


def test_frost_sta_client_sends_observations(frost):
    made: Any = frost_sta_client
    frost.auth_handler = Bearer(KEY)
    observation = made.Observation(
        phenomenon_time="2026-03-29T02:00:00+02:00",
        result=12.5,
        datastream=made.Datastream(id="bin-1/filling_level"),
    )
    frost.create(observation)
    assert observation.id == "bin-1/filling_level/1774742400000"
    assert frost.observations().find(observation.id).result == 12.5
    values = made.model.ext.data_array_value.DataArrayValue()
    values.datastream = made.Datastream(id="bin-1/filling_level")
    values.components = {values.Property.PHENOMENON_TIME, values.Property.RESULT}
    for minute in (1, 2):
        values.add_observation(made.Observation(phenomenon_time=f"2026-03-29T00:0{minute}:00Z", result=minute))
    document = made.model.ext.data_array_document.DataArrayDocument()
    document.add_data_array_value(values)
    links = [one.self_link for one in frost.observations().create(document)]
    assert [httpx.get(link).json()["result"] for link in links] == [1, 2]


def test_frost_sta_client_is_told_what_is_wrong(frost, caplog):
    with pytest.raises(Exception, match="400"):
        frost.things().query().filter("nam eq 'x'").list()
    assert "Did you mean 'name'" in caplog.text


def provider(url: str, entity: str, **more: Any) -> Any:
    made: Any = sensorthings.SensorThingsProvider
    return made({"name": "SensorThings", "type": "feature", "data": url, "entity": entity, **more})


@pytest.mark.parametrize(
    ("entity", "count", "inside"),
    [("Things", 4, ["lot-1", "spot-1"]), ("Datastreams", 3, ["lot-1/available_spot_number", "lot-1/occupancy_hour"])],
)
def test_pygeoapi_makes_features(url, entity, count, inside):
    asked = provider(url, entity)
    assert asked.query(resulttype="hits")["numberMatched"] == count
    features = asked.query(limit=10)["features"]
    assert len(features) == count
    assert all(feature["geometry"]["type"] == "Point" for feature in features)
    one = features[0]
    assert asked.get(one["id"])["geometry"] == one["geometry"]
    chosen = asked.query(bbox=[12.05, 54.075, 12.115, 54.2])["features"]
    assert [feature["id"] for feature in chosen] == [f"'{name}'" for name in inside]


def test_pygeoapi_asks_for_observations_and_properties(url):
    asked = provider(url, "Observations", time_field="phenomenonTime")
    features = asked.query(
        limit=3, datetime_="2026-03-29T00:00:00Z/..", sortby=[{"property": "phenomenonTime", "order": "+"}]
    )["features"]
    assert [feature["properties"]["result"] for feature in features] == [350, None, 42.25]
    assert features[2]["geometry"] == {"type": "Point", "coordinates": [12.12, 54.07]}
    filtered = asked.query(properties=[("Datastream", "'bin-1/filling_level'")])["features"]
    assert [feature["properties"]["result"] for feature in filtered] == [42.25]
    properties = provider(url, "ObservedProperties").query(bbox=[12.0, 54.0, 12.105, 54.2])["features"]
    assert {feature["properties"]["name"] for feature in properties} == {"available_spot_number", "occupancy_hour"}


def test_pygeoapi_reads_on_where_a_page_was_not_enough(url):
    features = provider(url, "Observations").query(limit=6, offset=1)["features"]
    assert len(features) == 5


POLYGON = "Polygon ((12.05 54.05, 12.105 54.05, 12.105 54.2, 12.05 54.2, 12.05 54.05))"
IN_AREA = f"geo.intersects({{field}}, geography'{POLYGON}')"
IS_POINT = "(location/type eq 'Point' or location/geometry/type eq 'Point')"
QGIS = [
    ("", 1),
    ("Locations?$top=0&$count=true&$filter=" + IS_POINT, 4),
    ("Locations?$top=200&$count=false&$filter=" + IS_POINT, None),
    (f"Locations?$top=200&$count=false&$filter={IS_POINT} and ({IN_AREA.format(field='location')})", None),
    ("FeaturesOfInterest?$top=0&$count=true&$filter=(feature/type eq 'Point' or feature/geometry/type eq 'Point')", 4),
    (f"Datastreams?$top=200&$count=false&$filter={IN_AREA.format(field='observedArea')}", None),
    (
        "Locations?$top=200&$count=false&$filter=" + IS_POINT + "&$expand=Things($orderby=id asc;$top=100;"
        "$expand=Datastreams($orderby=id asc;$top=100;$expand=Observations($orderby=phenomenonTime desc;$top=1)))",
        None,
    ),
    (
        "Datastreams?$top=10&$count=false&$expand=Thing($expand=Locations),Observations($top=5;$filter=result gt 1)",
        None,
    ),
]
"""qgis/QGIS: src/core/providers/sensorthings/qgssensorthingsprovider.cpp, qgssensorthingsutils.cpp."""
AIRBREAK = [
    ("Things?$top=2147483647&$orderby=@iot.id asc", None),
    ("Locations?$top=2147483647&$expand=Things($expand=Datastreams($select=@iot.id,name))", None),
    (f"Locations?$filter=st_intersects(location, geography'{POLYGON}')&$count=true", 1),
    ("Datastreams('lot-1/available_spot_number')/Observations?$top=2147483647&$orderby=phenomenonTime desc", None),
]
"""The AirBreak QGIS plugin, as ../shared describes it: huge $top, st_intersects, ids ascending."""
SPAN = "phenomenonTime ge 2026-03-29T00:00:00.000Z and phenomenonTime le 2026-03-29T00:10:00.000Z"
SERIES = "$select=phenomenonTime,result&$top=1000&$orderby=phenomenonTime asc"
GRAFANA = [
    ("Things?$select=@iot.id,name&$filter=startswith(name,'H')&$top=1000", None),
    ("Things('lot-1')/Datastreams?$expand=ObservedProperty&$top=1000", None),
    (f"Datastreams('lot-1/available_spot_number')/Observations?$filter={SPAN}&{SERIES}", None),
]
"""FraunhoferIOSB/frost-sensorthings-datasource: src/datasource.ts."""


@pytest.mark.parametrize(("request_", "count"), [*QGIS, *AIRBREAK, *GRAFANA])
def test_requests_of_other_clients_are_answered(url, request_, count):
    path, _, query = request_.partition("?")
    answer = httpx.get(f"{url}/{path}?{query}".rstrip("?/"))
    document = answer.json()
    assert answer.status_code == 200, document
    if "$top=0" in query:
        assert (document["@iot.count"], document["value"]) == (count, [])
    elif path:
        assert document["value"]


def test_what_these_clients_read_is_there(url):
    root = httpx.get(url).json()
    assert {"name", "url"} == set(root["value"][0])
    area = httpx.get(f"{url}/Locations?$filter={IN_AREA.format(field='location')}&$expand=Things").json()["value"]
    assert [(one["@iot.id"], one["Things"][0]["name"]) for one in area] == [("lot-1", "Harbour")]
    series = httpx.get(f"{url}/{GRAFANA[2][0]}").json()["value"]
    assert [one["result"] for one in series] == [350, 340]
    page = httpx.get(f"{url}/Things?$top=3").json()
    again = httpx.get(
        f"{url}/Things{page['@iot.nextLink'].partition('?')[2] and '?' + page['@iot.nextLink'].partition('?')[2]}"
    )
    assert [one["@iot.id"] for one in again.json()["value"]] == ["spot-1"]
