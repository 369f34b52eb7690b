"""The list of what is blocked: who is on it, in which order, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.blocked import BlockedPlaces, Why, blocked_places
from processing.group import groups
from processing.region import Region
from sensors.model import Batch, Calibration, Datastream, Thing
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOON = np.datetime64("2026-06-01T10:00", "ms")
"""A Monday; the clock says 12."""


def place(name: str, kind: str = "fire_access_zone", **site: object) -> Thing:
    return Thing(id=name, name=name, kind=kind, longitude=12.1, latitude=54.1, district="Mitte", properties=site)


THINGS = (
    place("free"),
    place("long"),
    place("short", max_stay_min=3),
    place("allowed", max_stay_min=3),
    place("gone"),
    place("silent"),
    place("zone", "loading_zone", hours="Mo-Fr 08:00-18:00"),
    place("evening", "loading_zone", hours="Mo-Fr 18:00-20:00"),
    place("unreadable", "loading_zone", hours="whenever"),
    place("space", "parking_spot"),
)
SAID: dict[str, Sequence[tuple[int, float]]] = {
    "free": [(600, 1.0), (5, 0.0)],
    "long": [(600, 0.0), (200, 1.0), (80, 1.0)],
    "short": [(600, 0.0), (9, 1.0)],
    "allowed": [(600, 0.0), (2, 1.0)],
    "silent": [(30 * 60, 1.0)],
    "zone": [(600, 0.0), (60, 1.0)],
    "evening": [(600, 0.0), (60, 1.0)],
    "unreadable": [(600, 0.0), (60, 1.0)],
    "space": [(600, 1.0)],
}
"""By place: minutes before noon, and whether somebody stood there."""


@pytest.fixture
def store() -> Iterator[Memory]:
    opened = Memory()
    for name, rows in SAID.items():
        times = [NOON - np.timedelta64(ago, "m") for ago, _ in rows]
        opened.write(Batch.of([Datastream(name, "occupied")], [0] * len(rows), times, [value for _, value in rows]))
    yield opened
    opened.close()


def listed(store: Memory, moment: np.datetime64 = NOON) -> BlockedPlaces:
    return blocked_places(store, groups(THINGS, {}), moment, Region())


def test_fire_access_comes_first_and_then_what_has_been_blocked_longest(store: Memory):
    found = listed(store)
    assert [each.thing.id for each in found.found] == ["long", "short", "zone", "gone", "silent", "unreadable"]
    assert [each.why for each in found.found] == [Why.BLOCKED] * 3 + [Why.CHECK] * 3
    assert {thing.id for thing in found.places} == {thing.id for thing in THINGS} - {"space"}
    assert [each.minutes for each in found.found] == [200.0, 6.0, 45.0, None, None, None]
    assert [each.allowed for each in found.found] == [0.0, 3.0, 15.0, 0.0, 0.0, 15.0]
    assert found.found[1].since == NOON - np.timedelta64(6, "m")


def test_everything_on_the_list_says_why_in_both_languages(store: Memory):
    said = {each.thing.id: (each.reason(), each.reason("de")) for each in listed(store).found}
    assert said["long"] == (
        "blocked for 3.3 h, since 2026-06-01 06:40 UTC; nobody may stop there",
        "seit 3.3 h blockiert, seit 2026-06-01 06:40 UTC; dort darf niemand halten",
    )
    assert said["short"][0] == "blocked for 6 min, since 2026-06-01 09:54 UTC; 3 min are allowed"
    assert said["gone"] == ("was never heard: check the sensor", "noch nie gemeldet: Sensor prüfen")
    assert said["silent"][0] == "silent since 2026-05-31 04:00 UTC: check the sensor"
    assert "max_stay_min or hours of its site cannot be used" in said["unreadable"][0]


@pytest.mark.parametrize(("said", "why"), [(0.0, []), (1.0, [Why.CHECK])])
def test_a_sensor_that_has_just_begun_to_speak_is_believed_where_it_says_free(store: Memory, said, why):
    """For how long a vehicle has stood there nobody knows yet."""
    store.write(Batch.of([Datastream("gone", "occupied")], [0], [NOON - np.timedelta64(1, "m")], [said]))
    assert [each.why for each in listed(store).found if each.thing.id == "gone"] == why


def test_it_is_told_of_any_instant(store: Memory):
    """Minutes after the vehicle came, before the loading time is over, and when the zone is in force."""
    then = listed(store, NOON - np.timedelta64(46, "m"))
    assert [each.thing.id for each in then.found if each.why is Why.BLOCKED] == ["free", "long"]
    evening = listed(store, np.datetime64("2026-06-01T16:20", "ms"))
    assert "evening" in [each.thing.id for each in evening.found if each.why is Why.BLOCKED]
    assert "zone" not in [each.thing.id for each in evening.found]


def test_who_has_spoken_since_had_been_heard_then(store: Memory):
    then = {each.thing.id: each for each in listed(store, NOON - np.timedelta64(46, "m")).found}
    assert then["free"].heard == NOON - np.timedelta64(10, "h")
    assert then["free"].reason() == "blocked for 9.2 h, since 2026-06-01 00:00 UTC; nobody may stop there"
    assert [name for name, each in then.items() if each.heard is None] == ["gone"]
    late = {each.thing.id: each for each in listed(store, NOON + np.timedelta64(2, "D")).found}
    store.write(Batch.of([Datastream("free", "occupied")], [0], [NOON + np.timedelta64(3, "D")], [0.0]))
    assert listed(store, NOON + np.timedelta64(2, "D")).found == tuple(late.values())
    assert late["free"].reason() == "silent since 2026-06-01 09:55 UTC: check the sensor"


def test_a_limit_of_another_time_counts_as_it_was_then(store: Memory):
    later = int((NOON + np.timedelta64(1, "h")).astype(np.int64))
    changing = Thing(
        id="short",
        name="short",
        kind="fire_access_zone",
        longitude=12.1,
        latitude=54.1,
        properties={"max_stay_min": 3},
        calibrations=(Calibration(since=later, properties={"max_stay_min": 60}),),
    )
    (found,) = blocked_places(store, groups([changing], {}), NOON, Region()).found
    assert (found.allowed, found.minutes) == (3.0, 6.0)


def test_a_city_without_zones_has_nothing_blocked():
    store = Memory()
    found = blocked_places(store, groups((), {}), NOON, Region())
    assert (found.places, found.found) == ((), ())
    assert blocked_places(store, groups([place("space", "parking_spot")], {}), NOON, Region()).places == ()
    store.close()
