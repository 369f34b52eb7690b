"""What is made of the states of single spaces beside who truly stood there in the simulated city, over four weeks.

Every change is told with its millisecond, so stays are exactly the true ones, but for those that last less than a
minute and the minutes between two vehicles of which nobody could tell whether they are one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from processing.calendar import edges
from processing.indicator import Given, Members, Results
from processing.indicators import indicators
from processing.rows import Rows
from processing.sessions import PROPERTY, sessions
from simulators.city import City
from simulators.rhythm import HOUR, MINUTE
from simulators.spaces import KINDS
from simulators.truth import stays

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZONE = "Europe/Berlin"
FIRST, DAYS = 20_732, 30
"""2026-10-06, in days since 1970."""
BEGIN, END = np.datetime64("2026-10-07T22:00", "ms"), np.datetime64("2026-11-04T23:00", "ms")
"""Local midnights; in between the clocks are set back."""
COVER = edges("day", BEGIN, END, ZONE)


class Told(NamedTuple):
    city: City
    rows: Rows
    """All that the spaces' sensors said."""


@cache
def told() -> Told:
    city = City(seed=6)
    sent = [city.spaces.uplinks(day) for day in range(FIRST, FIRST + DAYS)]
    first = min(uplinks.device.min() for uplinks in sent)
    series, time = (np.concatenate([getattr(uplinks, name) for uplinks in sent]) for name in ("device", "sampled"))
    state = np.concatenate([uplinks.reading[:, 0] for uplinks in sent])
    return Told(city, Rows.of(len(city.things(*KINDS)), series - first, time.astype("datetime64[ms]"), state))


class Stay(NamedTuple):
    space: int
    begin: int
    end: int
    came: bool
    left: bool


@cache
def true_stays() -> list[Stay]:
    """Give the true stays, those less than a minute apart as one, without those of less than a minute. [ms]"""
    city = told().city
    row = {thing: place for place, thing in enumerate(city.things(*KINDS))}
    found = stays(city, int(BEGIN.astype(int)), int(END.astype(int)))
    each = zip(found.thing, found.begin.astype(int), found.end.astype(int), found.came, found.left, strict=True)
    joined: list[Stay] = []
    for thing, begin, end, came, left in each:
        stay = Stay(row[thing], int(begin), int(end), bool(came), bool(left))
        last = joined[-1] if joined else None
        if last and last.space == stay.space and stay.begin - last.end < MINUTE:
            joined[-1] = last._replace(end=stay.end, left=stay.left)
        else:
            joined.append(stay)
    return [one for one in joined if one.end - one.begin >= MINUTE or not (one.came and one.left)]


def computed(name: str) -> Results:
    return indicators()[name].compute(
        Given(window="day", edges=COVER, rows={PROPERTY: told().rows}, sites=[{}] * told().rows.count, zone=ZONE)
    )


def test_stays_are_the_true_ones_to_the_millisecond():
    found = sessions(told().rows, np.timedelta64(24, "h"))
    ours = {
        (space, max(begin, int(BEGIN.astype(int))), min(end, int(END.astype(int))))
        for space, begin, end in zip(found.space.tolist(), found.begin.tolist(), found.end.tolist(), strict=True)
        if begin < int(END.astype(int)) and end > int(BEGIN.astype(int))
    }
    true = {(stay.space, stay.begin, stay.end) for stay in true_stays()}
    assert len(true) > 5000
    # What the edges of the four weeks cut may be a flap that goes on behind them.
    assert len(ours ^ true) <= 2


def test_arrivals_hours_and_stays_of_every_day_are_the_true_ones():
    """Of each day and space; a minute more or less where a flap lies on midnight."""
    limits = COVER.astype(int)
    came, taken, closed = (np.zeros((told().rows.count, len(limits) - 1)) for _ in range(3))
    for stay in true_stays():
        first, last = np.searchsorted(limits, [stay.begin, stay.end], side="right") - 1
        came[stay.space, first] += stay.came
        closed[stay.space, first] += stay.came and stay.left and stay.end <= limits[first + 1]
        for day in range(first, min(last, len(limits) - 2) + 1):
            taken[stay.space, day] += (min(stay.end, limits[day + 1]) - max(stay.begin, limits[day])) / HOUR
    arrivals, found = computed("arrivals"), computed("stays")
    assert (arrivals.coverage == 1.0).all()
    assert np.abs(arrivals.value - came).sum() <= 2
    assert np.abs(found.parts["hours"] - taken).max() < 1 / 60 + 1e-9
    assert np.abs((found.value - found.parts["cut"]) - closed).sum() <= 2


def of_group(name: str) -> Results:
    """Compute an indicator of all spaces together over the four weeks, from the results of their days."""
    days, count = (COVER[:-1], told().rows.count)
    space, day = np.repeat(np.arange(count), len(days)), np.tile(days, count)
    arrivals, found = computed("arrivals"), computed("stays")
    made = {
        "arrivals_day": arrivals.value,
        "stays_day": found.value,
        "stays_hours_day": found.parts["hours"],
        "stays_cut_day": found.parts["cut"],
    }
    rows = {
        prop: Rows.of(count, space, day, value.ravel(), coverage=found.coverage.ravel(), samples=found.samples.ravel())
        for prop, value in made.items()
    }
    members = Members(np.arange(count), np.zeros(count, dtype=np.int64), 1)
    given = Given(window="month", edges=COVER[[0, -1]], rows=rows, sites=[{}] * count, zone=ZONE, members=members)
    return indicators()[name].compute(given)


def test_turnover_and_mean_stay_of_the_city_are_those_of_all_its_vehicles():
    true = true_stays()
    came = sum(stay.came for stay in true)
    hours = sum(stay.end - stay.begin for stay in true) / HOUR
    turnover, mean = of_group("turnover"), of_group("mean_stay")
    assert turnover.value[0, 0] == pytest.approx(came / told().rows.count, rel=1e-3)
    assert mean.value[0, 0] == pytest.approx(hours / came, rel=1e-3)
    assert 0 < mean.parts["censored"][0, 0] < 0.3


def test_the_median_of_short_stays_is_that_of_what_the_habit_says():
    """Stays are geometric: half of them are over after 0.69 of their mean; longer ones midnight cuts more often."""
    habit = np.array([place.habit["stay_min"] for place in told().city.places if place.kind in KINDS])
    found = computed("median_stay")
    short = habit <= 45
    middle = np.nanmedian(found.value[short], axis=1) * 60
    assert np.median(middle / (np.log(2) * habit[short])) == pytest.approx(1.0, abs=0.1)


def of_zones(name: str, kind: str) -> tuple[Results, list[Stay]]:
    """Compute an indicator of the zones of a kind by what their sites say, and give the true stays by its place."""
    places = [place for place in told().city.places if place.kind in KINDS]
    zones = np.array([number for number, place in enumerate(places) if place.kind == kind])
    sites, rows = [dict(places[number].site) for number in zones], told().rows
    chosen = np.isin(rows.series, zones)
    mine = Rows.of(len(zones), np.searchsorted(zones, rows.series[chosen]), rows.time[chosen], rows.value[chosen])
    found = indicators()[name].compute(
        Given(window="day", edges=COVER, rows={PROPERTY: mine}, sites=sites, zone=ZONE, land="MV")
    )
    place = {int(space): number for number, space in enumerate(zones)}
    return found, [stay._replace(space=place[stay.space]) for stay in true_stays() if stay.space in place]


def by_day(spans: list[tuple[int, int, int]], count: int) -> NDArray[np.float64]:
    """Lay spans of time of places, [ms], out by place and local day. [min], shape (count, days)."""
    limits, found = COVER.astype(int), np.zeros((count, len(COVER) - 1))
    for space, begin, end in spans:
        inside = np.minimum(end, limits[1:]) - np.maximum(begin, limits[:-1])
        found[space] += np.maximum(inside, 0) / MINUTE
    return found


def test_fire_access_is_blocked_as_long_as_somebody_truly_stands_there():
    """For three minutes nobody is blamed; what the day's edges cut counts on both days."""
    found, stays_there = of_zones("blocked_fire_access", "fire_access_zone")
    over = [stay for stay in stays_there if stay.end - stay.begin > 3 * MINUTE]
    assert len(over) > 50
    # One that stood there before these weeks began has used up its three minutes.
    minutes = sum((stay.end - stay.begin) / MINUTE - 3 * stay.came for stay in over)
    assert found.value.sum() == pytest.approx(minutes, abs=3)
    assert abs(found.parts["blockages"].sum() - sum(stay.came for stay in over)) <= 2
    clearing = found.parts["clearing"].sum() / found.parts["cleared"].sum()
    assert clearing == pytest.approx(minutes / len(over), rel=0.02)
    # And of each zone and day: from three minutes after it came, or when these weeks began, until it had left.
    spans = [(stay.space, stay.begin + 3 * MINUTE * stay.came, stay.end) for stay in over]
    true = by_day(spans, len(found.value))
    assert (true > 0).sum() > 50
    assert np.abs(found.value - true).max() < 1e-6


def in_force() -> list[tuple[int, int]]:
    """Give from when until when loading zones are in force, Mo-Sa from 7 to 18 h, but for the 31st of October. [ms]

    Both holidays of these weeks are one: the 31st is a Saturday, and All Saints' is none in the north.
    """
    found = []
    for day in np.arange("2026-10-08", "2026-11-05", dtype="datetime64[D]"):
        if str(day) == "2026-10-31" or (int(day.astype(int)) + 3) % 7 == 6:
            continue
        ahead = 2 if str(day) < "2026-10-25" else 1
        midnight = int(day.astype(int)) * 24 * HOUR - ahead * HOUR
        found.append((midnight + 7 * HOUR, midnight + 18 * HOUR))
    return found


def test_loading_zones_are_blocked_by_who_stays_beyond_20_min_while_they_are_in_force():
    """Who stands there when a zone comes into force has his twenty minutes from then on."""
    found, stays_there = of_zones("blocked_loading_zone", "loading_zone")
    over = [
        (stay.space, max(stay.begin, begin) + 20 * MINUTE, min(stay.end, end))
        for stay in stays_there
        for begin, end in in_force()
        if min(stay.end, end) - max(stay.begin, begin) > 20 * MINUTE
    ]
    assert len(over) > 100
    assert found.value.sum() == pytest.approx(sum(end - begin for _, begin, end in over) / MINUTE, rel=0.005)
    assert abs(found.parts["blockages"].sum() - len(over)) <= 2
    assert np.abs(found.value - by_day(over, len(found.value))).max() < 1e-6
    closed = np.array([str(time + np.timedelta64(12, "h"))[:10] in {"2026-10-31", "2026-11-01"} for time in COVER[:-1]])
    assert closed.sum() == 2
    assert not found.value[:, closed].any()


def test_overstays_are_those_of_the_true_stays_under_a_limit():
    """Everywhere an hour is allowed, at any time."""
    sites = [{"max_stay_min": 60}] * told().rows.count
    given = Given(window="day", edges=COVER, rows={PROPERTY: told().rows}, sites=sites, zone=ZONE)
    found = indicators()["overstay"].compute(given)
    came = [stay for stay in true_stays() if stay.came]
    late = [stay for stay in came if stay.end - stay.begin > 65 * MINUTE]
    share = found.parts["overstays"].sum() / found.parts["stays"].sum()
    assert len(late) > 1000
    assert share == pytest.approx(len(late) / len(came), rel=0.01)
    beyond = sum(
        (stay.end - stay.begin) / MINUTE - 60 * stay.came for stay in true_stays() if stay in late or not stay.came
    )
    assert found.value.sum() == pytest.approx(beyond, rel=0.01)
