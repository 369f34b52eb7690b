"""Who asks for what, in which format: every endpoint of the OpenAPI document, every role, and the ways around.

What must not be seen is in the city as names and numbers that stand nowhere else; an answer that holds one of them has
told it, whatever else it is. A path that this file does not know fails, until somebody has said who may ask it.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet
import pytest
from websockets.sync.client import connect

from api.access import CITY, PUBLIC, Tenant
from sensors.model import Datastream
from tests.api.estate import ALERTS, BATTERY, GROUPS, HOUSEHOLDS, STREAMS, THINGS, Estate, estate, secret_of
from tests.api.listening import listening, serving
from tests.api.test_view import THINGS as SEES
from tests.api.test_view import expected

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ROLES = {
    "public": PUBLIC,
    "reader": Tenant("PGR"),
    "pgr": Tenant("PGR"),
    "sw": Tenant("SW"),
    "city": CITY,
    "installation": CITY,
}
EVERYBODY = set(ROLES)
KEYS = EVERYBODY - {"public"}
ADMINISTRATORS = KEYS - {"reader"}
CITYS = {"city", "installation"}
MAY = {
    "GET /v1/things": EVERYBODY,
    "GET /v1/things/{id}": EVERYBODY,
    "GET /v1/datastreams": EVERYBODY,
    "GET /v1/latest": EVERYBODY,
    "GET /v1/observations": EVERYBODY,
    "GET /v1/aggregates": EVERYBODY,
    "GET /v1/queries/{id}": EVERYBODY,
    "GET /v1/queries/{id}/rows": EVERYBODY,
    "GET /v1/stream": EVERYBODY,
    "GET /v1/indicators": EVERYBODY,
    "GET /v1/forecasts": EVERYBODY,
    "GET /v1/kinds": EVERYBODY,
    "GET /v1/explain": EVERYBODY,
    "GET /v1/health": EVERYBODY,
    "GET /v1/session": EVERYBODY,
    "POST /v1/session": EVERYBODY,
    "DELETE /v1/session": EVERYBODY,
    "GET /open": EVERYBODY,
    "GET /open/{feed}/{document}": EVERYBODY,
    "GET /sta/v1.1": EVERYBODY,
    "GET /sta/v1.1/{path}": EVERYBODY,
    "POST /sta/v1.1/{path}": ADMINISTRATORS,
    "GET /v1/devices": KEYS,
    "GET /v1/alerts": KEYS,
    "GET /v1/alerts/changes": KEYS,
    "GET /v1/alerts/stream": KEYS,
    "GET /v1/alerts/schema": KEYS,
    "GET /v1/alerts/silences": KEYS,
    "GET /v1/alerts/rules": KEYS,
    "GET /v1/alerts/rules/{name}": KEYS,
    "GET /v1/alerts/{key}": KEYS,
    "GET /v1/rehearsal": KEYS,
    "GET /v1/visits": KEYS,
    "GET /v1/collection": KEYS,
    "GET /v1/blocked": KEYS,
    "POST /v1/alerts/{key}/acknowledge": ADMINISTRATORS,
    "POST /v1/alerts/silences": ADMINISTRATORS,
    "DELETE /v1/alerts/silences/{id}": ADMINISTRATORS,
    "GET /v1/quarantine": ADMINISTRATORS,
    "GET /v1/quarantine/{id}": ADMINISTRATORS,
    "GET /v1/quarantine/proposals": ADMINISTRATORS,
    "GET /v1/quarantine/proposals/{device}": ADMINISTRATORS,
    "GET /v1/audit": ADMINISTRATORS,
    "GET /v1/quarantine/replays/{id}": ADMINISTRATORS,
    "POST /v1/quarantine/replays": ADMINISTRATORS,
    "PUT /v1/things/{id}": ADMINISTRATORS,
    "PATCH /v1/things/{id}": ADMINISTRATORS,
    "DELETE /v1/things/{id}": ADMINISTRATORS,
    "POST /v1/things/{id}/calibrations": ADMINISTRATORS,
    "POST /v1/devices/{id}/assignments": ADMINISTRATORS,
    "POST /v1/devices/{id}/end": ADMINISTRATORS,
    "PUT /v1/alerts/rules/{name}": CITYS,
    "DELETE /v1/alerts/rules/{name}": CITYS,
    "GET /v1/ledger": CITYS,
    "GET /metrics": CITYS,
}
"""Who may ask at all; what they are told is another matter. A role that may not is refused with 401 or 403."""

SPAN = "from=2026-05-01&to=2026-07-01"
NAMES = {
    "/v1/things/{id}": [one.id for one in THINGS],
    "/v1/alerts/{key}": [f"{rule}/{about}" for rule, about, _ in ALERTS],
    "/v1/alerts/{key}/acknowledge": [f"{rule}/{about}" for rule, about, _ in ALERTS],
    "/v1/alerts/rules/{name}": ["car_park_full"],
    "/v1/things/{id}/calibrations": [one.id for one in THINGS],
    "/v1/devices/{id}/assignments": [f"dev-{one.id}" for one in THINGS],
    "/v1/devices/{id}/end": [f"dev-{one.id}" for one in THINGS],
    "/v1/quarantine/replays/{id}": ["1", "2"],
    "/v1/alerts/silences/{id}": ["1"],
    "/v1/quarantine/{id}": ["1", "2", "3", "4"],
    "/v1/quarantine/proposals/{device}": ["who-knows", "dev-meter-w7q"],
    "/v1/queries/{id}": ["aaaaaaaaaaaaaaaaaaaa"],
    "/v1/queries/{id}/rows": ["aaaaaaaaaaaaaaaaaaaa"],
    "/open/{feed}/{document}": ["geojson/parking.geojson", "geojson/energy.geojson", "parkapi/Rostock.json"],
    "/sta/v1.1/{path}": [
        *("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties"),
        *("Observations", "FeaturesOfInterest"),
        *(f"Things('{one.id}')/Datastreams" for one in THINGS),
        *(f"Datastreams('{stream.name}')/Observations" for stream in STREAMS),
        *(f"Datastreams('{stream.name}')" for stream in STREAMS),
    ],
}
ASKED = {
    "/v1/observations": [SPAN, *(f"thing={one.thing}&property={one.observed_property}&{SPAN}" for one in STREAMS)],
    "/v1/aggregates": [
        f"property={name}&step=day&function={function}&{SPAN}{group}"
        for name in ("total_active_energy_import", "energy_day", "available_spot_number")
        for function in ("count", "max")
        for group in ("", "&group=district", "&group=operator", "&group=city")
    ],
    "/v1/latest": ["", *(f"thing={one.id}" for one in THINGS), "operator=SW", "district=Mitte", "kind=energy_meter"],
    "/v1/datastreams": ["", "operator=SW", "limit=2", *(f"thing={one.id}" for one in THINGS)],
    "/v1/things": ["", "operator=SW", "limit=2", "fields=id,operator", "kind=energy_meter"],
    "/v1/explain": [f"thing={one.thing}&property=energy_day&at=2026-06-02T12:00:00Z" for one in STREAMS if one.derived],
    "/v1/forecasts": [f"thing={one.id}" for one in THINGS],
    "/v1/rehearsal": [f"rule=base_load_anomaly&{SPAN}", f"rule=meter_silent&{SPAN}"],
    "/v1/devices": ["", *(f"device=dev-{one.id}" for one in THINGS)],
    "/v1/quarantine": ["", "device=dev-home-1", "reason=not_json", "limit=1"],
    "/v1/alerts": ["state=all&grouped=true", "operator=SW", "operator=PGR", "thing=home-1&state=all", "limit=1"],
    "/v1/alerts/changes": ["since_sequence=0", "operator=SW", "limit=1", *(f"thing={one.id}" for one in THINGS)],
    "/sta/v1.1/{path}": [
        "",
        "$count=true&$top=3",
        "$resultFormat=dataArray",
        "$resultFormat=CSV",
        "$resultFormat=GeoJSON",
        "$expand=Datastreams($expand=Observations($top=1))",
        "$filter=substringof('home-', name) or @iot.id eq 'meter-w7q'",
        "$orderby=@iot.id desc&$top=2",
    ],
}
"""Queries by path, beside none and every format."""
SILENT = {"since": "2098-12-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}
BODIES = {
    "/v1/alerts/{key}/acknowledge": {"who": "desk"},
    "/v1/alerts/silences": {**SILENT, "who": "desk", "rule": "r"},
    "/v1/alerts/rules/{name}": {"who": "desk", "enabled": True},
    "/v1/session": {"key": "nonsense"},
    "/sta/v1.1/{path}": {"result": 1, "Datastream": {"@iot.id": "meter-w7q/total_active_energy_import"}},
    "/v1/things/{id}": {"kind": "energy_meter", "location": {"longitude": 12.1, "latitude": 54.1}, "operator": "PGR"},
    "/v1/things/{id}/calibrations": {"since": "2026-01-01T00:00:00Z", "properties": {"household": False}},
    "/v1/devices/{id}/assignments": {"thing": "lot-open", "model": "plain"},
    "/v1/devices/{id}/end": {},
    "/v1/quarantine/replays": {"device": "dev-meter-w7q"},
}
OBSERVED_AT_HOME = Datastream("home-1", "total_active_energy_import")
ENDLESS = {"/v1/stream", "/v1/alerts/stream"}


@pytest.fixture(scope="module")
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method.upper(), path, told) for path, item in document["paths"].items() for method, told in item.items()]


def requests(method: str, path: str, told: dict[str, Any]) -> Iterator[str]:
    """Give every address at which an operation is asked."""
    assert "{" not in path or path in NAMES, f"name something for {path} to be asked about"
    places = [re.sub(r"\{.*", "", path) + quote(name, safe="/'():,") for name in NAMES.get(path, ())] or [path]
    if path.rpartition("}/")[1]:
        places = [f"{place}/{path.rpartition('/')[2]}" for place in places]
    queries = ASKED.get(path, [""]) if method == "GET" else [""]
    named = {one["name"]: one["schema"] for one in told.get("parameters", []) if one["in"] == "query"}
    needed = {one["name"] for one in told.get("parameters", []) if one["in"] == "query" and one.get("required")}
    assert not needed or path in ASKED, f"say what {path} is to be asked"
    forms = [f"format={name}" for name in _options(named["format"])] if "format" in named else []
    for place in places:
        for number, query in enumerate(queries):
            yield f"{place}?{query}"
            yield from (f"{place}?{query}&{form}" for form in forms if number < 4 and "limit=" not in query)


def _options(schema: dict[str, Any]) -> list[str]:
    found: list[str] = schema.get("enum") or next((one["enum"] for one in schema.get("anyOf", ()) if "enum" in one), [])
    return [name for name in found if name != "json"]


def text_of(answer: httpx.Response) -> str:
    """Write what an answer holds as text, whatever its format."""
    kind = answer.headers.get("content-type", "")
    if answer.status_code == 200 and "parquet" in kind:
        return f"{pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()}"
    if answer.status_code == 200 and "arrow" in kind:
        return f"{pa.ipc.open_stream(answer.content).read_all().to_pylist()}"
    return answer.text


def told(text: str, asked: str, tenant: Tenant) -> set[str]:
    """Give what a text tells that a tenant must not know; names that were in the question are no news."""
    seen = expected(tenant)
    numbers = {f"{secret_of(stream):.2f}" for stream in STREAMS if stream not in seen}
    names = {one.id for one in THINGS if one.id not in SEES[tenant]} | {f"{one.id}!" for one in THINGS} - {
        f"{name}!" for name in SEES[tenant]
    }
    payloads = {f"payload of dev-{name}" for name in HOUSEHOLDS}
    return {one for one in numbers | names | payloads if one in text and one not in asked}


def refused(answer: httpx.Response, role: str) -> None:
    assert answer.status_code == (401 if role == "public" else 403), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_operation_has_a_row_here(city: Estate):
    document = city.client.json("/openapi.json")
    assert {f"{method} {path}" for method, path, _ in operations(document)} == set(MAY)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_told_to_whom_it_is_not_for(role: str):
    """Ask everything there is in every format, as everybody; what may be changed is changed on the way."""
    with estate() as city:
        asked = _ask_everything(city, role)
    assert asked > 350


def _ask_everything(city: Estate, role: str) -> int:
    asked = 0
    for method, path, about in operations(city.client.json("/openapi.json")):
        if path in ENDLESS:
            continue
        for url in requests(method, path, about):
            body = json.dumps(BODIES.get(path, {})).encode() if method in {"POST", "PUT", "PATCH"} else b""
            sent = {"content-type": "application/json"} if body else {}
            answer = city.client.send(method, url, body, **sent, **city.headers(role))
            asked += 1
            assert answer.status_code < 500 or answer.status_code == 501, (url, answer.text)
            known = (
                "\n".join(NAMES["/v1/alerts/{key}"]) if path == "/v1/audit" else f"{url} {body.decode()}"
            )  # what one has tried oneself
            assert told(text_of(answer), known, ROLES[role]) == set(), (method, url)
            if role not in MAY[f"{method} {path}"]:
                refused(answer, role)
            else:
                assert answer.status_code != 401 or path == "/v1/session", (method, url, answer.text)
    return asked


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "parquet", "arrow", "geojson"])
def test_everything_is_told_to_whom_it_is_for(city: Estate, role: str, form: str):
    """Who may see something finds it, in every format: what is told to nobody would pass the test above."""
    seen = expected(ROLES[role])
    for url in (f"/v1/latest?format={form}", f"/v1/observations?{SPAN}&format={form}"):
        text = text_of(city.client.get(url, **city.headers(role)))
        assert {stream for stream in STREAMS if f"{secret_of(stream):.2f}" in text} == seen, url
    text = text_of(city.client.get(f"/v1/things?format={form}", **city.headers(role)))
    assert {one.id for one in THINGS if f"{one.id}!" in text} == SEES[ROLES[role]]


@pytest.mark.parametrize("role", ROLES)
def test_sensorthings_tells_each_the_same_things(city: Estate, role: str):
    mine = city.headers(role)
    things = city.client.get("/sta/v1.1/Things?$count=true&$top=100", **mine).json()
    assert {one["@iot.id"] for one in things["value"]} == SEES[ROLES[role]]
    assert things["@iot.count"] == len(SEES[ROLES[role]])
    streams = {one for one in expected(ROLES[role]) if one not in GROUPS}
    found = city.client.get("/sta/v1.1/Observations?$count=true&$top=100", **mine).json()
    assert {one["result"] for one in found["value"]} == {secret_of(stream) for stream in streams}
    assert found["@iot.count"] == len(streams)


@pytest.mark.parametrize("role", ["public", "reader", "sw"])
def test_what_is_hidden_is_answered_as_what_is_not_there(city: Estate, role: str):
    """The same words, headers and status, whatever is asked of it."""
    for hidden in [one.id for one in THINGS if one.id not in SEES[ROLES[role]]]:
        for url in (
            "/v1/things/{}",
            "/v1/observations?thing={}&property=active_power",
            "/v1/latest?thing={}",
            "/v1/datastreams?thing={}",
            "/v1/explain?thing={}&property=energy_day",
            "/sta/v1.1/Things('{}')",
            "/sta/v1.1/Datastreams('{}/active_power')/Observations",
        ):
            mine = city.headers(role)
            there, nowhere = (city.client.get(url.format(name), **mine) for name in (hidden, "0" * len(hidden)))
            assert there.status_code == nowhere.status_code == 404, (url, there.text)
            assert _plain(there.text, hidden) == _plain(nowhere.text, "0" * len(hidden))
            assert {*there.headers} == {*nowhere.headers}


def _plain(text: str, name: str) -> str:
    return re.sub(r" Did you mean [^?]*\?", "", text.replace(name, "X"))


def test_households_say_why_to_who_may_know_of_them(city: Estate):
    url = "/v1/observations?thing=home-1&property=total_active_energy_import"
    for role in ("sw", "city"):
        answer = city.client.get(url, **city.headers(role))
        assert (answer.status_code, answer.json()["type"]) == (403, "/docs#household")
    assert f"{secret_of(BATTERY):.2f}" in city.client.get("/v1/latest?thing=home-1", **city.headers("sw")).text


@pytest.mark.parametrize(
    "path",
    [
        "/v1//things",
        "//v1/things",
        "/v1/things/",
        "/V1/things",
        "/v1/./audit",
        "/v1/x/../audit",
        "/v1/%61udit",
        "/v1/audit/",
        "/v1/audit;x=1",
        "/v1/audit%00",
        "/v1/audit%2f",
        "/v1/alerts%2Fchanges",
        "/v1/things/%2e%2e/audit",
        "/web/../v1/audit",
        "/web/%2e%2e/v1/audit",
        "/web//v1/audit",
        "/docs/../v1/audit",
        "/docs%2f..%2fv1%2faudit",
        "/open/../v1/audit",
        "/sta/v1.1/../../v1/audit",
        "/sta/v1.1/Things('meter-w7q')/../Things",
    ],
)
def test_no_path_leads_around(city: Estate, path: str):
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        answer = city.client.ask(method, path)
        assert told(answer.text, path, PUBLIC) == set()
        assert "PGR reads" not in answer.text
        assert answer.status_code != 200 or "things" in path or path.endswith("Things")


@pytest.mark.parametrize("role", ROLES)
def test_head_tells_what_get_tells(city: Estate, role: str):
    for url in ("/v1/things", "/v1/things/meter-w7q", "/v1/ledger", "/v1/audit", "/v1/alerts"):
        get, head = (city.client.ask(method, url, **city.headers(role)) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers.get("content-length") == get.headers.get("content-length")


def test_a_tag_of_others_is_no_key(city: Estate):
    for url in ("/v1/things", "/v1/latest", "/v1/datastreams", "/sta/v1.1/Things"):
        tag = city.client.get(url, **city.headers("city")).headers["etag"]
        assert city.client.get(url, **{"if-none-match": tag}, **city.headers("city")).status_code == 304
        assert city.client.get(url, **{"if-none-match": tag}).status_code == 200
        assert city.client.get(url, **{"if-none-match": tag}).headers["etag"] != tag


def test_a_next_link_of_others_leads_on_in_ones_own_city(city: Estate):
    for start in ("/v1/things?limit=1", "/v1/datastreams?limit=1", f"/v1/observations?{SPAN}&limit=1"):
        following = city.client.get(start, **city.headers("city")).json()["next"]
        while following:
            answer = city.client.get(following)
            assert told(answer.text, "", PUBLIC) == set()
            following = city.client.get(following, **city.headers("city")).json()["next"]
    for start in ("/v1/alerts?limit=1", "/v1/quarantine?limit=1"):
        following = city.client.get(start, **city.headers("city")).json()["next"]
        assert city.client.get(following).status_code == 401
        assert told(city.client.get(following, **city.headers("pgr")).text, "", ROLES["pgr"]) == set()


def test_counts_and_filters_tell_nothing(city: Estate):
    assert city.client.json("/v1/health")["things"] == len(SEES[PUBLIC])
    assert city.client.json("/v1/health")["datastreams"] == len(expected(PUBLIC))
    for guess in ("@iot.id eq 'meter-w7q'", "properties/operator eq 'PGR' and startswith(name,'lot-s')"):
        assert city.client.get(f"/sta/v1.1/Things?$count=true&$filter={guess}").json()["@iot.count"] == 0
    one = f"/v1/aggregates?property=total_active_energy_import&function=count&step=day&{SPAN}&group=district"
    counted = city.client.get(one, **city.headers("city")).json()
    assert sum(window["count"] for window in counted["aggregates"]) == 3  # the meters that are nobody's home


def test_a_question_is_cited_to_who_has_asked_it(city: Estate):
    """Its id shows it to nobody else, for rows and checksum tell of what there is; the public's is everybody's."""
    ids = {}
    for role in ("public", "sw", "city"):
        answer = city.client.get(f"/v1/observations?{SPAN}&format=ndjson", **city.headers(role))
        (ids[role],) = re.findall(r"/v1/queries/([a-z2-7]{20})>", answer.headers["link"])
    for owner, id_ in ids.items():
        for role, tenant in ROLES.items():
            status = 200 if owner == "public" or tenant == ROLES[owner] else 404
            for url in (f"/v1/queries/{id_}", f"/v1/queries/{id_}?check=true", f"/v1/queries/{id_}/rows?format=csv"):
                answer = city.client.get(url, **city.headers(role))
                assert answer.status_code == status, (owner, role, url, answer.text)
                assert told(text_of(answer), "", tenant) == set()


@pytest.fixture(scope="module")
def url(city: Estate) -> Iterator[str]:
    with serving(city.app) as served:
        yield served


@pytest.mark.parametrize("role", ROLES)
def test_streams_tell_each_their_own_however_they_are_resumed(city: Estate, url: str, role: str):
    mine, seen = city.headers(role), expected(ROLES[role])
    for how, resumed in (("?after=0", {}), ("", {"last-event-id": "0"}), ("?after=0&kind=energy_meter", {})):
        with listening(f"{url}/v1/stream{how}", **mine, **resumed) as listener:
            _, _, data = listener.event("observations")
        text = json.dumps(data)
        assert told(text, "", ROLES[role]) == set()
        if "kind" not in how:
            assert {one for one in STREAMS if f"{secret_of(one):.2f}" in text} == seen
    with connect(f"{url.replace('http', 'ws')}/v1/stream?after=0", additional_headers=mine) as socket:
        while "observations" not in (text := str(socket.recv(timeout=20, decode=True))):
            assert "ledger" not in text or ROLES[role].whole
        assert {one for one in STREAMS if f"{secret_of(one):.2f}" in text} == seen


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("pgr", {"car_park_full/lot-s4k"}),
        ("sw", {"base_load_anomaly/meter-w7q", "meter_silent/home-1"}),
        (
            "city",
            {
                "car_park_full/lot-s4k",
                "base_load_anomaly/meter-w7q",
                "meter_silent/home-1",
                "ledger_difference/source-1",
            },
        ),
    ],
)
def test_alerts_are_told_to_their_operator_whichever_way(city: Estate, url: str, role: str, keys: set[str]):
    mine = city.headers(role)
    listed = city.client.get("/v1/alerts?state=all&grouped=true", **mine).json()["alerts"]
    changed = city.client.get("/v1/alerts/changes?since_sequence=0", **mine).json()["changes"]
    assert {one["key"] for one in listed} == {one["key"] for one in changed} == keys
    with listening(f"{url}/v1/alerts/stream?since_sequence=0", **mine) as listener:
        streamed = {listener.event("alert")[2]["key"] for _ in keys}
    assert streamed == keys
    for rule, about, _ in ALERTS:
        status = 200 if f"{rule}/{about}" in keys else 404
        assert city.client.get(f"/v1/alerts/{rule}/{about}", **mine).status_code == status


def test_a_stream_ends_with_its_key(city: Estate, url: str):
    from storage.keys import Key  # noqa: PLC0415 - for this test alone

    key, secret = city.catalogue.keys.new(Key(name="guest", scopes=("read",)))
    with listening(f"{url}/v1/stream?after=0", authorization=f"Bearer {secret}") as listener:
        listener.event("observations")
        city.catalogue.keys.revoke(key.prefix)
        with pytest.raises(EOFError):
            listener.event("nothing of this name")


def test_a_household_stays_one_over_http_whatever_is_done_to_it():
    """Taking the mark away, or retiring the meter, would open what was read of it."""
    with estate() as other:
        for role in ("sw", "city"):
            mine = other.headers(role) | {"content-type": "application/json"}
            tag = other.client.get("/v1/things/home-1", **mine).headers["etag"]
            for said in ({"properties": {"household": False}}, {"properties": {"household": None}}):
                body = json.dumps(said).encode()
                answer = other.client.send("PATCH", "/v1/things/home-1", body, **mine, **{"if-match": tag})
                assert answer.json()["type"] == "/docs#household", answer.text
        gone = other.client.ask("DELETE", "/v1/things/home-1", **other.headers("sw"), **{"if-match": tag})
        assert gone.status_code == 204, gone.text
        anew = {"kind": "energy_meter", "location": {"longitude": 12.1, "latitude": 54.1}, "operator": "SW"}
        made = other.client.send("PUT", "/v1/things/home-1", json.dumps(anew).encode(), **mine)
        assert made.status_code == 403, made.text
        for role, tenant in ROLES.items():
            for url in ("/v1/latest", f"/v1/observations?{SPAN}&format=csv", "/v1/datastreams?limit=1000"):
                text = text_of(other.client.get(url, **other.headers(role)))
                assert told(text, "", tenant) == set()
                assert f"{secret_of(OBSERVED_AT_HOME):.2f}" not in text
