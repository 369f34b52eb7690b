"""The whole line against the truth: what the simulated city knew, and what the API says after hearing its sensors.

The story is a fixed one, so that every run sees the same numbers: the local day of 23 hours on which the clocks of 2025
were set forward, two hours before it and one after. Each test says what the sensors cannot have told, and allows that.
Matrices have a row per thing, in the city's order, and a column per window or hour.
"""

from __future__ import annotations

import csv
import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote

import numpy as np
import pytest

from sensors.geojson import geojson_from_things
from sensors.model import Device, Thing
from simulators.city import City
from simulators.run import rostock
from simulators.spaces import KINDS
from simulators.truth import energy, level, occupied, stays
from tests.publishing import publish
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, Running, smilecity, up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.places import Place
    from simulators.truth import Series

BEGIN, END = datetime(2025, 3, 29, 21, tzinfo=UTC), datetime(2025, 3, 30, 23, tzinfo=UTC)
HOURS = 26
MIDNIGHT, DAY_HOURS = datetime(2025, 3, 29, 23, tzinfo=UTC), 23
"""The local day, by what the law says of clocks and not by our calendar."""
DAY = slice(2 * 4, (2 + DAY_HOURS) * 4)
"""The quarter hours of the day among those since ``BEGIN``."""
QUARTERS = {"15min": 1, "hour": 4, "day": 4 * DAY_HOURS}
"""Quarter hours in a window."""
ROUNDED = 1e-6
"""The truth is written with six decimals."""
LATE_S = 0.040
"""Seconds from gateway to network server: what a change is late where the gateway names no time."""
REGISTER_KWH = 0.001
"""Registers count whole watt hours."""
NOISE_MM = 3 * 4.0 + 0.5
"""Of five echoes that scatter by 4 mm the median stays within three times that; whole millimetres are sent."""
EMPTIED = -30.0
"""Percentage points an hour: no level falls like that by itself."""
LAST = Thing(id="last", name="Last", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})
"""A car park that no truth knows of, to see how far processing is."""
pytestmark = pytest.mark.timeout(700)
"""A day of a city is told, stored and computed first, and machines differ."""


@dataclass(frozen=True)
class Told:
    """A platform that has heard the story to its end, and the simulator that has written the truth."""

    running: Running
    folder: Path
    city: City
    port: int
    """Of its broker."""

    def truth(self, name: str, kind: str, things: Sequence[str] = ()) -> NDArray[np.float64]:
        """Read what the simulator wrote of the things of a kind, or of some, from ``BEGIN`` to ``END``."""
        written: dict[str, list[float]] = {thing: [] for thing in things or self.things(kind)}
        with (self.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["thing"] in written and row["time"] < iso(END):
                    written[row["thing"]].append(float(row["value"]))
        return np.array(list(written.values()))

    def of_day(self, indicator: str, kind: str, window: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the day's results and the number of their samples; fails where one does not rest on a whole window."""
        step = timedelta(minutes=15) * QUARTERS[window]
        starts = [iso(MIDNIGHT + number * step) for number in range(QUARTERS["day"] // QUARTERS[window])]
        span = f"property={indicator}_{window}&from={iso(MIDNIGHT)}&to={iso(MIDNIGHT + timedelta(hours=DAY_HOURS))}"
        found = []
        for thing in self.things(kind):
            rows = self.running.get(f"/v1/observations?thing={thing}&{span}")["observations"]
            assert [row["phenomenon_time"] for row in rows] == starts
            assert {row["coverage"] for row in rows} == {1.0}
            found.append([(row["result"], row["samples"]) for row in rows])
        results, samples = np.moveaxis(np.array(found, dtype=np.float64), 2, 0)
        return results, samples

    def places(self, kind: str) -> list[Place]:
        """Give what is told of one by one: no household is."""
        return [place for place in self.city.places if place.kind == kind and not place.site.get("household")]

    def things(self, kind: str) -> list[str]:
        return [place.thing for place in self.places(kind)]


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.000Z"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Run platform and simulator as a person would, each in a process of its own, until all is said and computed."""
    folder = tmp_path_factory.mktemp("city")
    register(folder)
    port, city = free_port(), City(seed=1)
    messages = len(city.events(BEGIN, END))
    with up(folder, "--mqtt-port", str(port)) as running, simulator(port, folder / "truth"):
        wait_until(lambda: ledger(running)["received"] >= messages, timeout=300, what=f"{messages} messages")
        wait_until(lambda: ledger(running)["in_flight"] == 0, what="the last message to be stored")
        wait_until_computed(running, port)
        yield Told(running, folder / "truth", city, port)


def register(folder: Path) -> None:
    """Tell a catalogue the city's things, and the last one."""
    last = Device(id=LAST.id, model="plain", thing=LAST)
    for number, document in enumerate((rostock(), geojson_from_things([LAST], [last]))):
        path = folder / f"{number}.geojson"
        path.write_text(json.dumps(document), encoding="utf-8")
        added = smilecity("things", "add", str(path), "--data", str(folder / "city"))
        assert added.returncode == 0, added.stderr


@contextmanager
def simulator(port: int, truth: Path) -> Iterator[None]:
    """Let ``smilecity simulate`` tell the story, and go on with what comes after it until the end."""
    story = ("--start", f"{END:%Y-%m-%dT%H:%M}Z", "--history", str(HOURS), "--truth", str(truth))
    process = subprocess.Popen([*COMMAND, "simulate", "--broker", f"mqtt://127.0.0.1:{port}", *story])
    try:
        yield
        process.terminate()
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait(timeout=10)


def ledger(running: Running) -> dict[str, int]:
    total: dict[str, int] = running.get("/v1/ledger")["total"]
    return total


def wait_until_computed(running: Running, port: int) -> None:
    """Say two things more, one after the other: when the second is computed, the step of the first has ended."""
    for free in (1, 2):
        time = f"{END:%Y-%m-%d}T23:{15 * free}:00Z"
        publish(port, [(f"city/parking/{LAST.id}", json.dumps({"time": time, "available_spot_number": free}))])
        wait_until(partial(is_computed, running, 1 - free / 10), timeout=300, what="processing to follow")


def is_computed(running: Running, share: float) -> bool:
    rows = running.get(f"/v1/latest?thing={LAST.id}&property=occupancy_15min")["observations"]
    return [row["result"] for row in rows] == [share]


def windows(quarters: NDArray[np.float64], window: str) -> NDArray[np.float64]:
    """Lay the day's quarter hours out by window; shape (things, windows, quarter hours)."""
    day = quarters[:, DAY]
    return day.reshape(len(day), -1, QUARTERS[window])


def test_every_message_is_stored(told: Told):
    document = told.running.get("/v1/ledger")
    assert document["balanced"]
    assert document["total"]["stored"] == document["total"]["received"] >= len(told.city.events(BEGIN, END))


@pytest.mark.parametrize("window", QUARTERS)
def test_occupancy_of_car_parks_is_exact(told: Told, window: str):
    """Every change is told with its millisecond: nothing is lost."""
    ours, _ = told.of_day("occupancy", "parking_lot", window)
    true = windows(told.truth("occupancy", "parking_lot"), window).mean(axis=2)
    assert np.abs(ours - true).max() < ROUNDED
    assert true.std() > 0.1


@pytest.mark.parametrize("window", QUARTERS)
def test_occupancy_of_single_spaces_is_exact_but_for_clocks(told: Told, window: str):
    """Where no gateway names a time a change is 40 ms late: those in the window, and perhaps one from before it."""
    ours, samples = told.of_day("occupancy", "parking_spot", window)
    true = windows(told.truth("occupancy", "parking_spot"), window).mean(axis=2)
    late = LATE_S * (samples + 1) / (900 * QUARTERS[window])
    assert (np.abs(ours - true) < late + ROUNDED).all()
    assert true.std() > 0.2


def test_arrivals_and_hours_of_single_spaces_are_the_true_ones_but_for_flaps(told: Told):
    """What lasts less than a minute, a stay or the time between two, is none; clocks may be 40 ms late."""
    spaces = told.city.things(*KINDS)
    came, hours, flaps = (np.zeros(len(spaces)) for _ in range(3))
    true = stays(told.city, MIDNIGHT, MIDNIGHT + timedelta(hours=DAY_HOURS))
    row = np.array([spaces.index(thing) for thing in true.thing])
    length, minute = true.end - true.begin, np.timedelta64(60_040, "ms")
    apart = np.where(np.diff(row) == 0, true.begin[1:] - true.end[:-1], 2 * minute)
    np.add.at(came, row, true.came)
    np.add.at(hours, row, length / np.timedelta64(1, "h"))
    np.add.at(flaps, row, (length < minute) | (np.append(apart, 2 * minute) < minute))
    ordinary = [spaces.index(thing) for thing in told.things("parking_spot")]
    came, hours, flaps = (each[ordinary] for each in (came, hours, flaps))
    arrivals, _ = told.of_day("arrivals", "parking_spot", "day")
    taken, samples = told.of_day("stays_hours", "parking_spot", "day")
    assert ((came - arrivals[:, 0] >= 0) & (came - arrivals[:, 0] <= flaps)).all()
    assert (np.abs(taken[:, 0] - hours) < flaps / 60 + LATE_S * (samples[:, 0] + 1) / 3600).all()
    assert came.sum() > 200 > 10 * flaps.sum()


def lost_at_edges(told: Told, quarters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound what each register read at the start of a quarter hour can be off by. [kWh]

    A meter that is read at its own moments is known at two of them around the edge, a quarter hour apart. Where the
    power changes at the edge, the line between them misses the corner by at most a quarter of the change in energy. A
    meter that is read at the edge itself misses nothing.
    """
    own_moments = np.array([place.network == "plain" for place in told.places("energy_meter")])
    assert 0 < own_moments.sum() < len(own_moments)
    change = np.abs(np.diff(quarters, axis=1, prepend=quarters[:, :1]))
    return np.where(own_moments[:, None], change / 4 + REGISTER_KWH / 2, 0.0)


@pytest.mark.parametrize("window", QUARTERS)
def test_energy_is_off_by_what_is_lost_at_two_edges(told: Told, window: str):
    ours, _ = told.of_day("energy", "energy_meter", window)
    quarters = told.truth("energy", "energy_meter")
    lost = lost_at_edges(told, quarters)
    allowed = windows(lost, window)[:, :, 0] + windows(np.roll(lost, -1, axis=1), window)[:, :, -1]
    true = windows(quarters, window).sum(axis=2)
    assert (np.abs(ours - true) < allowed + QUARTERS[window] * ROUNDED).all()
    assert np.median(allowed / true) < 0.05


def test_peak_demand_is_off_by_what_is_lost_at_two_edges(told: Told):
    """The greatest of many values is off by no more than the one that is off most."""
    ours, _ = told.of_day("peak_demand", "energy_meter", "day")
    quarters = told.truth("energy", "energy_meter")
    lost = lost_at_edges(told, quarters)
    allowed = 4 * (lost + np.roll(lost, -1, axis=1))[:, DAY].max(axis=1)
    true = 4 * quarters[:, DAY].max(axis=1)
    assert (np.abs(ours[:, 0] - true) < allowed + 4 * ROUNDED).all()
    assert np.median(allowed / true) < 0.1


@dataclass(frozen=True)
class Levels:
    """Containers at the full hours at which five readings are known; our level is that of a window's end."""

    ours: NDArray[np.float64]
    true: NDArray[np.float64]
    """At each full hour since ``BEGIN``."""
    hour: NDArray[np.int64]
    """Which of those each column of ``ours`` is."""
    noise: NDArray[np.float64]
    """What scattering echoes amount to, shape (things, 1). [%]"""
    period: NDArray[np.float64]
    """Hours from one reading to the next, shape (things,)."""

    def ago(self, readings: float) -> NDArray[np.float64]:
        """Give the true level some readings before each of our hours: within an hour a level rises evenly."""
        known = np.arange(self.true.shape[1])
        rows = zip(self.true, self.period, strict=True)
        return np.array([np.interp(self.hour - readings * period, known, row) for row, period in rows])

    def steady(self) -> NDArray[np.bool_]:
        """Tell where nothing was emptied within the six hours in which the last five readings lie."""
        rises = np.diff(self.true, axis=1) >= 0
        return np.stack([rises[:, hour - 6 : hour].all(axis=1) for hour in self.hour], axis=1)


@pytest.fixture
def levels(told: Told) -> Levels:
    containers = told.places("waste_container")
    ours, _ = told.of_day("filling_level_smoothed", "waste_container", "hour")
    depth = [place.site["distance_empty_mm"] - place.site["distance_full_mm"] for place in containers]
    hour = np.arange(3, 3 + DAY_HOURS)
    return Levels(
        ours=ours[:, hour >= 6],
        true=told.truth("filling_level", "waste_container"),
        hour=hour[hour >= 6],
        noise=100 * NOISE_MM / np.array(depth, dtype=np.float64)[:, None],
        period=np.array([place.habit["period_min"] / 60 for place in containers]),
    )


def test_filling_level_lags_by_two_to_three_readings(levels: Levels):
    """Of five rising levels the median is the third last, or with one wrong echo among them the second last.

    Over all containers that is two and a half readings, and the scatter cancels out: an hour more or less is 0.5 %.
    """
    steady = levels.steady()
    assert steady.mean() > 0.95
    assert (levels.ours > levels.ago(3) - levels.noise)[steady].all()
    assert (levels.ours < levels.ago(1) + levels.noise)[steady].all()
    assert abs((levels.ours - levels.ago(2.5))[steady].mean()) < 0.1


def test_filling_level_follows_an_emptying_with_the_third_reading(levels: Levels):
    """Three readings after the full hour at which the truth has fallen, three of the last five are new."""
    things, last_full = np.nonzero(np.diff(levels.true, axis=1) < EMPTIED)
    fallen = zip(things.tolist(), (last_full + 1 - levels.hour[0]).tolist(), strict=True)
    inside = [(thing, column) for thing, column in fallen if 0 < column < len(levels.hour) - 3]
    assert inside
    old, new = levels.ago(3) - levels.noise, levels.ago(0) + levels.noise
    for thing, column in inside:
        later = column + int(np.ceil(3 * levels.period[thing]))
        assert levels.ours[thing, column - 1] > old[thing, column - 1]
        assert levels.ours[thing, later] < new[thing, later]


def test_containers_speak_as_often_as_they_are_set_to_and_nothing_is_lost(told: Told):
    """What they are set to is learned from what they send; an interval that midnight cuts may lie on either side."""
    period = np.array([place.habit["period_min"] for place in told.places("waste_container")])
    learned, _ = told.of_day("expected_interval", "waste_container", "day")
    complete, _ = told.of_day("completeness", "waste_container", "day")
    assert np.abs(learned[:, 0] / period - 1).max() < 0.05
    assert (complete[:, 0] >= 1 - 1.01 * period / (60 * DAY_HOURS)).all()
    lost, _ = told.of_day("lost_uplinks", "waste_container", "day")
    assert not lost.any()


def off(told: Told, prop: str, kind: str, ask: Callable[[City, NDArray[Any]], Series]) -> NDArray[np.float64]:
    """Tell by how much the newest reading of each thing exceeds the truth at its own time."""
    found = told.running.get(f"/v1/latest?property={prop}&kind={kind}")["observations"]
    newest = {row["thing"]: row for row in found if row["thing"] != LAST.id}
    assert sorted(newest) == sorted(told.things(kind))
    times = [np.datetime64(newest[thing]["phenomenon_time"].rstrip("Z"), "ms") for thing in told.things(kind)]
    asked = np.unique(times)
    true = ask(told.city, asked)
    row = [true.things.index(thing) for thing in told.things(kind)]
    results = [newest[thing]["result"] for thing in told.things(kind)]
    return np.array(results) - true.value[row, np.searchsorted(asked, times)]


def test_newest_readings_of_spaces_and_meters_are_the_truth_of_their_time(told: Told):
    """What is sent is what is true then: spaces are whole, and registers count whole watt hours."""
    capacity = np.array([place.site["capacity"] for place in told.places("parking_lot")])

    def free(city: City, times: NDArray[Any]) -> Series:
        lots = occupied(city, times)
        return lots._replace(
            value=np.append(capacity, np.zeros(len(lots.things) - len(capacity)))[:, None] - lots.value
        )

    assert not off(told, "available_spot_number", "parking_lot", free).any()
    assert not off(told, "occupied", "parking_spot", occupied).any()
    assert np.abs(off(told, "total_active_energy_import", "energy_meter", energy)).max() < REGISTER_KWH


def test_newest_echoes_scatter_around_the_truth_of_their_time(told: Told, levels: Levels):
    """Single echoes: one in 370 scatters further than three times, one in 250 is wrong; of 70 hardly four."""
    beyond = np.abs(off(told, "filling_level", "waste_container", level)) > levels.noise[:, 0]
    assert beyond.sum() <= 3


def test_households_are_told_of_in_sums_alone(told: Told):
    """Six of them are neighbours and count in their district's sum; three others are too few for theirs."""
    homes = [place.thing for place in told.city.places if place.site.get("household")]
    assert len(homes) == 16
    for thing in homes:
        with pytest.raises(HTTPError, match="403"):
            told.running.get(f"/v1/observations?thing={thing}&property=energy_day")
    named = {row["thing"] for row in told.running.get("/v1/latest?kind=energy_meter")["observations"]}
    assert not named & set(homes)
    assert of_day(told, "KTV I") == []  # its day waits until the next one is known
    publish(told.port, list(next_day(told, homes)))
    wait_until(lambda: of_day(told, "KTV I"), timeout=300, what="the day to be told")
    counted = {district: of_day(told, district)[0] for district in ("KTV I", "Hinrichshagen")}
    everybody = told.city.things("energy_meter")
    true = told.truth("energy", "energy_meter", everybody)[:, DAY].sum(axis=1)
    where = {place.thing: place.site["district"] for place in told.city.places}
    for district, with_homes in (("KTV I", True), ("Hinrichshagen", False)):
        mine = [row for row, thing in enumerate(everybody) if where[thing] == district]
        members = [row for row in mine if with_homes or everybody[row] not in homes]
        assert abs(counted[district] - true[members].sum()) < 0.02 * true[members].sum()


def of_day(told: Told, district: str) -> list[float]:
    """Give what a district is said to have used in the day; empty until it is told."""
    span = f"property=energy_day&from={iso(MIDNIGHT)}&to={iso(END)}"
    held = told.running.get(f"/v1/datastreams?property=energy_day&thing={quote(f'district:{district}')}")
    if not held["datastreams"]:
        return []
    rows = told.running.get(f"/v1/observations?thing={quote(f'district:{district}')}&{span}")["observations"]
    return [row["result"] for row in rows]


def next_day(told: Told, homes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Say what the registers of homes show through most of the next day."""
    for place in (place for place in told.city.places if place.thing in homes):
        for hour in range(1, 22):
            said = {"time": iso(END + timedelta(hours=hour)), "total_active_energy_import": 900_000 + hour}
            yield f"city/energy/{place.device}", json.dumps(said)
