"""Hours of rules: what is true within them is an alert, and nothing else is, however late rows come."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.alert import Hours, NoData, Silent
from processing.alerting.estate import Estate, Told
from processing.alerting.evaluate import evaluate
from processing.alerting.hours import STEP, turns
from processing.alerting.restoring import every
from processing.alerting.watch import Watch
from processing.alerts import shipped
from processing.region import Region
from processing.rows import Rows
from sensors.model import Batch, Datastream, Thing
from storage.alert import Change, Kind
from storage.catalogue import Catalogue
from storage.store import open_store

DAY = datetime(2026, 6, 3, tzinfo=UTC)
UTC_CITY = Region(zone="UTC")
OPEN = ((8 * 60, 10 * 60), (12 * 60, 14 * 60))
"""When the rule holds. [minutes of the day]"""
BEGIN, END, UNIT = 7 * 60, 15 * 60, 5
"""What is looked at of the day, and how far instants are apart. [min]"""
RULE = replace(
    shipped()["container_overflow"],
    hours=Hours(site="hours"),
    pending=timedelta(0),
    silent=Silent(),
    escalation=None,
    storm=None,
)
Row = tuple[int, float]
"""Minute of the day, level."""


def bin_of(name: str = "bin", hours: str = "Mo-Su 08:00-10:00,12:00-14:00") -> Thing:
    site = {"hours": hours}
    return Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, properties=site)


def ms(minute: int) -> int:
    return int((DAY + timedelta(minutes=minute)).timestamp() * 1000)


def is_open(minute: int) -> bool:
    return any(begin <= minute < end for begin, end in OPEN)


class City:
    """A container, and a watch over it that others may restart."""

    def __init__(self) -> None:
        self.store, self.catalogue = open_store("memory://"), Catalogue("sqlite://")
        self.catalogue.put([bin_of()])
        self.restart()

    def restart(self) -> None:
        self.watch = Watch(self.store, self.catalogue, region=UTC_CITY, shipped=lambda: {RULE.name: RULE})

    def says(self, *rows: Row) -> None:
        times = np.array([ms(minute) for minute, _ in rows]).astype("datetime64[ms]")
        stream = Datastream("bin", "filling_level")
        self.store.write(Batch.of([stream], np.zeros(len(rows)), times, [level for _, level in rows]))

    def look(self, minute: float) -> None:
        self.watch.step(DAY + timedelta(minutes=minute))

    def fires(self) -> bool:
        return bool(list(every(self.catalogue.alerts)))

    def told(self) -> list[tuple[str, float]]:
        return [(one.change.value, (one.at - ms(0)) / 60_000) for one in self.catalogue.alerts.changes()]


MORNING = [("fired", 480.0), ("resolved", 600.0)]


@pytest.mark.parametrize(
    ("taken", "heard", "expected"),
    [
        (470, 470, MORNING),
        (479, 480.1, MORNING),
        (470, 490, MORNING),
        (595, 600.2, [("fired", 595.0), ("resolved", 600.0)]),
        (570, 615, [("fired", 570.0), ("resolved", 600.0)]),
        (200, 490, MORNING),
    ],
)
def test_what_is_heard_after_hours_have_turned_is_alerted_of_as_it_was(
    taken: int, heard: float, expected: list[tuple[str, float]]
):
    city = City()
    looks = sorted([*range(100, 719, 15), heard, heard + 3])
    for minute in looks:
        if minute == heard:
            city.says((taken, 97.0))
        city.look(minute)
    assert city.told() == expected


@pytest.mark.parametrize(
    ("taken", "since"), [(470, 480.0), (510, 510.0), (-3 * 24 * 60, 480.0), (-30 * 24 * 60, 480.0)]
)
def test_a_watch_that_begins_within_hours_tells_what_stands(taken: int, since: float):
    city = City()
    city.says((taken, 97.0))
    city.look(540)
    assert city.told() == [("fired", since)]


def test_what_fires_since_hours_began_goes_on_through_a_restart():
    city = City()
    city.look(460)
    city.says((470, 97.0))
    for minute in (471, 480, 500):
        city.look(minute)
    city.restart()
    for minute in (510, 600):
        city.look(minute)
    city.restart()
    city.look(610)
    assert city.told() == MORNING


def test_what_comes_late_of_an_alert_that_hours_have_ended_is_told_already():
    city = City()
    city.look(460)
    city.says((470, 97.0))
    for minute in (471, 480, 600):
        city.look(minute)
    city.says((560, 96.0))
    city.look(605)
    city.restart()
    city.says((570, 96.0))
    city.look(610)
    assert city.told() == MORNING
    city.look(720)
    assert city.told() == [*MORNING, ("fired", 720.0)]


MINUTES = st.integers(BEGIN // UNIT, END // UNIT).map(lambda unit: unit * UNIT)
LATE = st.sampled_from([0, 0, 5, 10, 30, 55, 70, 180])
SAID = st.lists(
    st.tuples(MINUTES, st.sampled_from([10.0, 97.0]), LATE), min_size=1, max_size=8, unique_by=lambda row: row[0]
)
HAPPENS = st.dictionaries(MINUTES, st.sampled_from(["registers", "restarts"]), max_size=6)


@settings(max_examples=14, deadline=None)
@given(said=SAID, happens=HAPPENS, apart=st.sampled_from([1, 2, 5, 9]))
@example(said=[(470, 97.0, 5), (475, 97.0, 180)], happens={485: "registers", 660: "restarts"}, apart=1)
def test_however_late_rows_come_what_fires_is_what_is_true_within_hours(
    said: list[tuple[int, float, int]], happens: dict[int, str], apart: int
):
    city, heard, waits = City(), [(0, 10.0)], False
    for number, minute in enumerate(range(BEGIN - UNIT, END + 200, UNIT)):
        rows = [(time, level) for time, level, after in said if time + after == minute]
        if rows:
            city.says(*rows)
            heard, waits = heard + rows, True
        if happens.get(minute) == "registers":
            city.catalogue.put([bin_of(f"bin-{minute}")])
        elif happens.get(minute) == "restarts":
            city.restart()
            waits = True
        if number % apart == 0 or minute in happens:
            city.look(minute)
            newest, level = max(heard)
            # When what has come last is more than an hour old, more is waited for.
            assert (waits and minute - newest > 60) or city.fires() == (level > 95 and is_open(minute)), minute
            waits = False
    assert_told_once(list(city.catalogue.alerts.changes()))
    city.catalogue.close()


def assert_told_once(changes: list[Change]) -> None:
    spans: dict[str, list[list[int]]] = defaultdict(list)
    for one in changes:
        if one.change is Kind.FIRED:
            spans[one.alert.key].append([one.alert.since, 1 << 60])
        else:
            spans[one.alert.key][-1][1] = one.at
    for mine in spans.values():
        assert all(begin <= end for begin, end in mine)
        assert all(one[1] <= another[0] for one, another in pairwise(mine))


def facts(*parts: Told) -> list[tuple[int, ...]]:
    columns = ("thing", "step", "time", "since", "fired", "heard")
    return sorted(
        row for told in parts for row in zip(*(getattr(told.steps, name).tolist() for name in columns), strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1), MINUTES, st.sampled_from([10.0, 90.0, 97.0])), unique_by=lambda row: row[:2]
    ).map(sorted),
    silent=st.sampled_from(
        [Silent(), *(Silent(then=then, after=timedelta(minutes=70)) for then in NoData if then.name != "KEEP")]
    ),
    waits=st.sampled_from([0, 25]),
    clears=st.sampled_from([0, 20]),
    apart=st.sampled_from([5, 15, 40]),
)
def test_however_looks_are_parted_the_same_steps_are_made(
    rows: list[tuple[int, int, float]], silent: Silent, waits: int, clears: int, apart: int
):
    rule = replace(RULE, silent=silent, pending=timedelta(minutes=waits), clear_for=timedelta(minutes=clears))
    things = [bin_of("a"), bin_of("b", "Mo-Su 09:00-13:00")]
    until = END + 200
    whole = evaluate(rule, things, in_ms(rows), ms(until), UTC_CITY).told
    estate, parts, last = Estate(rule, things, UTC_CITY), [], 0
    estate.begin_hours(ms(BEGIN))
    for minute in [*range(BEGIN, until, apart), until]:
        parts.append(estate.step(in_ms([row for row in rows if last < row[1] <= minute]), ms(minute)))
        last = minute
    assert facts(*parts) == facts(whole)


def in_ms(rows: list[tuple[int, int, float]]) -> Rows:
    series, time, value = zip(*rows, strict=True) if rows else ((), (), ())
    return Rows.of(2, list(series), np.array([ms(minute) for minute in time], dtype="datetime64[ms]"), list(value))


@given(
    spans=st.lists(st.tuples(st.integers(0, 96), st.integers(-3, 96), st.booleans()), min_size=1, max_size=4),
)
def test_turns_are_the_quarters_in_which_hours_begin_or_end(spans: list[tuple[int, int, bool]]):
    things = [bin_of(str(place)) for place in range(len(spans))]
    start, until = (np.array([ms(15 * span[column]) for span in spans]) for column in (0, 1))
    first = np.array([span[2] for span in spans])
    thing, quarter, opens = turns(RULE.hours or Hours(), things, np.arange(len(spans)), (start, until, first), UTC_CITY)
    expected = [
        (place, ms(15 * each), is_open(15 * each))
        for place, (begin, end, counts) in enumerate(spans)
        for each in range(begin, end + 1)
        if (counts and each == begin) or (each > begin and is_open(15 * each) != is_open(15 * each - 15))
    ]
    assert STEP == 15 * 60_000
    assert list(zip(thing.tolist(), quarter.tolist(), opens.tolist(), strict=True)) == expected
