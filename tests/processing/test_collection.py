"""The collection list of six containers, each on it for a reason of its own or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.collection import Collection, Stop, Why, collection
from processing.group import groups
from processing.reasons import ENGLISH, GERMAN
from processing.region import Region
from processing.rounds import Known
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = np.datetime64("2026-06-01T12:00", "ms")
"""A Monday, 14:00 on the clock."""
TUESDAY = {"emptying_weekdays": [2], "emptying_hour": 14}
"""In 24 hours."""


def container(name: str, operator: str = "sr", **site: Any) -> Thing:
    return Thing(
        id=name,
        name=name.title(),
        kind="waste_container",
        longitude=12.1,
        latitude=54.1,
        operator=operator,
        properties={"capacity_l": 1000, **TUESDAY, **site},
    )


CITY = (
    container("full"),
    container("filling"),
    container("calm"),
    container("silent"),
    container("new"),
    container("unheard"),
    container("slow", "other", emptying_weekdays=[], emptyings_per_year_summer=36.525),
    container("elsewhere", "", emptying_weekdays=[]),
)
LEVELS = {
    # By hours before noon and per cent.
    "full": [(3, 94.0), (2, 96.0), (1, 97.0), (0, 98.0)],
    "filling": [(8, 52.0), (4, 56.0), (2, 58.0), (0, 60.0)],
    "calm": [(8, 20.0), (4, 20.4), (2, 20.6), (0, 20.8)],
    "silent": [(40, 50.0), (36, 52.0), (30, 55.0)],
    "new": [(2, 7.0), (1, 8.0)],
    "slow": [(8, 36.0), (4, 40.0), (2, 42.0), (0, 44.0)],
    "elsewhere": [(8, 81.0), (4, 85.0), (2, 91.0), (0, 93.0)],
}


@pytest.fixture
def store() -> Iterator[Memory]:
    opened = Memory()
    for name, levels in LEVELS.items():
        times = [NOON - np.timedelta64(hours, "h") for hours, _ in levels]
        stream = Datastream(name, "filling_level")
        opened.write(Batch.of([stream], np.zeros(len(levels)), times, [level for _, level in levels]))
    yield opened
    opened.close()


def made(store: Memory, **how: Any) -> Collection:
    return collection(store, groups(CITY, {}), NOON, Region(), **how)


def test_the_most_urgent_of_each_operator_come_first_and_the_unknown_are_not_left_out(store: Memory):
    found = made(store)
    names = {operator: [stop.thing.id for stop in stops] for operator, stops in found.by_operator.items()}
    assert names == {"": ["elsewhere"], "other": ["slow"], "sr": ["full", "new", "silent", "unheard"]}
    whys = [stop.why for stop in found.by_operator["sr"]]
    assert whys == [Why.OVERFLOW, Why.CHECK, Why.CHECK, Why.CHECK]
    assert len(found.containers) == len(CITY)


def test_what_is_less_likely_full_is_listed_where_that_is_asked_for(store: Memory):
    by_name = {stop.thing.id: stop for stop in made(store, likely=0.01).stops()}
    filling = by_name["filling"]
    # 1 %/h over 24 h: 84 % is expected, and it scatters by sqrt(12 h * 24 h) * 1 %/h = 17 %: 6 / 17 = 0.35.
    assert filling.why is Why.FULL_SOON
    assert filling.risk == pytest.approx(0.362, abs=0.001)
    assert (filling.level, filling.round_in, filling.plan) == (57.0, 24.0, Known.DAY)
    assert "calm" not in by_name


@pytest.mark.parametrize("likely", [0.0, -1.0, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(store: Memory, likely: float):
    with pytest.raises(ValueError, match="for example"):
        made(store, likely=likely)


def test_each_tells_its_reason_in_two_languages(store: Memory):
    said = {stop.thing.id: (stop.reason(), stop.reason("de")) for stop in made(store, likely=0.01).stops()}
    assert said == {
        "full": ("overflows, 96 %; next round in 24 h", "läuft über, 96 %; nächste Tour in 24 h"),
        "filling": (
            "57 % full; 36 % likely to be full before the next round; next round in 24 h",
            "zu 57 % voll; mit 36 % Wahrscheinlichkeit voll vor der nächsten Tour; nächste Tour in 24 h",
        ),
        "silent": (
            "silent since 2026-05-31 06:00 UTC: check the sensor",
            "stumm seit 2026-05-31 06:00 UTC: Sensor prüfen",
        ),
        "new": (
            "8 % full, too little known yet to tell how it fills: check",
            "zu 8 % voll, noch zu wenig bekannt für eine Vorhersage: prüfen",
        ),
        "unheard": ("never heard of: check the sensor", "noch nie gemeldet: Sensor prüfen"),
        "slow": (
            "41 % full; 100 % likely to be full before the next round; a round is planned every 10 days",
            "zu 41 % voll; mit 100 % Wahrscheinlichkeit voll vor der nächsten Tour; geplant im Abstand von 10 Tagen",
        ),
        "elsewhere": (
            "88 % full; no round is planned, a week was assumed",
            "zu 88 % voll; keine Tour geplant, eine Woche angenommen",
        ),
    }


def test_where_quantiles_are_known_they_are_told(store: Memory):
    stop = next(stop for stop in made(store, likely=0.01).stops() if stop.thing.id == "filling")
    told = replace(stop, full_in=(20.0, 30.0, 60.0), risk=0.2)
    assert "; full in 20 h to 2 days; " in told.reason()
    assert "; voll in 20 h bis einem Monat oder mehr; " in replace(told, full_in=(20.0, 700.0, 720.0)).reason("de")


def test_two_languages_have_the_same_words():
    assert ENGLISH.keys() == GERMAN.keys()


def test_the_past_has_its_list_too(store: Memory):
    early = collection(store, groups(CITY, {}), NOON - np.timedelta64(29, "h"), Region(), likely=0.01)
    stops = {stop.thing.id: stop for stop in early.stops()}
    assert {name for name, stop in stops.items() if stop.heard is None} == set(LEVELS) - {"silent"} | {"unheard"}
    assert (stops["silent"].level, stops["silent"].round_in) == (52.0, 53.0)


def test_containers_that_have_spoken_since_had_been_heard_then(store: Memory):
    moment = NOON - np.timedelta64(90, "m")
    stops = {stop.thing.id: stop for stop in collection(store, groups(CITY, {}), moment, Region(), likely=0.01).stops()}
    heard = {name: int((NOON - stop.heard) / np.timedelta64(1, "h")) for name, stop in stops.items() if stop.heard}
    assert heard == {"full": 2, "filling": 2, "new": 2, "slow": 2, "elsewhere": 2, "silent": 30}
    assert stops["new"].reason().startswith("7 % full, too little known yet")


def test_readings_that_failed_are_not_heard_of_as_levels(store: Memory):
    stream = Datastream("unheard", "filling_level")
    store.write(Batch.of([stream], [0], [NOON], [50.0], quality=Quality.FAIL))
    (stop,) = [stop for stop in made(store).stops() if stop.thing.id == "unheard"]
    assert stop.why is Why.CHECK


def test_more_containers_than_are_held_at_once(store: Memory, monkeypatch: pytest.MonkeyPatch):
    whole: list[Stop] = list(made(store).stops())
    monkeypatch.setattr("processing.collection.AT_ONCE", 3)
    assert list(made(store).stops()) == whole


def test_a_city_without_containers_has_an_empty_list(store: Memory):
    found = collection(store, groups((), {}), NOON, Region())
    assert (found.stops(), found.containers) == ((), ())
