from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage.keeping
from sensors.model import Calibration, Device, Message, Rejected, Thing
from storage.catalogue import HEADINGS, Catalogue, Counts
from storage.quarantine import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
THINGS = st.builds(
    Thing,
    id=TEXT.filter(bool),
    name=TEXT,
    kind=TEXT,
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90),
    operator=TEXT,
    district=TEXT,
    public=st.booleans(),
    properties=st.dictionaries(TEXT, JSON, max_size=3),
)


def thing(id: str, **others: object) -> Thing:  # noqa: A002 - the field's word for it
    return replace(Thing(id=id, name=id, kind="parking_spot", longitude=12.1, latitude=54.1), **others)  # type: ignore[arg-type]


def rejected(payload: bytes = b"x", *, device: str = "d", received: int = 1_000) -> Rejected:
    return Rejected(Message("city", "t", payload, received), "unknown_device", "no such device", device)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things=st.lists(THINGS, max_size=5, unique_by=lambda one: one.id))
def test_things_come_back_as_they_went_in(things: list[Thing], fresh: Callable[[], Catalogue]):
    catalogue = fresh()
    catalogue.put(things, [Device(id=f"dev-{one.id}", model="plain", thing=one) for one in things])
    assert catalogue.things() == tuple(sorted(things, key=lambda one: one.id.encode()))
    assert {name: device.thing for name, (device,) in catalogue.devices().items()} == {
        f"dev-{one.id}": one for one in things
    }
    catalogue.close()


def test_an_empty_catalogue_answers_emptily(catalogue: Catalogue):
    assert catalogue.things() == ()
    assert catalogue.thing("a") is None
    assert catalogue.devices() == {}
    assert catalogue.ledger() == ()
    assert catalogue.quarantine() == ()
    assert catalogue.position("processing") == 0
    catalogue.put([], [])


def test_things_are_filtered(catalogue: Catalogue):
    catalogue.put([thing("b", operator="PGR"), thing("a", district="KTV"), thing("c", kind="energy_meter")])
    assert [one.id for one in catalogue.things()] == ["a", "b", "c"]
    assert [one.id for one in catalogue.things(kind="parking_spot", operator="PGR")] == ["b"]
    assert [one.id for one in catalogue.things(district="KTV")] == ["a"]


def test_putting_again_changes_and_tells(catalogue: Catalogue):
    catalogue.put([thing("a")], [Device(id="d", model="plain", thing=thing("a"))])
    before = catalogue.version()
    catalogue.put([thing("a", name="new")])
    assert catalogue.version() > before
    assert catalogue.devices()["d"][0].thing.name == "new"


def test_what_a_thing_was_is_remembered_as_far_as_it_says_with_whom_it_was_summed_up(catalogue: Catalogue):
    catalogue.put([thing("a", district="KTV"), thing("b")])
    assert catalogue.former() == ()
    catalogue.put([thing("a", district="KTV", name="new", properties={"depth": 3})])  # nothing that groups go by
    assert catalogue.former() == ()
    for district in ("Reutershagen", "KTV", "Reutershagen"):  # once is enough
        catalogue.put([thing("a", district=district)])
    catalogue.put([thing("b", operator="PGR", properties={"fraction": "glass"})])
    catalogue.put([thing("b", operator="PGR", properties={"fraction": "paper"})])
    catalogue.retire("b", 1)
    told = [(one.id, one.district, one.operator, one.properties.get("fraction")) for one in catalogue.former()]
    was = thing("b").operator
    assert sorted(told, key=str) == sorted(
        [
            ("a", "KTV", was, None),
            ("a", "Reutershagen", was, None),
            ("b", thing("b").district, was, None),
            ("b", thing("b").district, "PGR", "glass"),
        ],
        key=str,
    )


def test_many_things_at_once_are_remembered_too(catalogue: Catalogue):
    names = [f"t{number:04}" for number in range(1200)]
    catalogue.put([thing(name, district="KTV") for name in names])
    catalogue.put([thing(name, district="Mitte") for name in names])
    assert [one.district for one in catalogue.former()] == ["KTV"] * len(names)


def test_devices_are_remembered_with_all_that_they_observed(catalogue: Catalogue):
    catalogue.put([thing("a"), thing("b")], [Device(id="d", model="plain", thing=thing("a"))])
    catalogue.assign(Device(id="d", model="plain", thing=thing("b"), valid_from=1000))
    catalogue.retire("a", 2000)
    assert catalogue.observed() == {"d": {"a", "b"}}


def test_a_device_of_a_thing_that_is_not_there_is_refused_whole(catalogue: Catalogue):
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        catalogue.put([thing("a")], [Device(id="d", model="plain", thing=thing("nowhere"))])
    assert catalogue.things() == ()


def test_the_ledger_adds_up_per_source_and_worker(catalogue: Catalogue):
    catalogue.settle("city", "w1", Counts(received=3, stored=2, quarantined=1), [rejected()])
    catalogue.settle("city", "w1", Counts(received=2, duplicate=1, superseded=1))
    catalogue.settle("city", "w2", Counts(received=1, empty=1))
    one, two = catalogue.ledger()
    assert one.counts == Counts(received=5, stored=2, duplicate=1, superseded=1, quarantined=1)
    assert two.counts == Counts(received=1, empty=1)
    assert one.counts.balanced


@given(st.lists(st.lists(st.integers(0, 10), min_size=len(HEADINGS), max_size=len(HEADINGS)), max_size=6))
def test_counts_add_up(several: list[list[int]]):
    total = sum((Counts(*numbers) for numbers in several), Counts())
    for place, name in enumerate(HEADINGS):
        assert getattr(total, name) == sum(numbers[place] for numbers in several)


def test_the_same_message_again_is_counted_and_different_ones_are_kept(catalogue: Catalogue):
    catalogue.settle(
        "city", "w1", Counts(), [rejected(b"x", received=1_000), rejected(b"y"), rejected(b"x", received=5_000)]
    )
    catalogue.settle("city", "w1", Counts(), [rejected(b"x", received=9_000)])
    first, second = catalogue.quarantine()
    assert (first.rejected.message, first.count) == (Message("city", "t", b"x", 9_000), 3)
    assert (first.first_seen.timestamp(), first.last_seen.timestamp()) == (1, 9)
    assert (second.rejected.message.payload, second.count) == (b"y", 1)


def test_a_flood_of_different_messages_is_folded(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.keeping, "KEPT_PER_DEVICE", 3)
    for number in range(10):
        catalogue.settle("city", "w1", Counts(), [rejected(b"%d" % number), rejected(b"other", device="e")])
    kept = [entry for entry in catalogue.quarantine() if entry.rejected.device == "d"]
    assert [entry.rejected.message.payload for entry in kept[:2]] == [b"0", b"1"]
    assert len(kept) == 3
    assert sum(entry.count for entry in kept) == 10
    assert sum(entry.count for entry in catalogue.quarantine()) == 20


def test_a_flood_in_one_batch_is_folded(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.keeping, "KEPT_PER_DEVICE", 3)
    catalogue.settle("city", "w1", Counts(), [rejected(b"%d" % number) for number in range(10)])
    kept = catalogue.quarantine()
    assert len(kept) == 3
    assert sum(entry.count for entry in kept) == 10


def test_quarantine_is_listed_page_by_page(catalogue: Catalogue):
    catalogue.settle("city", "w1", Counts(), [rejected(b"%d" % number) for number in range(7)])
    seen, after = [], 0
    while page := catalogue.quarantine(limit=3, after=after):
        seen += [entry.rejected.message.payload for entry in page]
        after = page[-1].id
    assert seen == [b"%d" % number for number in range(7)]
    assert catalogue.quarantine(Choice(reason="not_json")) == ()


def test_positions_are_kept_apart(catalogue: Catalogue):
    catalogue.set_position("processing", 7)
    catalogue.set_position("other", 3)
    catalogue.set_position("processing", 9)
    assert (catalogue.position("processing"), catalogue.position("other")) == (9, 3)


def test_it_is_shared_by_several_and_outlives_them(catalogue_url: str):
    url = catalogue_url

    def settle() -> None:
        mine = Catalogue(url)
        for number in range(25):
            mine.settle("city", "w1", Counts(received=1, quarantined=1), [rejected(b"%d" % number)])
        mine.close()

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Catalogue(url)
    assert again.ledger()[0].counts == Counts(received=100, quarantined=100)
    assert {entry.count for entry in again.quarantine()} == {4}
    again.close()


def test_another_database_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"sqlite:///.* or postgresql://"):
        Catalogue("mysql://host/city")


def test_a_device_that_is_moved_keeps_its_past(catalogue: Catalogue):
    first, second = thing("a"), thing("b")
    catalogue.put([first, second], [Device(id="d", model="plain", thing=first)])
    catalogue.assign(Device(id="d", model="plain", thing=second, valid_from=1000))
    assert catalogue.devices()["d"] == (
        Device(id="d", model="plain", thing=first, valid_to=1000),
        Device(id="d", model="plain", thing=second, valid_from=1000),
    )
    catalogue.end("d", 2000)
    assert catalogue.devices()["d"][1].valid_to == 2000
    catalogue.assign(Device(id="d", model="plain", thing=first, valid_from=3000))
    assert [device.thing.id for device in catalogue.devices()["d"]] == ["a", "b", "a"]


def test_what_cannot_have_been_is_refused_with_a_sentence(catalogue: Catalogue):
    catalogue.put([thing("a")])
    catalogue.assign(Device(id="d", model="plain", thing=thing("a"), valid_from=1000))
    with pytest.raises(ValueError, match="assigned to 'a' since then or later"):
        catalogue.assign(Device(id="d", model="plain", thing=thing("a"), valid_from=1000))
    with pytest.raises(ValueError, match="only since later"):
        catalogue.end("d", 1000)
    catalogue.end("d", 1001)
    with pytest.raises(ValueError, match="observes nothing"):
        catalogue.end("d", 1002)
    with pytest.raises(ValueError, match="no thing 'x'"):
        catalogue.calibrate("x", Calibration(since=0, properties={}))


def test_putting_a_device_again_corrects_its_last_assignment(catalogue: Catalogue):
    first, second = thing("a"), thing("b")
    catalogue.put([first, second], [Device(id="d", model="plain", thing=first)])
    catalogue.assign(Device(id="d", model="plain", thing=first, valid_from=1000))
    catalogue.put([], [Device(id="d", model="other", thing=second)])
    assert [(each.thing.id, each.model, each.valid_from) for each in catalogue.devices()["d"]] == [
        ("a", "plain", None),
        ("b", "other", 1000),
    ]


def test_a_site_is_known_as_it_was(catalogue: Catalogue):
    catalogue.put([thing("a", properties={"capacity": 10, "floor": 2})])
    for since, capacity in ((2000, 8), (1000, 9)):
        catalogue.calibrate("a", Calibration(since=since, properties={"capacity": capacity}))
    found = catalogue.thing("a")
    assert found is not None
    assert [found.site(at)["capacity"] for at in (0, 1000, 1999, 2000)] == [10, 9, 9, 8]
    assert found.site() == {"capacity": 8, "floor": 2}
    assert catalogue.things() == (found,)


def test_what_no_database_keeps_is_replaced(catalogue: Catalogue):
    strange = Rejected(Message("city", "t", b"x", 1), "unknown_device", "no '\0'", "a\0\ud800")
    for _ in range(2):
        catalogue.settle("city", "w1", Counts(received=1, quarantined=1), [strange])
    (entry,) = catalogue.quarantine(Choice(device="a\0\ud800"))
    assert (entry.rejected.device, entry.rejected.detail, entry.count) == ("a\ufffd\ufffd", "no '\ufffd'", 2)


def test_a_topic_may_be_as_long_as_mqtt_lets_it(catalogue: Catalogue):
    topic = "".join(map(chr, range(300, 30_000)))
    long = Rejected(Message("city", topic, b"x", 1), "unknown_topic", "who listens?", "")
    for _ in range(2):
        catalogue.settle("city", "w1", Counts(received=1, quarantined=1), [long])
    (entry,) = catalogue.quarantine()
    assert (entry.rejected.message.topic, entry.count) == (topic, 2)
