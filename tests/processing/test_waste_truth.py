"""What is made of container readings beside what is true in the simulated city, over six weeks of it.

Readings scatter, one in 250 is a wrong echo, and each container reports every 30 to 60 minutes: so an emptying is seen
with the first or second reading after it, or with a wrong echo among these with the third or fourth.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from processing.calendar import edges
from processing.emptied import emptied
from processing.filling import line
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.rows import Rows
from sensors.kinds.waste_container import KIND, filling_level
from simulators.city import City
from simulators.rhythm import DAY, HOUR, MINUTE
from simulators.truth import emptyings, level

ZONE = "Europe/Berlin"
FIRST, DAYS = 20_720, 43
"""2026-09-24, in days since 1970."""
BEGIN, END = np.datetime64("2026-09-25T22:00", "ms"), np.datetime64("2026-11-04T23:00", "ms")
"""Local midnights; in between the clocks are set back."""
SURE = 45.0
"""Per cent: what was fuller than this falls by more than the 30 points that an emptying is told by."""
LATE_MS = 4 * 60 * MINUTE


class Told(NamedTuple):
    city: City
    sites: list[dict[str, object]]
    rows: Rows
    """All readings, as levels."""


@cache
def told() -> Told:
    """Give a city, and what its containers sent."""
    city = City(seed=6)
    sent = [city.containers.uplinks(day) for day in range(FIRST, FIRST + DAYS)]
    sites = [dict(place.site) for place in city.places if place.kind == KIND.name]
    row = {number: place for place, number in enumerate(np.unique(sent[0].device).tolist())}
    series = [row[device] for uplinks in sent for device in uplinks.device.tolist()]
    distances = [mm for uplinks in sent for mm in uplinks.reading[:, 0].tolist()]
    levels = [
        filling_level({"distance": float(mm)}, sites[one])["filling_level"]
        for one, mm in zip(series, distances, strict=True)
    ]
    times = np.concatenate([uplinks.sampled for uplinks in sent]).astype("datetime64[ms]")
    return Told(city, sites, Rows.of(len(sites), series, times, levels))


def computed(name: str, window: str = "day") -> Results:
    cover = edges(window, BEGIN, END, ZONE)
    return indicators()[name].compute(
        Given(window=window, edges=cover, rows={"filling_level": told().rows}, sites=told().sites, zone=ZONE)
    )


def true_emptyings() -> list[tuple[int, int, float]]:
    """Give container, time [ms] and level of those that were."""
    city = told().city
    found = emptyings(city, int(BEGIN.astype(int)), int(END.astype(int)))
    row = {thing: place for place, thing in enumerate(city.things(KIND.name))}
    return [
        (row[thing], time, full)
        for thing, time, full in zip(found.thing, found.time.astype(int).tolist(), found.level.tolist(), strict=True)
    ]


def test_emptyings_are_seen_when_they_were_with_what_was_taken_away():
    found = emptied(told().rows)
    seen = list(zip(found.thing.tolist(), found.time.tolist(), found.since.tolist(), found.level.tolist(), strict=True))
    true = true_emptyings()
    sure = [one for one in true if one[2] >= SURE]
    assert len(sure) > 300
    pairs = [
        (one, other) for one in sure for other in seen if other[0] == one[0] and one[1] <= other[1] <= one[1] + LATE_MS
    ]
    # A wrong echo between the two readings after it can still hide the emptying of a half full container.
    assert 0.995 * len(sure) <= len(pairs) <= len(sure)
    late = np.array([other[1] - one[1] for one, other in pairs]) / MINUTE
    assert np.percentile(late, 97) <= 60
    # The median of three readings lies two readings behind.
    off = np.array([other[3] - one[2] for one, other in pairs])
    assert np.abs(np.median(off)) < 1.0
    assert np.percentile(np.abs(off), 95) < 4.0
    exact = np.array([other[2] <= one[1] for one, other in pairs])
    assert exact.mean() > 0.97


def test_no_emptying_is_invented():
    found = emptied(told().rows)
    true = true_emptyings()
    for thing, time in zip(found.thing.tolist(), found.time.tolist(), strict=True):
        if int(BEGIN.astype(int)) + LATE_MS <= time < int(END.astype(int)):
            assert any(one[0] == thing and time - LATE_MS <= one[1] <= time for one in true)


def test_the_volume_collected_is_that_of_the_deposits():
    """Emptyings of nearly empty containers are not seen, and the median lags."""
    ours = np.nansum(computed("collected_volume").value)
    capacity = [site["capacity_l"] for site in told().sites]
    true = sum(full / 100 * float(str(capacity[thing])) for thing, _, full in true_emptyings())
    assert ours == pytest.approx(true, rel=0.02)


def test_days_of_overflow_are_those_in_which_the_true_level_was_high():
    """A reading holds until the next, and two must agree: at most about an hour at either end of an overflow."""
    ours = computed("overflow").value
    minutes = np.arange(int(BEGIN.astype(int)), int(END.astype(int)), 10 * MINUTE)
    high = level(told().city, minutes.astype("datetime64[ms]")).value >= 95.0
    true = high.sum() / 6
    assert true > 200
    assert np.nansum(ours) == pytest.approx(true, rel=0.03)
    none = ~high.any(axis=1)
    assert none.sum() > 20
    assert not np.nansum(ours[none])


def test_late_and_avoidable_emptyings_are_those_of_the_true_level():
    """A level within the scatter of the limit, or emptied two readings after reaching it, may be told either way."""
    levels = np.array([full for _, _, full in true_emptyings()])
    late, avoidable = (computed(name).value.sum() for name in ("late_emptyings", "avoidable_emptyings"))
    assert np.count_nonzero(levels >= 99) <= late <= np.count_nonzero(levels >= 94) > 50
    assert np.count_nonzero((levels >= 33) & (levels < 38)) <= avoidable <= np.count_nonzero(levels < 43)


def test_the_plan_of_the_sites_is_that_of_the_rounds():
    planned, seen = computed("planned_emptyings").value, computed("emptyings").value
    cover = edges("day", BEGIN, END, ZONE).astype(int)
    true = true_emptyings()
    for thing, time, _ in true:
        assert planned[thing, np.searchsorted(cover, time, side="right") - 1] == 1.0
    # Six per cent of the rounds in every other week are missed.
    assert 0.94 < len(true) / planned.sum() < 1.0
    assert 0.93 < seen.sum() / len(true) < 1.01


def test_the_fill_rate_is_the_true_rise_since_the_emptying():
    """Of containers that were not emptied for two days, by the rise of their true level in these."""
    cover = edges("hour", END - np.timedelta64(48, "h"), END, ZONE)
    found = line(told().rows, cover[-2:])
    start = np.maximum(told().rows.time[found.first[:, 0]], int(END.astype(int)) - 14 * DAY)
    length = (int(END.astype(int)) - start) / HOUR
    then = np.array(
        [level(told().city, np.array([time], dtype="datetime64[ms]")).value[one, 0] for one, time in enumerate(start)]
    )
    rise = (level(told().city, np.array([END])).value[:, 0] - then) / length
    steady = (length > 48) & (rise > 0) & (level(told().city, np.array([END])).value[:, 0] < 99)
    assert steady.sum() > 20
    ratio = found.rate[steady, 0] / rise[steady]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)
    assert np.percentile(np.abs(ratio - 1), 90) < 0.3
