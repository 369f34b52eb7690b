"""A formula that raises for one thing: its windows alone are left out, and that is said."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing import apart
from processing.control import checks, stuck
from processing.indicators import indicators
from processing.metrics import LEFT_OUT
from processing.worker import Worker
from sensors.model import Datastream
from storage.catalogue import Catalogue
from storage.store import Store, open_store
from tests.processing.raising import with_version
from tests.processing.small_city import BIN, LOT, at, held, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.check import Examined
    from processing.indicator import Given, Results
    from sensors.model import Thing

LOTS = [replace(LOT, id=f"lot-{number}", district=f"D{number % 2}") for number in range(11)]
BAD = LOTS[7]


def prepared(things: Sequence[Thing], observed: str = "available_spot_number") -> tuple[Store, Catalogue]:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put(things)
    for thing in things:
        store.write(rows(Datastream(thing.id, observed), *((quarter / 4, 60.0) for quarter in range(40))))
    return store, catalogue


def results(store: Store, left: Sequence[str] = ()) -> dict[tuple[str, object], object]:
    streams = [one for one in store.changes(0).datastreams if one.derived and one.thing not in left]
    return {key: told[:4] for key, told in held(store, streams).items()}


def raising(*bad: str):
    """Give a formula that raises where any of some things, told by their capacity, is among those given."""
    sound = indicators()["occupancy"].formula

    def formula(given: Given) -> Results:
        for site in given.sites:
            if site.get("note") in bad:
                raise ZeroDivisionError(f"no capacity of {site['note']}")
        return sound(given)

    return formula


def with_notes(*noted: str) -> list[Thing]:
    return [
        replace(thing, properties={**thing.properties, "note": thing.id}) if thing.id in noted else thing
        for thing in LOTS
    ]


def test_all_others_have_what_they_have_without_it(caplog: pytest.LogCaptureFixture):
    sound = Worker(*(found := prepared([thing for thing in LOTS if thing is not BAD])))
    sound.step(at(hours=10))
    alone = results(found[0], left=("city", "district:D1"))
    store, catalogue = prepared(with_notes(BAD.id))
    before = LEFT_OUT.labels("occupancy_hour")._value.get()
    with with_version("occupancy", 99, raising(BAD.id)), caplog.at_level(logging.ERROR):
        worker = Worker(store, catalogue)
        report = worker.step(at(hours=10))
        again = worker.step(at(hours=10, minutes=1))
    assert results(store, left=("city", "district:D1", BAD.id)) == alone
    names = {name for name, _ in results(store) if name.startswith(f"{BAD.id}/")}
    assert "lot-7/parked_hours_hour" in names
    assert not any(name.startswith("lot-7/occupancy_") for name in names)
    assert (report.left_out, again.windows, again.left_out) == (50, 0, 0)
    assert LEFT_OUT.labels("occupancy_hour")._value.get() - before == 10
    (sentence,) = caplog.messages
    assert sentence.startswith(
        "Not computed of 'lot-7': occupancy_15min, occupancy_hour, 2026-03-28T23:00Z to 2026-03-29T09:00Z, since "
        "ZeroDivisionError: no capacity of lot-7 (test_apart.py:"
    )
    assert sentence.endswith("then 'smilecity process --backfill 2026-03-28T23:00Z 2026-03-29T09:00Z'")


def test_once_it_is_mended_a_backfill_makes_up_for_it():
    store, catalogue = prepared(with_notes(BAD.id))
    with with_version("occupancy", 99, raising(BAD.id)):
        Worker(store, catalogue).step(at(hours=10))
    Worker(store, catalogue).recompute(at(hours=0), at(hours=10), at(hours=10))
    sound = prepared(LOTS)
    Worker(*sound).step(at(hours=10))
    assert results(store) == results(sound[0])


def test_a_backfill_goes_on_too(caplog: pytest.LogCaptureFixture):
    store, catalogue = prepared(with_notes(BAD.id))
    with with_version("occupancy", 99, raising(BAD.id)), caplog.at_level(logging.ERROR):
        report = Worker(store, catalogue).recompute(at(hours=0), at(hours=10), at(hours=10))
    assert report.left_out == 50
    assert ("lot-3/occupancy_hour" in {name for name, _ in results(store)}, len(caplog.messages)) == (True, 1)


def test_a_formula_that_raises_for_everybody_is_soon_given_up(caplog: pytest.LogCaptureFixture):
    calls = 0

    def formula(given: Given) -> Results:
        nonlocal calls
        calls += 1
        raise RuntimeError("always")

    store, catalogue = prepared(LOTS)
    with with_version("occupancy", 99, formula), caplog.at_level(logging.ERROR):
        Worker(store, catalogue).step(at(hours=10))
    assert calls < 2 * (2 * apart.MOST + 12)
    assert ("lot-3/parked_hours_hour" in {name for name, _ in results(store)}) is True
    assert any("RuntimeError: always" in sentence for sentence in caplog.messages)


def test_a_check_that_raises_for_one_thing_is_found_out(monkeypatch: pytest.MonkeyPatch):
    bins = [replace(BIN, id=f"bin-{number}") for number in range(5)]
    bins[2] = replace(bins[2], properties={"note": "bad"})
    sound = stuck.CHECK.flags

    def flags(examined: Examined):
        if any("note" in site for site in examined.limits.sites):
            raise OverflowError("stuck for ever")
        return sound(examined)

    store, catalogue = prepared(bins, "filling_level")
    other = {**checks(), "stuck": replace(stuck.CHECK, flags=flags, decisive=())}
    monkeypatch.setattr("processing.control.checks", lambda: other)
    Worker(store, catalogue).step(at(hours=10))
    told = {name.partition("/")[0] for name, _ in results(store)}
    assert told >= {"bin-0", "bin-1", "bin-3", "bin-4"}
    assert "bin-2" not in told


def test_the_same_is_said_once_an_hour(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    store, catalogue = prepared(with_notes(BAD.id))
    with with_version("occupancy", 99, raising(BAD.id)), caplog.at_level(logging.ERROR):
        worker = Worker(store, catalogue)
        for hour in (10, 11):
            worker.step(at(hours=hour))
        assert len(caplog.messages) == 1
        monkeypatch.setattr(apart, "AGAIN_S", 0.0)
        worker.step(at(hours=12))
    assert len(caplog.messages) == 2


def test_too_little_memory_is_nobodys_nonsense():
    def formula(given: Given) -> Results:
        raise MemoryError

    store, catalogue = prepared(LOTS)
    with with_version("occupancy", 99, formula), pytest.raises(MemoryError):
        Worker(store, catalogue).step(at(hours=10))
