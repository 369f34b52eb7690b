"""Messages that waited become observations at their own times, once, and the ledger balances at every step."""

from __future__ import annotations

import json
from time import time as now
from typing import TYPE_CHECKING, Any

import pytest

from ingest.carry import carry, writing
from ingest.ledger import counts
from ingest.replay import foresee, replay
from sensors.model import Device, Message, Thing
from sensors.proposal import propose
from sensors.topics import envelope_of
from storage.catalogue import Catalogue, Counts
from storage.quarantine import ANY, Choice
from storage.store import Query, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensors.memory import Memory
    from storage.replays import Request

SPOT = Thing(id="spot", name="spot", kind="parking_spot", longitude=12.1, latitude=54.1)
RECEIVED = 1_800_000_000_000
"""2027-01-15T08:00:00Z"""
HOUR = 3_600_000


@pytest.fixture(params=["memory", "duckdb"])
def store(request: pytest.FixtureRequest, tmp_path) -> Iterator[Store]:
    opened = open_store("memory://" if request.param == "memory" else f"duckdb:///{tmp_path}/city.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put([SPOT])
    yield opened
    opened.close()


def told(hour: int, **said: Any) -> Message:
    return Message("city", "city/parking/d", json.dumps(said).encode(), RECEIVED + hour * HOUR)


def receive(store: Store, catalogue: Catalogue, *messages: Message) -> None:
    """Do what a worker does with a batch."""
    carried = carry(messages, catalogue.devices(), writing(store))
    assert carried is not None
    catalogue.settle("city", "w1", counts(carried.heading), [carried.rejected[index] for index in carried.rejected])


def run(store: Store, catalogue: Catalogue, choice: Choice = ANY) -> Request:
    request = catalogue.replay_request(catalogue.ask_replay(choice))
    memory: Memory = {}
    while request is not None and not request.finished:
        request = replay(catalogue, request, catalogue.devices(), writing(store), memory)
        assert books(catalogue).balanced
    assert request is not None
    return request


def books(catalogue: Catalogue) -> Counts:
    return sum((entry.counts for entry in catalogue.ledger()), Counts())


def rows(store: Store) -> list[tuple[str, str, float]]:
    batch = store.read(Query(datastreams=store.spans().datastreams))
    times = batch.phenomenon_time.astype(str).tolist()
    names = [batch.datastreams[code].name for code in batch.datastream]
    return list(zip(names, times, batch.result.tolist(), strict=True))


def register(catalogue: Catalogue, **span: int) -> None:
    catalogue.assign(Device(id="d", model="plain", thing=SPOT, **span))


def test_waiting_messages_become_observations_at_their_own_times(store: Store, catalogue: Catalogue):
    receive(store, catalogue, told(2, time="2027-01-15T07:00:00Z", occupied=True), told(2, occupied=False))
    assert books(catalogue) == Counts(received=2, quarantined=2)
    register(catalogue)
    done = run(store, catalogue)
    assert (done.messages, done.observations, done.left) == (2, 2, 0)
    assert rows(store) == [
        ("spot/occupied", "2027-01-15T07:00:00.000", 1.0),
        ("spot/occupied", "2027-01-15T10:00:00.000", 0.0),
    ]
    assert books(catalogue) == Counts(received=2, stored=2)
    assert catalogue.quarantine() == ()


def test_a_state_told_again_without_a_time_is_an_observation_each_time(store: Store, catalogue: Catalogue):
    receive(store, catalogue, *(told(hour, occupied=hour % 2 == 0) for hour in range(4)))
    register(catalogue)
    run(store, catalogue)
    assert [result for _, _, result in rows(store)] == [1.0, 0.0, 1.0, 0.0]
    assert books(catalogue) == Counts(received=4, stored=4)


def test_a_replay_again_changes_nothing(store: Store, catalogue: Catalogue):
    receive(store, catalogue, told(0, occupied=True))
    register(catalogue)
    run(store, catalogue)
    before = (rows(store), books(catalogue))
    assert run(store, catalogue).messages == 0
    assert (rows(store), books(catalogue)) == before


def test_killed_between_store_and_books_it_is_read_again_and_known(store: Store, catalogue: Catalogue):
    receive(store, catalogue, told(0, occupied=True))
    register(catalogue)
    ((waiting,), _) = catalogue.waiting()
    carry(waiting.messages(), catalogue.devices(), writing(store))  # and here the process ends
    done = run(store, catalogue)
    assert (done.messages, done.observations) == (1, 0)
    assert len(rows(store)) == 1
    assert books(catalogue) == Counts(received=1, duplicate=1)


def test_what_came_before_the_device_observed_anything_waits_on(store: Store, catalogue: Catalogue):
    receive(store, catalogue, *(told(hour, occupied=True) for hour in range(4)))
    register(catalogue, valid_from=RECEIVED + 2 * HOUR)
    done = run(store, catalogue)
    assert (done.messages, done.left) == (2, 2)
    assert [time for _, time, _ in rows(store)] == ["2027-01-15T10:00:00.000", "2027-01-15T11:00:00.000"]
    (entry,) = catalogue.quarantine()
    assert (entry.rejected.reason, entry.count) == ("unassigned_device", 2)
    assert books(catalogue) == Counts(received=4, stored=2, quarantined=2)


def test_only_what_is_chosen_is_read(store: Store, catalogue: Catalogue):
    other = Message("city", "city/parking/e", b'{"occupied": true}', RECEIVED)
    receive(store, catalogue, told(0, occupied=True), other, Message("city", "city/parking/d", b"{", RECEIVED))
    register(catalogue)
    assert run(store, catalogue, Choice(device="e")).left == 1
    assert run(store, catalogue, Choice(reason="not_json")).left == 1
    assert rows(store) == []
    assert run(store, catalogue, Choice(device="d")).messages == 1
    assert {entry.rejected.reason for entry in catalogue.quarantine()} == {"unknown_device", "not_json"}


def test_many_are_read_in_portions(store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.replay.PORTION", 7)
    receive(store, catalogue, *(told(hour, occupied=True, battery_voltage=hour % 5) for hour in range(50)))
    register(catalogue)
    done = run(store, catalogue)
    assert (done.messages, done.observations) == (50, 100)
    assert books(catalogue) == Counts(received=50, stored=50)


def test_foreseeing_changes_nothing(store: Store, catalogue: Catalogue):
    receive(store, catalogue, told(0, occupied=True), told(1, occupied=True))
    register(catalogue)
    (foreseen,) = foresee(catalogue, ANY, catalogue.devices())
    assert foreseen.decoded.batch.result.tolist() == [1.0, 1.0]
    assert rows(store) == []
    assert books(catalogue) == Counts(received=2, quarantined=2)


LONG_AGO = 1_767_225_600
"""2026-01-01T00:00:00Z"""
METER = "shellypro3em-34987a45dd90"


def notified(at: float, **changed: float) -> Message:
    said = {"src": METER, "method": "NotifyStatus", "params": {"ts": at, "em:0": {"id": 0, **changed}}}
    return Message("city", f"{METER}/events/rpc", json.dumps(said).encode(), int(at * 1000))


def power_now() -> float:
    """Tell a meter's power as the next message that tells only the voltage is understood."""
    message = notified(now(), a_voltage=220.0)
    (uplink,) = envelope_of(message.topic).open(message.payload, message.topic)
    assert uplink.fields is not None
    return float(uplink.fields["em:0.total_act_power"])


def test_what_tells_only_changes_is_laid_over_what_waited_before_it(
    store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ingest.replay.PORTION", 1)
    status = Message("city", f"{METER}/status/em:0", b'{"id": 0, "total_act_power": 700}', LONG_AGO * 1000 + 90_000)
    old = LONG_AGO
    receive(store, catalogue, notified(old, total_act_power=600), notified(old + 60, a_voltage=231), status)
    live = notified(now() - 1, total_act_power=5)
    envelope_of(live.topic).open(live.payload, live.topic)
    propose(METER, [status])
    assert power_now() == 5.0

    hall = Thing(id="hall", name="hall", kind="energy_meter", longitude=12.1, latitude=54.1)
    catalogue.put([hall])
    catalogue.assign(Device(id=METER, model="shelly_3em", thing=hall))
    foreseen = [result for each in foresee(catalogue, ANY, catalogue.devices()) for result in each.decoded.batch.result]
    run(store, catalogue)
    told = [result for name, _, result in rows(store) if name == "hall/active_power"]
    assert sorted(told) == pytest.approx([0.6, 0.6, 0.7])
    assert len(foreseen) == len(rows(store))
    assert power_now() == 5.0
