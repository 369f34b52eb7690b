"""Filters against a brute force over the entities as they are told, row by row."""

from __future__ import annotations

import operator as python
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import dist
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.problem import ProblemError
from api.services import Services
from api.sta.entities import Register
from api.sta.evaluate import Asked
from api.sta.rows import Rows
from api.sta.service import Request
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import THINGS
from tests.api.sta.test_grammar import TREES

if TYPE_CHECKING:
    from collections.abc import Iterator

import msgspec

from api.city import City

START = datetime(2026, 3, 28, 21, tzinfo=UTC)
MORE = tuple(
    Thing(
        id=f"bin-{n}",
        name=("Glass", "Papier", "glass", "Bio")[n % 4] + f" {n}",
        kind="waste_container",
        longitude=12.0 + n / 50,
        latitude=54.0 + n / 70,
        operator=("waste", "city")[n % 2],
        properties={
            "capacity_l": 240 * n,
            "fraction": ("glass", "paper", None)[n % 3],
            "opened": "2020-05-01T00:00:00Z",
        },
    )
    for n in range(2, 12)
)
STREAMS = tuple(
    Datastream(thing.id, name, derived)
    for thing in MORE[:6]
    for name, derived in (("filling_level", False), ("fill_hour", True), ("temperature", False))
)


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """A city with some history."""
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put((*THINGS, *MORE))
    rows = np.random.default_rng(7)
    code = np.repeat(np.arange(len(STREAMS)), 12)
    hours = np.tile(np.arange(12), len(STREAMS)) * 3_600_000
    result = np.round(rows.uniform(0, 100, len(code)), 1)
    flags = rows.choice([1, 1, 3, 4, 9], len(code))
    result[flags == 9] = np.nan
    time = np.datetime64(START.replace(tzinfo=None), "ms") + hours.astype("timedelta64[ms]")
    coverage = np.where(code % 3 == 1, np.round(rows.uniform(0, 1, len(code)), 2), np.nan)
    store.write(
        Batch.of(
            STREAMS, code, time, result, quality=flags, coverage=coverage, result_time=time + np.timedelta64(5, "s")
        )
    )
    yield City(Services(store=store, catalogue=catalogue))
    store.close()
    catalogue.close()


def asked(city: City, path: str, **options: str) -> dict[str, Any]:
    query = "&".join(f"${name}={quote(text)}" for name, text in options.items())
    answer = Request(Register().of(city), city.services, "http://city/sta/v1.1", path, query).answer()
    document: dict[str, Any] = msgspec.json.decode(bytes(answer.body))
    return document


def whole(city: City, path: str) -> list[dict[str, Any]]:
    expand = {
        "Things": "Locations",
        "Datastreams": "Thing($expand=Locations),ObservedProperty",
        "Observations": "Datastream($expand=Thing($expand=Locations),ObservedProperty)",
    }[path]
    document = asked(city, path, expand=expand, top="1000")
    assert "@iot.nextLink" not in document
    entities: list[dict[str, Any]] = document["value"]
    return entities


def value(entity: Any, path: str) -> Any:
    for step in path.split("/"):
        entity = entity[0] if isinstance(entity, list) else entity
        entity = entity.get("@iot.id" if step == "id" else step) if isinstance(entity, dict) else None
    return entity


def span(text: str) -> tuple[datetime, datetime]:
    first, _, last = text.partition("/")
    start = datetime.fromisoformat(first)
    return start, datetime.fromisoformat(last) if last else start + timedelta(milliseconds=1)


def holds(operator: str, left: Any, right: Any) -> bool:
    """Compare as the documentation says: with what is not there only ne is true."""
    if operator == "ne":
        return not holds("eq", left, right)
    if left is None or right is None:
        return operator == "eq" and left is right
    if isinstance(right, tuple):
        (s1, e1), (s2, e2) = span(left), right
        truths = {"eq": (s1, e1) == (s2, e2), "lt": e1 <= s2, "le": e1 <= e2, "gt": s1 >= e2, "ge": s1 >= s2}
    else:
        truths = {name: getattr(python, name)(left, right) for name in ("eq", "lt", "le", "gt", "ge")}
    return bool(truths[operator])


def literal(wanted: Any) -> str:
    if wanted is None:
        return "null"
    if isinstance(wanted, tuple):
        return f"{wanted[0].isoformat(timespec='milliseconds')}".replace("+00:00", "Z")
    return f"'{wanted}'" if isinstance(wanted, str) else repr(wanted)


TEXTS = {
    "Things": ("name", "id", "properties/operator", "properties/fraction", "Locations/name"),
    "Datastreams": ("name", "Thing/name", "ObservedProperty/id", "Thing/properties/fraction", "properties/window"),
    "Observations": ("Datastream/name", "Datastream/Thing/properties/operator", "Datastream/ObservedProperty/name"),
}
NUMBERS = {
    "Things": ("properties/capacity_l",),
    "Datastreams": ("Thing/properties/capacity_l",),
    "Observations": (
        "result",
        "resultQuality/flag",
        "resultQuality/coverage",
        "Datastream/Thing/properties/capacity_l",
    ),
}
WORDS = ("Glass 4", "waste", "paper", "filling_level", "bin-5", "hour", "", "zzz")
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")
INSTANTS = st.integers(-4, 26).map(lambda half: START + timedelta(minutes=30 * half))

Test = tuple[str, Any]
"""A filter's text, and what it means of an entity."""


def conditions_of(path: str) -> st.SearchStrategy[Test]:
    def comparing(name: str, operator: str, wanted: Any) -> Test:
        operator = operator if wanted is not None else ("eq" if operator in "eqltle" else "ne")
        return f"{name} {operator} {literal(wanted)}", lambda one: holds(operator, value(one, name), wanted)

    def matching(name: str, how: str, sought: str) -> Test:
        means = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}[how]
        return (
            f"{how}({name},'{sought}')",
            lambda one: value(one, name) is not None and means(value(one, name), sought),
        )

    texts, numbers = st.sampled_from(TEXTS[path]), st.sampled_from(NUMBERS[path])
    words = st.one_of(st.sampled_from(WORDS), st.none())
    some = [
        st.builds(comparing, texts, st.sampled_from(OPERATORS), words),
        st.builds(comparing, numbers, st.sampled_from(OPERATORS), st.sampled_from((0, 1, 3, 9, 42.5, 960, None))),
        st.builds(
            matching,
            texts,
            st.sampled_from(("startswith", "endswith", "contains")),
            st.sampled_from(("G", "4", "e", "er")),
        ),
    ]
    if path == "Observations":
        times = INSTANTS.map(lambda at: (at, at + timedelta(milliseconds=1)))
        some.append(st.builds(comparing, st.just("phenomenonTime"), st.sampled_from(OPERATORS), times))
    return st.one_of(some)


def joined(path: str) -> st.SearchStrategy[Test]:
    def both(one: Test, other: Test, word: str) -> Test:
        join = all if word == "and" else any
        return f"({one[0]}) {word} ({other[0]})", lambda entity: join((one[1](entity), other[1](entity)))

    def grown(inner: st.SearchStrategy[Test]) -> st.SearchStrategy[Test]:
        negated = inner.map(lambda test: (f"not ({test[0]})", lambda entity: not test[1](entity)))
        return st.one_of(st.builds(both, inner, inner, st.sampled_from(("and", "and", "or"))), negated)

    return st.recursive(conditions_of(path), grown, max_leaves=4)


@pytest.fixture(scope="module")
def known(city) -> dict[str, list[dict[str, Any]]]:
    return {path: whole(city, path) for path in TEXTS}


@settings(max_examples=30)
@given(st.data())
@pytest.mark.parametrize("path", list(TEXTS))
def test_a_filter_chooses_what_a_look_at_every_row_chooses(city, known, path, data):
    text, means = data.draw(joined(path))
    found = asked(city, path, filter=text, top="1000", count="true")
    expected = [one["@iot.id"] for one in known[path] if means(one)]
    assert [one["@iot.id"] for one in found["value"]] == expected
    assert found["@iot.count"] == len(expected)


@settings(max_examples=15)
@given(st.data())
def test_pages_of_what_is_chosen_hold_each_once(city, known, data):
    text, means = data.draw(joined("Observations"))
    order = data.draw(st.sampled_from(("phenomenonTime desc", "phenomenonTime asc", "result desc,id")))
    top, found, more = data.draw(st.sampled_from((1000, 37))), [], {"filter": text, "orderby": order}
    while True:
        document = asked(city, "Observations", top=str(top), **more)
        found += document["value"]
        if "@iot.nextLink" not in document:
            break
        name, _, place = document["@iot.nextLink"].rpartition("&")[2].partition("=")
        more |= {name.removeprefix("$"): place}
    assert sorted(one["@iot.id"] for one in found) == sorted(
        one["@iot.id"] for one in known["Observations"] if means(one)
    )
    keys = [(one["phenomenonTime"].partition("/")[0], one["result"]) for one in found]
    if order.startswith("result"):
        results = [result for _, result in keys]
        assert results == sorted(results, key=lambda result: (result is None, -(result or 0)))
    else:
        times = [time for time, _ in keys]
        assert times == sorted(times, reverse=order.endswith("desc"))


@pytest.mark.parametrize(
    ("path", "text", "means"),
    [
        ("Things", "tolower(name) eq 'glass 4'", lambda one: one["name"].lower() == "glass 4"),
        ("Things", "substringof('lass',name)", lambda one: "lass" in one["name"]),
        ("Things", "contains(name,substring(id,4))", lambda one: one["@iot.id"][4:] in one["name"]),
        (
            "Things",
            "length(name) gt 7 or indexof(name,'i') eq 1",
            lambda one: len(one["name"]) > 7 or one["name"].find("i") == 1,
        ),
        ("Things", "concat(id,name) eq 'bin-2glass 2'", lambda one: one["@iot.id"] + one["name"] == "bin-2glass 2"),
        (
            "Things",
            "properties/capacity_l div 240 mod 2 eq 1",
            lambda one: one["properties"].get("capacity_l", 0) / 240 % 2 == 1,
        ),
        (
            "Things",
            "round(properties/capacity_l div 100) eq 12",
            lambda one: one["properties"].get("capacity_l") == 1200,
        ),
        ("Things", "properties/public", lambda one: one["properties"]["public"]),
        ("Things", "properties/public eq false", lambda one: not one["properties"]["public"]),
        ("Things", "properties/opened lt 2021-01-01", lambda one: "opened" in one["properties"]),
        (
            "Things",
            "Datastreams/ObservedProperty/id eq 'temperature'",
            lambda one: one["@iot.id"] in {thing.id for thing in MORE[:6]},
        ),
        (
            "Things",
            "not (Datastreams/name ne null)",
            lambda one: one["@iot.id"] not in {thing.id for thing in MORE[:6]},
        ),
        ("Datastreams", "unitOfMeasurement/symbol eq '%'", lambda one: one["unitOfMeasurement"]["symbol"] == "%"),
        (
            "Datastreams",
            "phenomenonTime ge 2026-03-28 and properties/derived",
            lambda one: one["properties"]["derived"],
        ),
        ("Datastreams", "phenomenonTime ge 2026-03-29", lambda _: False),
        ("Observations", "hour(phenomenonTime) eq 23", lambda one: "T23:" in one["phenomenonTime"].partition("/")[0]),
        (
            "Observations",
            "date(resultTime) eq 2026-03-29 and year(resultTime) eq 2026",
            lambda one: one["resultTime"] > "2026-03-29",
        ),
        (
            "Observations",
            "phenomenonTime le 2026-03-28",
            lambda one: span(one["phenomenonTime"])[1] <= datetime(2026, 3, 29, tzinfo=UTC),
        ),
        ("Observations", "resultTime sub phenomenonTime gt duration'PT5S'", lambda _: False),
        (
            "Observations",
            "resultTime sub duration'PT5S' lt 2026-03-28T23:00:00Z",
            lambda one: one["resultTime"] < "2026-03-28T23:00:05",
        ),
        ("Observations", "phenomenonTime gt now() sub duration'P1D'", lambda _: False),
        (
            "Observations",
            "during(phenomenonTime,2026-03-28T22:00:00Z/2026-03-28T23:00:00Z)",
            lambda one: one["phenomenonTime"].startswith("2026-03-28T22"),
        ),
        (
            "Observations",
            "phenomenonTime eq 2026-03-28T22:00:00Z/2026-03-28T23:00:00Z",
            lambda one: "/" in one["phenomenonTime"] and one["phenomenonTime"].startswith("2026-03-28T22"),
        ),
        ("Observations", "-result lt -50 and result mul 2 gt 120", lambda one: (one["result"] or 0) > 60),
        ("Observations", "resultQuality/name eq 'suspect'", lambda one: one["resultQuality"]["flag"] == 3),
        (
            "Observations",
            "id eq 'bin-2/temperature/1774731600000'",
            lambda one: one["@iot.id"] == "bin-2/temperature/1774731600000",
        ),
    ],
)
def test_functions(city, known, path, text, means):
    found = asked(city, path, filter=text, top="1000")["value"]
    assert [one["@iot.id"] for one in found] == [one["@iot.id"] for one in known[path] if means(one)]


SQUARE = "POLYGON ((12.05 54, 12.15 54, 12.15 54.2, 12.05 54.2, 12.05 54))"


@pytest.mark.parametrize(
    "text",
    [
        f"st_within(Locations/location,geography'{SQUARE}')",
        f"st_contains(geography'{SQUARE}',Locations/location)",
        f"geo.intersects(Locations/location, geography'{SQUARE.lower().replace(' ((', '((')}')",
        f"st_intersects(Locations/location,geometry'SRID=4326;{SQUARE}')",
        f"not st_disjoint(Locations/location,geography'{SQUARE}')",
        f"st_within(Datastreams/observedArea,geography'{SQUARE}') or st_within(Locations/location,geography'{SQUARE}')",
    ],
)
def test_places_in_a_polygon(city, known, text):
    def inside(one: dict[str, Any]) -> bool:
        longitude, latitude = one["Locations"][0]["location"]["coordinates"]
        return bool(12.05 < longitude < 12.15 and 54 < latitude < 54.2)

    found = asked(city, "Things", filter=text)["value"]
    assert [one["@iot.id"] for one in found] == [one["@iot.id"] for one in known["Things"] if inside(one)]
    assert found


def test_distances_are_degrees(city, known):
    near = asked(city, "Things", filter="geo.distance(Locations/location,geography'POINT(12.10 54.05)') lt 0.04001")
    far = {
        one["@iot.id"]: dist(one["Locations"][0]["location"]["coordinates"], (12.10, 54.05)) for one in known["Things"]
    }
    assert {one["@iot.id"] for one in near["value"]} == {name for name, degrees in far.items() if degrees < 0.04001}
    assert 0 < len(near["value"]) < len(far)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("name desc", lambda one: [-ord(letter) for letter in one["name"]] + [0]),
        ("properties/operator asc,id desc", lambda one: one["properties"]["operator"]),
        ("properties/capacity_l mul -1", lambda one: -one["properties"].get("capacity_l", -(10**9))),
    ],
)
def test_order(city, known, order, key):
    found = asked(city, "Things", orderby=order)["value"]
    assert [key(one) for one in found] == sorted(key(one) for one in found)


def test_the_test_has_eyes(city, known):
    assert len(known["Observations"]) == 12 * len(STREAMS)
    assert value(known["Observations"][0], "Datastream/Thing/Locations/location/type") == "Point"


ODD = (
    "startswith('a','b')",
    "startswith(null,null)",
    "contains('abc',name)",
    "indexof(name,null) eq 1",
    "indexof('a',name) eq 1",
    "substring(name,1e300) eq 'x'",
    "substring(name,1 div 0,-1) eq 'x'",
    "now() add (duration'P999999D' mul 99999999999) gt now()",
    "now() sub now() lt duration'PT1S'",
    "year(maxdatetime()) eq 9999 and year(mindatetime()) eq 1",
    "null eq null",
    "not null",
    "true",
    "1 mod 0 eq null",
    "round(1e300) eq 1",
    "(name eq 'x') eq true",
    "properties/public eq properties/public",
    "properties/capacity eq properties/nothing",
    "geo.distance(geography'POINT EMPTY',geography'POINT(1 2)') eq 0",
    "st_contains(geography'POLYGON((0 0,1 1,1 0,0 1,0 0))',geography'POINT(1 2)')",
    "geography'POINT(1 2)' eq geography'POINT(1 2)'",
)


@pytest.mark.parametrize("path", ["Things", "Observations", "HistoricalLocations"])
@pytest.mark.parametrize("option", ["filter", "orderby"])
def test_what_is_odd_is_answered_or_refused(city, path, option):
    for text in ODD:
        with suppress(ProblemError):
            assert "value" in asked(city, path, **{option: text})


@settings(max_examples=60)
@given(TREES, st.sampled_from(("Things", "Datastreams", "Sensors", "Locations")))
def test_any_tree_is_worked_out_or_refused(city, tree, path):
    entities = Register().of(city)
    asking = Asked("$filter", str(tree), 1_774_742_400_000)
    rows = Rows.all(entities, city.services, path)
    with suppress(ProblemError):
        assert asking.chosen(tree, rows).shape == (len(rows),)
