"""What is refused, each in its kind: nothing is overlooked, and every refusal has a ``message``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from api.sta import history, newest
from api.sta import telling as telling_module

if TYPE_CHECKING:
    from tests.api.city import Client

ROOT = "/sta/v1.1"
pytestmark = pytest.mark.parametrize("empty", ["memory"], indirect=True)

UNSUPPORTED = [
    ("Things?$search=x", "$search"),
    ("Things?$fliter=x", "Did you mean '$filter'"),
    ("Things?limit=5", "'limit'"),
    ("Things?$resultFormat=xml", "xml"),
    ("Things?$resultFormat=CSV", "CSV of Things"),
    ("Observations?$resultFormat=GeoJSON", "GeoJSON of Observations"),
    ("Observations?$resultFormat=CSV&$expand=Datastream", "$expand with"),
    ("Things('lot-1')?$resultFormat=GeoJSON", "one entity"),
    ("Things?$expand=Datastreams($levels=2)", "$levels"),
    ("Things?$filter=geo.length(name) gt 1", "geo.length()"),
    ("Things?$filter=startwith(name,'x')", "Did you mean 'startswith'"),
    ("Datastreams?$filter=Observations/result gt 1", "filter by what is observed"),
    ("Things?$filter=Datastreams/name eq name", "comparison"),
    ("Things?$orderby=Datastreams/name", "many"),
    ("Things?$skiptoken=abc", "$skiptoken"),
    ("Things?$select=properties/capacity", "as a whole"),
    ("MultiDatastreams", "'MultiDatastreams'"),
    ("?$top=1", "root"),
]
WRONG = [
    ("Things?$filter=", "$filter is wrong at character 1"),
    ("Things?$filter=nam eq 'x'", "Did you mean 'name'"),
    ("Things?$filter=name", "expected is a truth"),
    ("Things?$filter=name eq 5", "in quotes"),
    ("Things?$filter=name gt null", "null is neither"),
    ("Things?$filter=true gt false", "a truth is neither"),
    ("Things?$filter=properties eq 'x'", "is an object"),
    ("Things?$filter=Datastreams/phenomenonTime/x eq 1", "phenomenonTime has no 'x'"),
    ("Datastreams?$filter=Thing eq 'x'", "name one of its properties"),
    ("Datastreams?$filter=Thing/nme eq 'x'", "Did you mean 'name'"),
    ("Locations?$filter=location eq 'x'", "cannot be compared"),
    ("Locations?$filter=st_within(location,geography'POLYGON((1 2')", "no well-known text"),
    ("Locations?$filter=st_within(location,geography'SRID=25833;POINT(1 2)')", "another reference system"),
    ("Locations?$filter=st_within(location)", "takes 2 values, and is given 1"),
    ("Locations?$filter=st_within(location,'x')", "takes a geometry, and is given a text"),
    ("Locations?$filter=location/foo eq 'x'", "location has no 'foo'"),
    ("Things?$filter=name add 1 eq 2", "has no meaning"),
    ("Things?$filter=-name eq 2", "has no negative"),
    ("Things?$orderby=name up", "$orderby"),
    ("Locations?$orderby=location", "no order"),
    ("Things?$top=-1", "$top"),
    ("Things?$top=x", "$top"),
    ("Things?$skip=1.5", "$skip"),
    ("Things?$count=yes", "$count"),
    ("Things?$top=1&$top=2", "given twice"),
    ("Things?$select=nme", "Did you mean 'name'"),
    ("Things?$expand=Datastream", "Did you mean 'Datastreams'"),
    ("Observations?$expand=Datastream($top=1)", "is one"),
    ("Things?$expand=Datastreams/Thing/Datastreams/Thing/Datastreams/Thing/Datastreams", "behind each other"),
    ("Things?$expand=Datastreams($filter=nam eq 1)", "$expand is wrong at character 21"),
    ("Things/Datastreams", "by its id"),
    ("Things/name", "by its id"),
    ("Things('lot-1", "the path is wrong at character 1"),
    ("Things('lot-1')/$value", "behind a property"),
    ("Things('lot-1')/name/$ref", "$ref behind entities"),
    ("Things('lot-1')/name('x')", "leads nowhere"),
    ("Observations('lot-1/occupancy_hour/1774738800000')/Datastream('x')", "is one already"),
    ("Observations?$skiptoken=abc", "not one of this list"),
    ("Observations?$skip=100001", "passes over"),
    ("Observations?$filter=resultQuality/tests eq 1", "resultQuality has no 'tests'"),
    ("Observations?$filter=resultQuality eq 1", "resultQuality is an object"),
]
MISSING = [
    ("Thing", "Did you mean 'Things'"),
    ("Things('lot-2')", "Did you mean 'lot-1'"),
    ("Things(5)", "no Thing '5'"),
    ("Things('lot-1')/Datastreams('bin-1/filling_level')", "no Datastream"),
    ("Things('lot-1')/nme", "Did you mean 'name'"),
    ("Things('lot-1')/properties/foo", "no value of properties/foo"),
    ("Observations('lot-1/occupancy_hour/1')", "has none at that time"),
    ("Observations('lot-1')", "is called"),
    ("Datastreams('bin-1/filling_level')/Observations('lot-1/occupancy_hour/1774738800000')", "no Observation"),
]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        *((query, 501, says) for query, says in UNSUPPORTED),
        *((query, 400, says) for query, says in WRONG),
        *((query, 404, says) for query, says in MISSING),
    ],
)
def test_a_refusal_says_what_and_where(client: Client, query, status, says):
    path, _, options = query.partition("?")
    answer = client.get(f"{ROOT}/{quote(path)}?{quote(options, safe='$&=')}" if options else f"{ROOT}/{quote(path)}")
    document = answer.json()
    assert answer.status_code == status, document
    assert says in document["message"]
    assert document["message"] == document["detail"]


def test_a_query_may_be_long_but_not_endless(client: Client):
    assert client.get(f"{ROOT}/Things?$filter=name eq '{'x' * 7000}'").status_code == 200
    assert "at most 8000" in client.get(f"{ROOT}/Things?$filter=name eq '{'x' * 8000}'").json()["message"]
    assert client.get(f"{ROOT}/Things?$filter=name eq '{'x' * 17000}'").status_code == 414


def test_other_methods_are_refused_with_a_message(client: Client):
    answer = client.ask("DELETE", f"{ROOT}/Things('lot-1')")
    assert (answer.status_code, "does not answer DELETE" in answer.json()["message"]) == (405, True)


def test_work_has_limits(client: Client, monkeypatch):
    monkeypatch.setattr(history, "MOST_SORTED", 2)
    assert "another order" in client.get(f"{ROOT}/Observations?$orderby=result").json()["message"]
    monkeypatch.setattr(history, "MOST_COUNTED", 2)
    assert "span of time" in client.get(f"{ROOT}/Observations?$count=true&$filter=result gt 1").json()["message"]
    monkeypatch.setattr(newest, "MOST_LISTS", 1)
    answer = client.get(f"{ROOT}/Datastreams?$expand=Observations($top=2)")
    assert "one by one" in answer.json()["message"]
    monkeypatch.setattr(telling_module, "MOST_TOLD", 1)
    assert "told along" in client.get(f"{ROOT}/Things?$expand=Datastreams").json()["message"]


def test_an_answer_is_not_written_at_any_length(client: Client, monkeypatch):
    asked = f"{ROOT}/Datastreams?$expand=Thing($expand=Datastreams($expand=Observations($top=3)))"
    written = len(client.get(asked).content)
    monkeypatch.setattr(telling_module, "MOST_BYTES", written // 2)
    answer = client.get(asked)
    assert (answer.status_code, "lower $top" in answer.json()["message"]) == (413, True)
    monkeypatch.setattr(telling_module, "MOST_BYTES", written)
    assert client.get(asked).status_code == 200


def test_a_page_that_looks_at_too_much_goes_on(client: Client, monkeypatch):
    monkeypatch.setattr(history, "MOST_SEEN", 1)
    monkeypatch.setattr(history, "LEAST_AT_ONCE", 1)
    found, following = [], f"{ROOT}/Observations?$filter=result gt 100 and result lt 345&$select=result"
    pages = 0
    while following:
        document = client.json(following)
        found += document["value"]
        following = document.get("@iot.nextLink", "").removeprefix("http://city")
        pages += 1
    assert found == [{"result": 331.5}, {"result": 340}]
    assert pages > 1
