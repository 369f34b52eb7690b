"""The watch over a real store and catalogue: what is told, once, whatever interrupts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.alert import Hours, NoData, Silent
from processing.alerting.watch import Watch
from processing.alerts import shipped
from sensors.model import Batch, Datastream, Thing
from storage.alert import ACTIVE, Chosen, Kind, OwnRule, Silence, State
from storage.catalogue import Catalogue, Counts
from storage.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.alert import Change

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def thing(name: str, kind: str, **site: Any) -> Thing:
    return Thing(id=name, name=name.title(), kind=kind, longitude=12.1, latitude=54.1, operator="SR", properties=site)


GATE = thing("gate", "fire_access_zone")
BIN = thing("bin", "waste_container")
METERS = tuple(thing(f"meter-{number}", "energy_meter", gateway="gw-1") for number in range(8))


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open a store in memory, or the one that a test asks for."""
    engine = getattr(request, "param", "memory")
    opened = open_store("memory://" if engine == "memory" else f"duckdb://{tmp_path}/city.duckdb")
    yield opened
    opened.close()


on_disk_too = pytest.mark.parametrize("store", ["memory", "duckdb"], indirect=True)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put([GATE, BIN, *METERS])
    yield opened
    opened.close()


@pytest.fixture
def watch(store: Store, catalogue: Catalogue) -> Watch:
    return Watch(store, catalogue)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def say(store: Store, stream: str, *readings: tuple[float, float]) -> None:
    """Write observations of (minutes after noon, result)."""
    name, prop = stream.split("/")
    times = [np.datetime64(at(minutes).replace(tzinfo=None), "ms") for minutes, _ in readings]
    results = [result for _, result in readings]
    store.write(Batch.of([Datastream(name, prop)], np.zeros(len(times)), times, results))


def told(catalogue: Catalogue, after: int = 0) -> list[tuple[str, str]]:
    return [(change.change.value, change.alert.key) for change in catalogue.alerts.changes(after)]


def newest(catalogue: Catalogue) -> Change:
    return catalogue.alerts.changes()[-1]


@on_disk_too
def test_a_blocked_zone_is_told_at_once_and_when_it_is_free(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    say(store, "gate/occupied", (1, 1.0))
    assert watch.step(at(1.1)).written == 1
    change = newest(catalogue)
    assert (change.change, change.alert.key) == (Kind.FIRED, "blocked_fire_access/gate")
    assert change.alert.reason == "Gate has been blocked since 2026-06-01 14:01"
    assert (change.alert.operator, change.alert.severity, change.alert.value) == ("SR", "critical", 1.0)
    say(store, "gate/occupied", (3, 0.0))
    watch.step(at(3.1))
    assert told(catalogue) == [("fired", "blocked_fire_access/gate"), ("resolved", "blocked_fire_access/gate")]
    assert newest(catalogue).alert.reason_de == "Gate: Feuerwehrzufahrt blockiert ist nach 2 min vorbei"
    assert watch.step(at(4)).written == 0


@on_disk_too
def test_what_came_and_went_between_two_looks_is_told(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    say(store, "gate/occupied", (1, 1.0), (2, 0.0), (3, 1.0), (4, 0.0))
    watch.step(at(5))
    assert [change for change, _ in told(catalogue)] == ["fired", "resolved"] * 2
    assert [change.at for change in catalogue.alerts.changes()] == [
        int(at(minutes).timestamp() * 1000) for minutes in (1, 2, 3, 4)
    ]


def test_what_is_true_at_the_first_start_is_told_and_history_is_not(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "gate/occupied", (-9, 1.0), (-8, 0.0), (-7, 1.0))
    say(store, "bin/filling_level", (-60, 99.0), (-50, 10.0))
    say(store, "bin/temperature", (-60, 70.0), (-50, 20.0), (-45, 35.0), (-1, 20.0))
    watch.step(at(0))
    assert told(catalogue) == [("fired", "blocked_fire_access/gate")]


@on_disk_too
def test_a_rise_is_seen_by_what_was_read_before(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "bin/temperature", (-5, 20.0))
    watch.step(at(0))
    say(store, "bin/temperature", (1, 31.0))
    watch.step(at(1))
    assert newest(catalogue).alert.reason == "Bin has become 11 K warmer within 10 min"
    assert (newest(catalogue).alert.unit, newest(catalogue).alert.threshold) == ("K", 10.0)


def test_what_waits_comes_true_by_the_clock_alone(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    say(store, "bin/filling_level", (1, 97.0))
    watch.step(at(2))
    (waits,) = catalogue.alerts.current()
    assert (waits.state, waits.sequence) == (State.PENDING, 0)
    watch.step(at(30.9))
    assert told(catalogue) == []
    watch.step(at(33))
    change = newest(catalogue)
    assert (change.at, change.alert.state) == (int(at(31).timestamp() * 1000), State.FIRING)


def test_what_did_not_come_true_leaves_nothing(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    say(store, "bin/filling_level", (1, 97.0))
    watch.step(at(2))
    say(store, "bin/filling_level", (10, 50.0))
    watch.step(at(60))
    assert catalogue.alerts.current() == ()
    assert told(catalogue) == []


class TestRestart:
    """Another watch takes over what is kept: that is what a restart is."""

    @on_disk_too
    def test_neither_repeats_nor_forgets(self, store: Store, catalogue: Catalogue):
        say(store, "gate/occupied", (-5, 1.0))
        for minutes in range(5):
            Watch(store, catalogue).step(at(minutes))
        assert told(catalogue) == [("fired", "blocked_fire_access/gate")]
        say(store, "gate/occupied", (6, 0.0))
        say(store, "gate/occupied", (7, 1.0))
        Watch(store, catalogue).step(at(8))
        assert [change for change, _ in told(catalogue)] == ["fired", "resolved", "fired"]

    @on_disk_too
    def test_what_came_and_went_before_the_last_look_and_comes_after_it_is_told(
        self, store: Store, catalogue: Catalogue
    ):
        say(store, "gate/occupied", (1, 0.0))
        Watch(store, catalogue).step(at(5))
        say(store, "gate/occupied", (2, 1.0), (3, 0.0), (4, 1.0), (4.5, 0.0))
        for minutes in (6, 7):
            Watch(store, catalogue).step(at(minutes))
        assert [change for change, _ in told(catalogue)] == ["fired", "resolved"] * 2

    def test_what_is_over_is_not_told_again_though_another_waited_since(self, store: Store, catalogue: Catalogue):
        Watch(store, catalogue).step(at(0))
        say(store, "bin/filling_level", (1, 97.0))
        Watch(store, catalogue).step(at(32))
        say(store, "bin/filling_level", (33, 50.0), (34, 97.0))
        Watch(store, catalogue).step(at(35))
        say(store, "bin/filling_level", (36, 50.0))
        Watch(store, catalogue).step(at(37))
        assert [change for change, _ in told(catalogue)] == ["fired", "resolved"]
        assert catalogue.alerts.current() == ()
        say(store, "bin/filling_level", (0.5, 60.0), (38, 50.0))
        Watch(store, catalogue).step(at(39))
        assert len(told(catalogue)) == 2

    def test_what_waits_again_as_soon_as_it_is_over_goes_on_waiting(self, store: Store, catalogue: Catalogue):
        Watch(store, catalogue).step(at(0))
        say(store, "bin/filling_level", (1, 97.0))
        Watch(store, catalogue).step(at(32))
        say(store, "bin/filling_level", (33, 50.0), (34, 97.0))
        for minutes in (35, 63, 65):
            Watch(store, catalogue).step(at(minutes))
        assert [change for change, _ in told(catalogue)] == ["fired", "resolved", "fired"]
        assert newest(catalogue).at == int(at(64).timestamp() * 1000)

    @pytest.mark.parametrize(("hours", "expected"), [((8.0, 14.5), ["fired", "resolved"]), ((14.5, 20.0), ["fired"])])
    def test_hours_that_begin_or_end_meanwhile_count(
        self, store: Store, catalogue: Catalogue, hours: tuple[float, float], expected: list[str]
    ):
        rule = replace(RULES["at_once"], hours=Hours(begin=hours[0], end=hours[1]))
        rules = {rule.name: rule}
        Watch(store, catalogue, shipped=lambda: rules).step(at(0))
        say(store, "bin/filling_level", (1, 97.0))
        for minutes in (2, 40):
            Watch(store, catalogue, shipped=lambda: rules).step(at(minutes))
        assert [change for change, _ in told(catalogue)] == expected
        assert newest(catalogue).at == int(at(30).timestamp() * 1000)

    def test_who_waits_goes_on_waiting(self, store: Store, catalogue: Catalogue):
        Watch(store, catalogue).step(at(0))
        say(store, "bin/filling_level", (1, 97.0), (2, 96.0))
        Watch(store, catalogue).step(at(10))
        say(store, "bin/filling_level", (20, 98.0))
        Watch(store, catalogue).step(at(30.9))
        assert told(catalogue) == []
        Watch(store, catalogue).step(at(31))
        assert told(catalogue) == [("fired", "container_overflow/bin")]
        assert newest(catalogue).alert.since == int(at(1).timestamp() * 1000)

    def test_what_silence_has_resolved_stays_so(self, store: Store, catalogue: Catalogue):
        Watch(store, catalogue).step(at(0))
        say(store, "bin/filling_level", (1, 97.0))
        Watch(store, catalogue).step(at(60))
        Watch(store, catalogue).step(at(25 * 60))
        assert [change for change, _ in told(catalogue)] == ["fired"], "more may wait at the broker"
        Watch(store, catalogue).step(at(25 * 60 + 2))
        assert [change for change, _ in told(catalogue)] == ["fired", "resolved"]
        assert newest(catalogue).at == int(at(24 * 60 + 1).timestamp() * 1000)
        Watch(store, catalogue).step(at(26 * 60))
        assert len(told(catalogue)) == 2

    def test_who_acknowledged_is_known(self, store: Store, catalogue: Catalogue):
        say(store, "gate/occupied", (-5, 1.0))
        Watch(store, catalogue).step(at(0))
        catalogue.alerts.acknowledge("blocked_fire_access/gate", "Ada")
        Watch(store, catalogue).step(at(60))
        assert [change for change, _ in told(catalogue)] == ["fired", "acknowledged"]


def test_nobody_acknowledges_in_time(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "gate/occupied", (-1, 1.0))
    watch.step(at(0))
    watch.step(at(13))
    assert len(told(catalogue)) == 1
    watch.step(at(15))
    assert newest(catalogue).change is Kind.ESCALATED
    assert newest(catalogue).alert.escalated


def test_who_acknowledges_in_time_is_left_in_peace(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "gate/occupied", (-1, 1.0))
    watch.step(at(0))
    catalogue.alerts.acknowledge("blocked_fire_access/gate", "Ada", "on my way")
    watch.step(at(60))
    say(store, "gate/occupied", (61, 0.0))
    watch.step(at(62))
    assert [change for change, _ in told(catalogue)] == ["fired", "acknowledged", "resolved"]
    assert (newest(catalogue).alert.who, newest(catalogue).alert.incident) == ("Ada", 1)


def test_who_is_overtaken_looks_again(
    store: Store, catalogue: Catalogue, watch: Watch, monkeypatch: pytest.MonkeyPatch
):
    say(store, "gate/occupied", (-1, 1.0))
    watch.step(at(0))
    say(store, "bin/temperature", (1, 99.0))
    note, others = catalogue.alerts.note, iter([True])

    def acknowledged_meanwhile(*arguments: Any, **named: Any) -> Any:
        if next(others, False):
            catalogue.alerts.acknowledge("blocked_fire_access/gate", "Ada")
        return note(*arguments, **named)

    monkeypatch.setattr(catalogue.alerts, "note", acknowledged_meanwhile)
    watch.step(at(1))
    assert told(catalogue) == [
        ("fired", "blocked_fire_access/gate"),
        ("acknowledged", "blocked_fire_access/gate"),
        ("fired", "fire_suspicion/bin"),
    ]
    assert catalogue.alerts.alert("blocked_fire_access/gate").who == "Ada"  # type: ignore[union-attr]


def test_a_failed_note_is_made_up_for(
    store: Store, catalogue: Catalogue, watch: Watch, monkeypatch: pytest.MonkeyPatch
):
    watch.step(at(0))
    say(store, "gate/occupied", (1, 1.0))

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(catalogue.alerts, "note", fails)
        with pytest.raises(OSError, match="disk is full"):
            watch.step(at(1))
    watch.step(at(2))
    assert told(catalogue) == [("fired", "blocked_fire_access/gate")]


def test_a_silence_marks_what_fires_and_ends(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    begin, end = (int(at(minutes).timestamp() * 1000) for minutes in (0, 10))
    catalogue.alerts.silence(Silence(since=begin, until=end, who="Ada", kind="fire_access_zone"), now=begin)
    say(store, "gate/occupied", (1, 1.0))
    watch.step(at(1))
    assert newest(catalogue).alert.silenced
    watch.step(at(10))
    assert newest(catalogue).change is Kind.UNSILENCED
    say(store, "gate/occupied", (11, 0.0))
    watch.step(at(11))
    assert [change for change, _ in told(catalogue)] == ["fired", "unsilenced", "resolved"]


class TestStorm:
    GROUP = "meter_silent/group:gateway:gw-1"

    def silent(self, store: Store, watch: Watch, upto: int, count: int = 8) -> None:
        """Let meters speak for the last time, one after the other within four minutes, and six hours pass."""
        for number in range(count):
            say(store, f"meter-{number}/active_power", (number / 2 - 4, 5.0))
        for minutes in (0, *range(355, upto)):
            watch.step(at(minutes))

    def test_a_gateway_that_fails_is_one_alert(self, store: Store, catalogue: Catalogue, watch: Watch):
        self.silent(store, watch, 370)
        assert told(catalogue) == [("fired", self.GROUP)]
        (group,) = catalogue.alerts.current(Chosen(states=ACTIVE, cause=""))
        assert group.members == 8
        assert "gateway:gw-1" in group.reason
        assert group.reason.startswith("Meter silent: 8 at once")
        assert len(catalogue.alerts.current(Chosen(states=ACTIVE, cause=self.GROUP))) == 8

    def test_it_is_over_with_its_last_member(self, store: Store, catalogue: Catalogue, watch: Watch):
        self.silent(store, watch, 370)
        for number in range(8):
            assert len(told(catalogue)) == 1
            say(store, f"meter-{number}/active_power", (371 + number, 5.0))
            watch.step(at(371 + number))
        assert told(catalogue) == [("fired", self.GROUP), ("resolved", self.GROUP)]
        assert catalogue.alerts.current(Chosen(states=ACTIVE)) == ()

    def test_few_are_told_one_by_one(self, store: Store, catalogue: Catalogue, watch: Watch):
        self.silent(store, watch, 380, count=3)
        assert told(catalogue) == [("fired", f"meter_silent/meter-{number}") for number in range(3)]

    def test_those_told_before_are_grouped(self, store: Store, catalogue: Catalogue, watch: Watch):
        for number in range(5):
            say(store, f"meter-{number}/active_power", (6 * number - 30, 5.0))
        for minutes in (0, *range(328, 370)):
            watch.step(at(minutes))
        assert told(catalogue) == [
            *(("fired", f"meter_silent/meter-{number}") for number in range(4)),
            ("fired", self.GROUP),
            *(("grouped", f"meter_silent/meter-{number}") for number in range(4)),
        ]

    def test_a_restart_forgets_neither_the_group_nor_who_is_held_back(self, store: Store, catalogue: Catalogue):
        for number in range(8):
            say(store, f"meter-{number}/active_power", (number / 2 - 4, 5.0))
        for minutes in [0, *range(355, 366, 2)]:
            Watch(store, catalogue).step(at(minutes))
        assert told(catalogue) == [("fired", self.GROUP)]
        for number in range(8):
            say(store, f"meter-{number}/active_power", (381, 5.0))
        Watch(store, catalogue).step(at(382))
        assert told(catalogue)[1:] == [("resolved", self.GROUP)]

    def test_who_speaks_again_while_held_back_was_never_told(self, store: Store, catalogue: Catalogue, watch: Watch):
        say(store, "meter-0/active_power", (0, 5.0))
        watch.step(at(0))
        watch.step(at(361))
        say(store, "meter-0/active_power", (362, 5.0))
        for minutes in (362, 370, 380):
            watch.step(at(minutes))
        assert told(catalogue) == []
        assert catalogue.alerts.current() == ()


def test_the_books_are_watched(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(NOON)
    catalogue.settle("city", "w", Counts(received=10, stored=8))
    now = datetime.now(UTC)
    watch.step(now)
    assert told(catalogue) == [("fired", "ledger_difference/source:city")]
    assert newest(catalogue).alert.reason == "2 messages of the source city stand under no heading of the ledger"
    catalogue.settle("city", "w", Counts(stored=2))
    watch.step(now + timedelta(minutes=10))
    watch.step(now + timedelta(minutes=16))
    assert told(catalogue)[1:] == [
        ("resolved", "ledger_difference/source:city"),
        ("fired", "source_silent/source:city"),
    ]


OWN = """
name = "half_full"
domain = "waste"
title = "Half full"
title_de = "Halb voll"
severity = "info"
looks_at = "filling_level"
kinds = ["waste_container"]
text = "{thing} is {value:.0f} % full"
text_de = "{thing} ist zu {value:.0f} % voll"
[[when]]
above = 50
"""


def test_rules_of_the_catalogue_come_and_go(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "bin/filling_level", (-1, 60.0))
    watch.step(at(0))
    catalogue.alerts.put_rule(OwnRule(name="half_full", declaration=OWN))
    watch.step(at(1))
    assert told(catalogue) == [("fired", "half_full/bin")]
    catalogue.alerts.put_rule(OwnRule(name="half_full", declaration=OWN.replace("50", "70")))
    watch.step(at(2))
    assert told(catalogue)[1:] == [("resolved", "half_full/bin")]
    catalogue.alerts.put_rule(OwnRule(name="half_full", declaration=OWN))
    watch.step(at(3))
    catalogue.alerts.put_rule(OwnRule(name="half_full", declaration=OWN, enabled=False))
    watch.step(at(4))
    assert told(catalogue)[2:] == [("fired", "half_full/bin"), ("resolved", "half_full/bin")]
    assert newest(catalogue).alert.reason == "the rule or the thing is no more"


def test_a_rule_that_is_new_at_a_restart_tells_what_is_true(store: Store, catalogue: Catalogue):
    say(store, "bin/filling_level", (-1, 60.0))
    Watch(store, catalogue).step(at(0))
    catalogue.alerts.put_rule(OwnRule(name="half_full", declaration=OWN))
    for minutes in (1, 2):
        Watch(store, catalogue).step(at(minutes))
    assert told(catalogue) == [("fired", "half_full/bin")]


def test_a_shipped_rule_can_be_switched_off(store: Store, catalogue: Catalogue, watch: Watch):
    say(store, "gate/occupied", (-1, 1.0))
    catalogue.alerts.put_rule(OwnRule(name="blocked_fire_access", declaration="", enabled=False))
    watch.step(at(0))
    assert told(catalogue) == []


def test_things_that_come_and_change_are_watched(store: Store, catalogue: Catalogue, watch: Watch):
    watch.step(at(0))
    lot = thing("spot", "parking_spot")
    catalogue.put([lot])
    say(store, "spot/occupied", (1, 1.0))
    watch.step(at(90))
    assert told(catalogue) == []
    catalogue.put([replace(lot, properties={"max_stay_min": 60})])
    watch.step(at(91))
    assert told(catalogue) == [("fired", "overstay/spot")]
    assert newest(catalogue).at == int(at(61).timestamp() * 1000)


def test_nothing_at_all_is_watched_too(store: Store):
    empty = Catalogue("sqlite://")
    assert Watch(store, empty).step(NOON).rows == 0
    empty.close()


def test_every_shipped_rule_is_watched(watch: Watch, catalogue: Catalogue):
    watch.step(NOON)
    assert set(watch._rules) == set(shipped())


RULES = {
    "waits": replace(shipped()["container_overflow"], name="waits", pending=timedelta(minutes=3)),
    "at_once": replace(shipped()["container_overflow"], name="at_once", pending=timedelta(0), silent=Silent()),
    "calms": replace(
        shipped()["container_overflow"], name="calms", pending=timedelta(minutes=1), clear_for=timedelta(minutes=4)
    ),
    "silent": replace(
        shipped()["meter_silent"],
        name="silent",
        kinds=("waste_container",),
        storm=None,
        silent=Silent(then=NoData.FIRE, after=timedelta(minutes=7)),
    ),
    "sudden": replace(
        shipped()["fire_suspicion"], name="sudden", looks_at="filling_level", clear_for=timedelta(0), escalation=None
    ),
}
SAID = st.tuples(st.integers(0, 1), st.sampled_from([10.0, 50.0, 88.0, 97.0]))


SILENT_MEANWHILE = [*[([], False)] * 2, ([(0, 10.0)], False), *[([], False)] * 7, ([(0, 10.0)], True)]


@settings(max_examples=6, deadline=None)
@example(minutes=SILENT_MEANWHILE, every=2)
@given(
    minutes=st.lists(st.tuples(st.lists(SAID, max_size=2), st.booleans()), min_size=1, max_size=12),
    every=st.integers(1, 4),
)
def test_whoever_is_restarted_tells_the_same(minutes: list[tuple[list[tuple[int, float]], bool]], every: int):
    """One watch goes on, the other is replaced by a new one now and then: their changes are the same."""
    bins = [replace(BIN, id=f"bin-{number}") for number in range(2)]
    stores = [open_store("memory://") for _ in range(2)]
    catalogues = [Catalogue("sqlite://") for _ in range(2)]
    for catalogue in catalogues:
        catalogue.put(bins)
    watches = [Watch(*both, shipped=lambda: RULES) for both in zip(stores, catalogues, strict=True)]
    for number, (said, restart) in enumerate(minutes):
        for store in stores:
            for which, level in said:
                say(store, f"bin-{which}/filling_level", (number - 0.5, level))
        if restart:
            watches[1] = Watch(stores[1], catalogues[1], shipped=lambda: RULES)
        if number % every == 0:
            for watch in watches:
                watch.step(at(number))
    for watch in watches:
        watch.step(at(len(minutes)))
    expected, found = (
        sorted((one.at, one.alert.key, *told_of(one)) for one in catalogue.alerts.changes()) for catalogue in catalogues
    )
    assert found == expected
    for catalogue in catalogues:
        catalogue.close()


def told_of(change: Change) -> tuple[str, ...]:
    alert = change.alert
    told = (change.change, alert.state, alert.since, alert.fired, alert.ended, alert.value, alert.reason)
    return tuple(map(str, told))
