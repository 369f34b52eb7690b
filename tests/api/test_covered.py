"""A household stays covered over HTTP, whatever an insider tries; and who asks in vain is told why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.access import CITY, Tenant
from api.view import Cities
from sensors.model import Batch, Calibration, Datastream, Device, Message, Rejected
from storage.catalogue import Counts
from tests.api.estate import GROUPS as SUMS
from tests.api.estate import HOUSEHOLDS, Estate, estate, secret_of, thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

SW, PGR = Tenant("SW"), Tenant("PGR")
SPAN = "from=2026-05-01&to=2026-07-01"


@pytest.fixture
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


def send(city: Estate, role: str, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    headers = city.headers(role) | {"content-type": "application/json"}
    if path.startswith("/v1/things/") and "/calibrations" not in path:
        tag = city.client.get(path, **city.headers(role)).headers.get("etag")
        headers |= {} if tag is None else {"if-match": tag}
    return city.client.send(method, path, json.dumps(body or {}).encode(), **headers)


def refused(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#household"), answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize("role", ["sw", "city"])
def test_a_households_device_is_not_put_on_what_anybody_may_see(city: Estate, role: str):
    detail = refused(send(city, role, "POST", "/v1/devices/dev-home-1/assignments", {"thing": "school"}))
    assert "smilecity devices assign" in detail
    assert city.catalogue.devices()["dev-home-1"][-1].thing.id == "home-1"
    assert send(city, role, "POST", "/v1/devices/dev-home-1/assignments", {"thing": "home-2"}).status_code == 201


@pytest.mark.parametrize("role", ["sw", "city"])
def test_nor_is_one_that_observed_a_household_once(city: Estate, role: str):
    assert send(city, role, "POST", "/v1/devices/dev-home-1/end").status_code == 204
    assert send(city, role, "DELETE", "/v1/things/home-1").status_code == 204
    assert "dev-home-1" not in city.catalogue.devices()
    for said in ("dev-home-1", "DEV-HOME-1"):
        body = {"thing": "school", "model": "plain"}
        refused(send(city, role, "POST", f"/v1/devices/{said}/assignments", body))
    catalogue = Cities(city.services).of(CITY).services.catalogue
    with pytest.raises(Exception, match="household's thing"):
        catalogue.put([], [Device(id="dev-home-1", model="plain", thing=thing("school", "energy_meter", "SW"))])


def test_a_meter_at_a_households_plant_stays_its_own(city: Estate):
    """What refers to a household's thing is a household's, so letting go of the reference would open it."""
    city.catalogue.put([thing("roof", "pv_plant", "SW", household=True)])
    city.catalogue.put([thing("meter-w7q", "energy_meter", "SW", pv_plant="roof")])
    refused(send(city, "sw", "PATCH", "/v1/things/meter-w7q", {"properties": {"pv_plant": None}}))


def test_a_calibration_does_not_take_the_mark_away(city: Estate):
    since = "2026-06-01T00:00:00Z"
    body = {"since": since, "properties": {"household": False}}
    refused(send(city, "sw", "POST", "/v1/things/home-2/calibrations", body))
    city.catalogue.calibrate("meter-w7q", Calibration(since=1780272000000, properties={"household": True}))
    refused(send(city, "sw", "POST", "/v1/things/meter-w7q/calibrations", {"since": since, "properties": {"name2": 1}}))
    fine = {"since": since, "properties": {"floor_area_m2": 90}}
    assert send(city, "sw", "POST", "/v1/things/home-2/calibrations", fine).status_code == 201


def broken(city: Estate, topic: str, payload: bytes, device: str = "") -> None:
    rejected = Rejected(Message("source-1", topic, payload, 2000), "not_json", "it breaks off", device)
    city.catalogue.settle("source-1", "w1", Counts(received=1, quarantined=1), [rejected])


def topics(city: Estate, tenant: Tenant) -> set[str]:
    rows = Cities(city.services).of(tenant).services.catalogue.quarantine()
    return {row.rejected.message.topic for row in rows} - {f"city/{name}" for name in ("dev-lot-s4k", "who-knows")}


def test_a_message_that_nobody_could_read_is_its_devices_all_the_same(city: Estate):
    city.catalogue.put([thing("home-1", "energy_meter", "SW", household=True)], [])
    eui = Device(id="24e124713c401925", model="plain", thing=thing("home-1", "energy_meter", "SW", household=True))
    city.catalogue.put([], [eui])
    broken(city, "city/energy/dev-home-2", b'{"total": 7, ')
    broken(city, "application/1/device/24E124713C401925/event/up", b"\xff7")
    broken(city, "v3/app/devices/eui-24-E1-24-71-3C-40-19-25/up", b"7")
    broken(city, "gateway/up", b'{"id": "dev-home-3", "total": 7')
    broken(city, "city/energy/dev-meter-w7q", b'{"total": 8, ')
    broken(city, "city/energy/nobody", b'{"total": 9, ')
    assert topics(city, CITY) == {"city/dev-meter-w7q", "city/energy/dev-meter-w7q", "city/energy/nobody"}
    assert topics(city, SW) == {"city/dev-meter-w7q", "city/energy/dev-meter-w7q"}
    assert topics(city, PGR) == set()


def test_a_retired_households_device_waits_for_nobody(city: Estate):
    assert send(city, "sw", "DELETE", "/v1/things/home-5").status_code == 204
    unread = Rejected(
        Message("source-1", "city/energy/dev-home-5", b'{"total": 7}', 2000), "unknown_device", "", "dev-home-5"
    )
    other = Rejected(Message("source-1", "up/dev-home-5", b'{"total": 7}', 2000), "unknown_device", "", "another-name")
    city.catalogue.settle("source-1", "w1", Counts(received=2, quarantined=2), [unread, other])
    for path in ("", "?device=dev-home-5", "/proposals", "/proposals/dev-home-5", "/proposals/another-name"):
        answer = city.client.get(f"/v1/quarantine{path}", **city.headers("city"))
        assert "dev-home-5" not in answer.text.replace("'dev-home-5'", ""), path
        assert "another-name" not in answer.text.replace("'another-name'", ""), path


@pytest.mark.parametrize(
    "path",
    [
        "/v1/observations?thing=home-1&property=energy_day",
        f"/v1/observations?thing=home-1,home-2&property=energy_day&{SPAN}",
        f"/v1/observations?thing=home-2,home-3&{SPAN}",
        f"/v1/observations?thing=home-2&{SPAN}&format=csv",
        f"/v1/aggregates?thing=home-1&property=energy_day&step=day&function=sum&{SPAN}",
        f"/v1/aggregates?thing=school,home-1&property=energy_day&step=day&function=sum&group=district&{SPAN}",
        "/v1/latest?thing=home-2",
        "/v1/explain?thing=home-1&property=energy_day",
        "/sta/v1.1/Datastreams('home-1/energy_day')",
        "/sta/v1.1/Datastreams('home-1/energy_day')/Observations",
        "/sta/v1.1/Observations('home-1/energy_day/1780351200000')",
    ],
)
def test_whoever_names_a_household_in_vain_is_told_why(city: Estate, path: str):
    for role in ("sw", "city"):
        refused(city.client.get(path, **city.headers(role)))
    answer = city.client.get(path, **city.headers("pgr"))
    assert answer.status_code == 404, answer.text


def test_what_may_be_told_of_a_household_is(city: Estate):
    told = city.client.get(f"/v1/observations?thing=home-1&{SPAN}", **city.headers("sw")).json()["observations"]
    assert {one["observed_property"] for one in told} == {"battery"}


def test_sending_for_a_household_is_refused_in_words_of_its_own(city: Estate):
    body = {"result": 5, "Datastream": {"@iot.id": "home-1/total_active_energy_import"}}
    assert "send" in refused(send(city, "sw", "POST", "/sta/v1.1/Observations", body))


def aggregates(city: Estate, question: str, role: str = "city") -> httpx.Response:
    url = f"/v1/aggregates?property=energy_day&step=day&function=max&{SPAN}&{question}"
    return city.client.get(url, **city.headers(role))


def test_a_sum_says_that_households_are_left_out_of_it(city: Estate):
    part = aggregates(city, "kind=energy_meter&group=district")
    assert part.json()["left_out"] == 8
    assert part.headers["smilecity-left-out"] == "8"
    assert '"left_out":8' in aggregates(city, "kind=energy_meter&group=district&format=ndjson").text
    assert aggregates(city, "kind=energy_meter&group=district&format=csv").headers["smilecity-left-out"] == "8"
    for whole in (aggregates(city, "group=district"), aggregates(city, "kind=energy_meter&group=district", "pgr")):
        assert "left_out" not in whole.json()
        assert "smilecity-left-out" not in whole.headers


def test_of_a_district_as_a_whole_its_own_value_is_taken(city: Estate):
    (one,) = aggregates(city, "group=district&district=Mitte").json()["aggregates"]
    assert (one["thing"], one["max"]) == ("district:Mitte", secret_of(SUMS[1]))


def test_a_groups_value_is_not_taken_apart_and_it_is_said_why(city: Estate):
    asked = "/v1/explain?thing=district:Mitte&property=energy_day&at=2026-06-02T12:00:00Z"
    problem = city.client.get(asked, **city.headers("city"))
    detail = refused(problem)
    assert "6 are households'" in detail
    assert (problem.json()["households"], problem.json()["members_in_all"]) == (6, 8)


DEPTHS: dict[str, Any] = {"distance_empty_mm": 1500, "distance_full_mm": 300}
BINS = "/v1/observations?thing=district:Mitte&property=emptyings_day&from=2026-05-01&to=2026-07-01"


@pytest.fixture
def bins() -> Iterator[Estate]:
    """A district with a public container of one company and a hidden one of another, and what they have in common."""
    with estate() as built:
        built.catalogue.put(
            [
                thing("bin-open", "waste_container", "WA", public=True, **DEPTHS),
                thing("bin-hidden", "waste_container", "PGR"),
                thing("bin-third", "waste_container", "SW", public=True, **DEPTHS),
            ]
        )
        sums = Datastream("district:Mitte", "emptyings_day", derived=True)
        built.services.store.write(Batch.of((sums,), [0], ["2026-06-01T22:00"], [3.0]))
        yield built


def seeing(city: Estate) -> set[str]:
    return {role for role in ("public", "sw", "pgr", "city") if city.client.get(BINS, **city.headers(role)).is_success}


@pytest.mark.parametrize("how", ["retired", "moved", "made another"])
def test_what_a_group_once_held_hides_its_past(bins: Estate, how: str):
    """Its values of then rest on what left, and are not opened by that."""
    assert seeing(bins) == {"pgr", "city"}
    if how == "retired":
        bins.catalogue.retire("bin-hidden", 1)
    elif how == "moved":
        bins.catalogue.put([thing("bin-hidden", "waste_container", "PGR", "Nord")])
        bins.catalogue.put([thing("bin-hidden", "waste_container", "PGR", "Sued")])
    else:
        bins.catalogue.put([thing("bin-hidden", "parking_lot", "PGR")])
    assert seeing(bins) == {"pgr", "city"}
    bins.catalogue.put([thing("bin-hidden", "parking_lot", "PGR", public=True)])
    assert seeing(bins) == {"public", "sw", "pgr", "city"}  # its owner may open it


def test_where_all_homes_are_gone_their_sums_are_not_opened(city: Estate):
    sums = f"/v1/observations?thing=district:Mitte&property=energy_day&{SPAN}"
    for one in (*HOUSEHOLDS, "school", "meter-w7q"):
        city.catalogue.retire(one, 1)
    assert not city.client.get(sums, **city.headers("public")).is_success
    assert city.client.get(sums, **city.headers("sw")).is_success  # the company's own, of the school too
    for one in ("school", "meter-w7q"):
        city.catalogue.put([thing(one, "energy_meter", "SW", "elsewhere", household=True)])
    assert not city.client.get(sums, **city.headers("city")).is_success


NEW = {
    "kind": "waste_container",
    "location": {"longitude": 12.1, "latitude": 54.1},
    "district": "Mitte",
    "operator": "SW",
    "properties": DEPTHS,
}


def test_one_company_does_not_take_the_figures_of_others_away(bins: Estate):
    """A thing that is not public hides what it is summed up with: where others see that, it is the city's to decide."""
    bins.catalogue.put([thing("bin-hidden", "waste_container", "PGR", public=True)])
    everybody = {"public", "sw", "pgr", "city"}
    assert seeing(bins) == everybody
    for body in (NEW, {**NEW, "district": "Nord", "properties": {**DEPTHS, "container_site": "x"}}):
        answer = send(bins, "sw", "PUT", "/v1/things/bin-new", body)
        assert (answer.status_code, answer.json()["type"]) == (403, "/docs#not-allowed"), answer.text
        assert "public" in answer.json()["detail"]
    assert send(bins, "sw", "PATCH", "/v1/things/bin-third", {"public": False}).status_code == 403
    assert seeing(bins) == everybody
    assert send(bins, "sw", "PUT", "/v1/things/bin-new", {**NEW, "public": True}).status_code == 201
    assert send(bins, "city", "PATCH", "/v1/things/bin-new", {"public": False}).status_code == 200
    assert seeing(bins) == {"sw", "city"}
    assert send(bins, "sw", "PUT", "/v1/things/bin-more", NEW).status_code == 201  # takes nothing away any more


def test_a_company_among_itself_hides_what_it_likes(city: Estate):
    lot = {"kind": "parking_lot", "location": {"longitude": 12.1, "latitude": 54.1}, "district": "West"}
    answer = send(city, "pgr", "PUT", "/v1/things/lot-new", {**lot, "operator": "PGR", "properties": {"capacity": 9}})
    assert answer.status_code == 201, answer.text
