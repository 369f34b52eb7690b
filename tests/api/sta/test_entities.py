"""The eight entity sets over HTTP: what is told, how they hang together, pages, properties, other forms."""

from __future__ import annotations

import csv
import io
import json
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from api.sta.sets import SETS
from sensors.model import Device, Thing

if TYPE_CHECKING:
    from api.services import Services
    from tests.api.city import Client

ROOT = "/sta/v1.1"
FREE = "Datastreams('lot-1/available_spot_number')"


def get(client: Client, path: str) -> dict[str, Any]:
    return client.json(f"{ROOT}/{path}")


def ids(document: dict[str, Any]) -> list[str]:
    return [one["@iot.id"] for one in document["value"]]


def local(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def walked(client: Client, path: str) -> list[list[dict[str, Any]]]:
    """Follow next links to the end."""
    pages, following = [], f"{ROOT}/{path}"
    while following:
        document = client.json(following)
        pages.append(document["value"])
        following = local(document["@iot.nextLink"]) if "@iot.nextLink" in document else ""
    return pages


def test_the_root_names_sets_and_conformance(client: Client):
    document = client.json(ROOT)
    assert {one["name"]: local(one["url"]) for one in document["value"]} == {name: f"{ROOT}/{name}" for name in SETS}
    conformance = document["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel" in conformance
    assert not any("multi-datastream" in name for name in conformance)
    assert client.json(f"{ROOT}/") == document


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Things", ["bin-1", "lot-1", "meter-1", "spot-1"]),
        ("Locations", ["bin-1", "lot-1", "meter-1", "spot-1"]),
        ("FeaturesOfInterest", ["bin-1", "lot-1", "meter-1", "spot-1"]),
        ("HistoricalLocations", ["bin-1", "lot-1"]),
        ("Datastreams", ["bin-1/filling_level", "lot-1/available_spot_number", "lot-1/occupancy_hour"]),
        ("Sensors", ["indicator/occupancy", "kind/waste_container", "model/plain"]),
    ],
)
def test_every_set_is_listed_and_every_entity_found_by_its_link(client: Client, name, known):
    document = get(client, f"{name}?$count=true")
    assert (ids(document), document["@iot.count"]) == (known, len(known))
    for entity in document["value"]:
        assert client.json(local(entity["@iot.selfLink"])) == entity


def test_every_link_leads_somewhere(client: Client):
    for name, declared in SETS.items():
        entity = get(client, f"{name}?$top=1")["value"][0]
        assert {key for key in entity if key.endswith("navigationLink")} == {
            f"{relation}@iot.navigationLink" for relation in declared.relations
        }
        for relation, leads in declared.relations.items():
            found = client.json(local(entity[f"{relation}@iot.navigationLink"]))
            assert ("value" in found) == leads.many
            expanded = get(client, f"{name}?$top=1&$expand={relation}")["value"][0][relation]
            assert (expanded == found["value"][:1] or leads.to != "Observations") if leads.many else expanded == found


def test_a_thing_tells_its_register(client: Client):
    thing = get(client, "Things('lot-1')")
    assert (thing["name"], thing["description"]) == ("Harbour", "Car park of car-parks in Stadtmitte")
    assert thing["properties"] == {
        "capacity": 350,
        "kind": "parking_lot",
        "domain": "parking",
        "operator": "car-parks",
        "district": "Stadtmitte",
        "public": True,
    }
    assert get(client, "Locations('lot-1')")["location"] == {"type": "Point", "coordinates": [12.1, 54.09]}


def test_a_datastream_tells_unit_and_span(client: Client):
    free = get(client, FREE)
    assert free["name"] == "Harbour: Free spaces"
    assert free["unitOfMeasurement"]["symbol"] == "{space}"
    assert free["unitOfMeasurement"]["definition"] == "http://www.opengis.net/def/uom/UCUM/0/%7Bspace%7D"
    assert free["phenomenonTime"] == "2026-03-29T00:00:00.000Z/2026-03-29T00:20:00.007Z"
    hour = get(client, "Datastreams('lot-1/occupancy_hour')")
    assert hour["phenomenonTime"] == "2026-03-28T23:00:00.000Z/2026-03-29T01:00:00.000Z"
    assert (hour["properties"]["indicator"], hour["properties"]["window"]) == ("occupancy", "hour")
    assert hour["properties"]["derived"]


def test_observations_tell_how_good_they_are(client: Client):
    known, missing = get(client, "Datastreams('lot-1/occupancy_hour')/Observations?$orderby=phenomenonTime asc")[
        "value"
    ]
    assert known["phenomenonTime"] == "2026-03-28T23:00:00.000Z/2026-03-29T00:00:00.000Z"
    assert known["resultQuality"] == {"flag": 1, "name": "good", "coverage": 0.9, "samples": 6, "revision": 1}
    assert (missing["result"], missing["resultQuality"]["flag"]) == (None, 9)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Things('lot-1')/name", {"name": "Harbour"}),
        ("Things('lot-1')/properties/capacity", {"capacity": 350}),
        (f"{FREE}/unitOfMeasurement/symbol", {"symbol": "{space}"}),
        (f"{FREE}/Thing/Locations('lot-1')/location", {"location": {"type": "Point", "coordinates": [12.1, 54.09]}}),
        ("Things('lot-1')/id", {"id": "lot-1"}),
    ],
)
def test_a_property_is_told_alone(client: Client, path, value):
    assert get(client, path) == value


def test_a_value_is_told_bare(client: Client):
    answer = client.get(f"{ROOT}/Things('lot-1')/name/$value")
    assert (answer.text, answer.headers["content-type"]) == ("Harbour", "text/plain; charset=utf-8")
    assert client.get(f"{ROOT}/Things('lot-1')/properties/capacity/$value").text == "350"
    assert get(client, "Things('lot-1')/$ref") == {"@iot.selfLink": "http://city/sta/v1.1/Things('lot-1')"}
    assert get(client, f"{FREE}/Observations/$ref?$top=1")["value"] == [
        {"@iot.selfLink": "http://city/sta/v1.1/Observations('lot-1/available_spot_number/1774743600007')"}
    ]


def test_the_newest_come_first_and_pages_hold_each_once(client: Client):
    everything = get(client, "Observations")["value"]
    starts = [one["phenomenonTime"].partition("/")[0] for one in everything]
    assert starts == sorted(starts, reverse=True)
    pages = walked(client, "Observations?$top=2&$count=true")
    assert [len(page) for page in pages] == [2, 2, 2]
    assert list(chain(*pages)) == everything
    backwards = walked(client, "Observations?$top=4&$orderby=phenomenonTime")
    assert backwards[0][0]["@iot.id"] == "lot-1/occupancy_hour/1774738800000"


def test_pages_of_things_keep_top(client: Client):
    document = get(client, "Things?$top=3&$count=true&$select=name")
    assert local(document["@iot.nextLink"]) == f"{ROOT}/Things?$top=3&$count=true&$select=name&$skip=3"
    assert [len(page) for page in walked(client, "Things?$top=3")] == [3, 1]
    assert "@iot.nextLink" not in get(client, "Things?$top=0")


def test_top_is_capped_and_goes_on(client: Client, services: Services):
    services.catalogue.put(
        Thing(id=f"many-{n:04}", name=f"{n}", kind="weather_station", longitude=12, latitude=54) for n in range(1200)
    )
    pages = walked(client, "Things?$top=2147483647&$orderby=@iot.id asc")
    assert [len(page) for page in pages] == [1000, 204]


def test_expands_nest_and_keep_their_options(client: Client):
    thing = get(
        client,
        "Things('lot-1')?$select=name&$expand=Datastreams($select=name;$orderby=name desc;$count=true;"
        "$expand=Observations($top=2;$orderby=phenomenonTime asc;$select=result;$count=true),Sensor($select=name))",
    )
    assert thing["name"] == "Harbour"
    assert thing["Datastreams@iot.count"] == 2
    hour, free = thing["Datastreams"]
    assert (free["name"], free["Sensor"]) == ("Harbour: Free spaces", {"name": "Flat JSON, fields named as properties"})
    assert free["Observations"] == [{"result": 350}, {"result": 340}]
    assert (free["Observations@iot.count"], hour["Observations@iot.count"]) == (3, 2)
    assert client.json(local(free["Observations@iot.nextLink"]))["value"] == [{"result": 331.5}]
    assert "Observations@iot.nextLink" not in hour


def test_what_is_told_along_is_the_newest_where_nothing_is_said(client: Client):
    document = get(client, "Things?$expand=Datastreams($expand=Observations($select=result))")
    told = {stream["@iot.id"]: stream["Observations"] for thing in document["value"] for stream in thing["Datastreams"]}
    assert told == {
        "bin-1/filling_level": [{"result": 42.25}],
        "lot-1/available_spot_number": [{"result": 331.5}],
        "lot-1/occupancy_hour": [{"result": None}],
    }
    (place,) = get(client, "FeaturesOfInterest?$filter=id eq 'lot-1'&$expand=Observations($select=@iot.id)")["value"]
    assert place["Observations"] == [{"@iot.id": "lot-1/available_spot_number/1774743600007"}]


def test_of_what_is_told_along_the_newest_that_a_filter_admits(client: Client):
    for form in ("", "$top=1;$orderby=phenomenonTime desc;", "$top=1;$count=true;"):
        expand = f"Observations({form}$filter=result lt 345 and resultQuality/flag eq 1;$select=result)"
        document = get(client, f"Datastreams?$select=@iot.id&$expand={expand}")
        told = {stream["@iot.id"]: stream["Observations"] for stream in document["value"]}
        assert told["lot-1/available_spot_number"] == [{"result": 340}]
        assert told["lot-1/occupancy_hour"] == [{"result": 0.1}]


def test_lists_within_go_on_behind_their_link(client: Client):
    (thing,) = get(client, "Things?$filter=id eq 'lot-1'&$expand=Datastreams($top=1;$select=name)")["value"]
    assert [stream["name"] for stream in thing["Datastreams"]] == ["Harbour: Free spaces"]
    rest = client.json(local(thing["Datastreams@iot.nextLink"]))
    assert [stream["name"] for stream in rest["value"]] == ["Harbour: Occupancy, hour"]


def test_data_arrays(client: Client):
    document = get(client, "Observations?$resultFormat=dataArray&$select=id,result,phenomenonTime&$count=true&$top=4")
    assert document["@iot.count"] == 6
    assert "$resultFormat=dataArray" in document["@iot.nextLink"]
    free, bin_, *_ = document["value"]
    assert free["components"] == ["id", "phenomenonTime", "result"]
    assert local(free["Datastream@iot.navigationLink"]) == f"{ROOT}/{FREE}"
    assert [row[2] for row in free["dataArray"]] == [331.5, 340, 350]
    assert free["dataArray@iot.count"] == 3
    assert bin_["dataArray"] == [["bin-1/filling_level/1774742700000", "2026-03-29T00:05:00.000Z", 42.25]]


def test_csv_has_a_line_for_each_and_a_link(client: Client):
    answer = client.get(f"{ROOT}/{FREE}/Observations?$resultFormat=CSV&$top=2&$count=true")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["result"] for row in rows] == ["331.5", "340"]
    assert [row["resultQuality/flag"] for row in rows] == ["3", "1"]
    assert answer.headers["iot-count"] == "3"
    assert 'rel="next"' in answer.headers["link"]


def test_geojson_of_what_has_a_place(client: Client):
    document = get(client, "Locations?$resultFormat=GeoJSON&$expand=Things($select=name)")
    lot = next(feature for feature in document["features"] if feature["id"] == "lot-1")
    assert lot["geometry"] == {"type": "Point", "coordinates": [12.1, 54.09]}
    assert lot["properties"]["Things"] == [{"name": "Harbour"}]


def test_sensors_are_the_devices_that_tell(client: Client, services: Services):
    bin_ = next(thing for thing in services.catalogue.things() if thing.id == "bin-1")
    services.catalogue.put([], [Device(id="eui-1", model="milesight_em310_udl", thing=bin_)])
    sensor = get(client, "Datastreams('bin-1/filling_level')/Sensor")
    assert sensor["@iot.id"] == "model/milesight_em310_udl"
    assert sensor["properties"] == {"model": "milesight_em310_udl", "vendor": "Milesight"}


def test_what_comes_later_is_there_at_once(client: Client, services: Services):
    from sensors.model import Batch, Datastream  # noqa: PLC0415

    assert client.get(f"{ROOT}/Datastreams('spot-1/occupied')").status_code == 404
    services.store.write(Batch.of((Datastream("spot-1", "occupied"),), [0], ["2026-03-29T00:00:00"], [1.0]))
    assert get(client, "Datastreams('spot-1/occupied')/Observations")["value"][0]["result"] == 1
    services.catalogue.put([Thing(id="o'hara (1)", name="x", kind="parking_lot", longitude=1, latitude=2)])
    answer = client.get(f"{ROOT}/Things?$filter=id eq 'o''hara (1)'")
    (thing,) = json.loads(answer.text)["value"]
    assert thing["@iot.selfLink"].endswith("/Things('o%27%27hara%20%281%29')")
    assert client.json(local(thing["@iot.selfLink"])) == thing


def test_an_empty_platform(stranger: Client):
    for name in set(SETS) - {"ObservedProperties"}:
        assert get(stranger, f"{name}?$count=true") == {"@iot.count": 0, "value": []}
    assert get(stranger, "Observations?$resultFormat=dataArray&$filter=result gt 1") == {"value": []}
    assert get(stranger, "Things?$filter=st_within(Locations/location,geography'POINT(1 2)')")["value"] == []
