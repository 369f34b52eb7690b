"""Recorded visits of crews to containers in Ankara, 2019 to 2021: what is computed of them, and slow loops beside.

At each visit the crew wrote how full the containers for paper and for plastic were found. The file lies beside the
repository and is not part of it; without it this is skipped. By default a year of every sixth place is computed;
``SMILECITY_HISTORIES=all`` takes all 27 months of all. What was found in the file stands in ``docs/histories.md``; the
last test holds it to that.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from processing.backfill import Span, backfill
from processing.group import groups
from processing.region import Region
from sensors.model import Datastream, Thing
from sensors.quality import Quality
from storage.store import Query, open_store
from tests.smilecity.test_import import SHARED, brought_in, documented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.store import Store

TABLE = SHARED / "waste_ankara_visits_2019-2021.csv.gz"
ALL = os.environ.get("SMILECITY_HISTORIES") == "all"
EVERY = 1 if ALL else 6
ANKARA = ZoneInfo("Europe/Istanbul")
MONTHS = [(2019 + month // 12, 1 + month % 12) for month in range(26 if ALL else 12)]
FRACTIONS = {"paper": "Paper", "plastic": "Plastic"}
pytestmark = [
    pytest.mark.skipif(not TABLE.is_file(), reason="the folder with recorded files is not beside the repository"),
    pytest.mark.timeout(3000 if ALL else 400),
]
Visits = list[tuple[datetime, float]]


def lines() -> list[dict[str, str]]:
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def visits() -> dict[str, Visits]:
    """Read the file by nothing but csv: time and level in per cent by container, of two of one instant the first."""
    found: dict[str, dict[datetime, float]] = {}
    for line in lines():
        for fraction, column in FRACTIONS.items():
            if line[f"# {column}"] != "0":
                time = datetime.fromisoformat(line["VisitDate"]).replace(tzinfo=ANKARA).astimezone(UTC)
                found.setdefault(f"ankara-{line['SPID']}-{fraction}", {}).setdefault(
                    time, 100 * float(line[f"% {column}"])
                )
    return {name: sorted(each.items()) for name, each in sorted(found.items())}


@pytest.fixture(scope="module")
def chosen(visits: dict[str, Visits]) -> list[str]:
    return list(visits)[::EVERY]


@pytest.fixture(scope="module")
def store(chosen: list[str]) -> Iterator[Store]:
    """Import the file once for each fraction with the mapping of the documentation, and compute what was chosen."""
    with closing(open_store("memory://")) as held:
        for fraction, column in FRACTIONS.items():
            mapping = documented("ankara").replace("paper", fraction).replace("Paper", column)
            reading, _ = brought_in(TABLE, held, mapping)
            assert not any(told.counts.total() for told in reading.objections)
        bins = [Thing(id=name, name=name, kind="waste_container", longitude=32.8, latitude=39.9) for name in chosen]
        every = [group for group in groups(bins, {}) if not group.groups]
        names = {"recorded_emptyings"}
        wanted = [
            replace(each, indicators=tuple(one for one in each.indicators if one.name in names)) for each in every
        ]
        first, end = (int(start_of(*month).timestamp() * 1000) for month in (MONTHS[0], after(*MONTHS[-1])))
        backfill(held, wanted, Span(first, end, end, end), Region(zone="Europe/Istanbul"))
        yield held


def start_of(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=ANKARA)


def after(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)


def told(store: Store, thing: str, name: str, month: tuple[int, int]) -> float | None:
    instant = np.datetime64(start_of(*month).astimezone(UTC).replace(tzinfo=None), "ms")
    stream = Datastream(thing, name, derived=True)
    rows = store.read(Query(datastreams=[stream], start=instant, end=instant + np.timedelta64(1, "ms")))
    return None if not len(rows) or np.isnan(rows.result[0]) else float(rows.result[0])


def walked(of: Visits, month: tuple[int, int]) -> dict[str, float] | None:
    """Walk through the visits: a day counts where three quarters of it lie within 14 days after a visit."""
    begin, end = start_of(*month), start_of(*after(*month))
    total = dict.fromkeys(("", "avoidable", "overfull", "level", "days"), 0.0)
    known, every, day = timedelta(0), spans(of), begin
    while day < end:
        until = day + timedelta(days=1)
        near = [(time, following) for time, following in every if time < until and following > day]
        held = [(max(time, day), min(following, time + timedelta(days=14), until)) for time, following in near]
        part = sum((stop - start for start, stop in held if stop > start), timedelta(0))
        if part / (until - day) >= 0.75:
            known += part
            for number, (time, level) in enumerate(of):
                if day <= time < until:
                    since = time - of[number - 1][0] if number else timedelta.max
                    first = since > timedelta(hours=2)
                    total[""] += first
                    total["avoidable"] += first and level < 40
                    total["overfull"] += first and level > 100
                    total["level"] += level if first else 0
                    total["days"] += since / timedelta(days=1) if since <= timedelta(days=14) else 0
        day = until
    return total if known / (end - begin) >= 0.75 else None


def spans(of: Visits) -> list[tuple[datetime, datetime]]:
    ends = [time for time, _ in of[1:]] + [datetime.max.replace(tzinfo=UTC)] * bool(of)
    return [(time, end) for (time, _), end in zip(of, ends, strict=True)]


def test_emptyings_of_every_month(store: Store, visits: dict[str, Visits], chosen: list[str]):
    months, emptied = 0, 0.0
    for name in chosen:
        for month in MONTHS:
            begin, end = start_of(*month) - timedelta(days=15), start_of(*after(*month))
            expected = walked([each for each in visits[name] if begin <= each[0] < end], month)
            for part in ("", "avoidable", "overfull", "level", "days"):
                value = told(store, name, "_".join(filter(None, ("recorded_emptyings", part, "month"))), month)
                if expected is None:
                    assert value is None, (name, month)
                else:
                    assert value == pytest.approx(expected[part]), (name, month, part)
            months, emptied = months + (expected is not None), emptied + (expected[""] if expected else 0)
    assert months > len(chosen)
    assert emptied > 1000


def test_defects_of_the_file_are_those_told(store: Store, visits: dict[str, Visits]):
    """What the file has, counted without the platform, and what quality control says of it."""
    told_of = lines()
    keys = Counter((line["SPID"], line["VisitDate"]) for line in told_of)
    with (SHARED / "waste_ankara_locations.csv").open(encoding="utf-8", newline="") as file:
        places = {line["SPID"] for line in csv.DictReader(file)}
    levels = Counter(line[f"% {column}"] for line in told_of for column in ("Paper", "Plastic"))
    assert (len(told_of), len({line["SPID"] for line in told_of})) == (66_725, 76)
    assert sum(count - 1 for count in keys.values()) == 7
    assert len({line["SPID"] for line in told_of} - places) == 1
    above = [sum(float(line[f"% {column}"]) > 1 for line in told_of) for column in ("Paper", "Plastic")]
    assert above == [3298, 1024]
    assert levels["1.0"] == 42_669
    flags: Counter[int] = Counter()
    for name, each in visits.items():
        rows = store.read(Query(datastreams=[Datastream(name, "collected_level")]))
        assert len(rows) == len(each)
        flags.update(rows.quality.tolist())
    assert flags[Quality.SUSPECT] == sum(level > 100 for each in visits.values() for _, level in each)
    assert set(flags) == {Quality.GOOD, Quality.SUSPECT}
