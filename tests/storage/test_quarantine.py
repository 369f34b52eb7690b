"""Messages wait in quarantine with the times at which they came, and leave it with the books."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import storage.keeping
import storage.quarantine
from sensors.decoder import smile_city
from sensors.model import Message, Rejected
from storage.catalogue import Catalogue, Counts
from storage.quarantine import Choice, Fate
from storage.replays import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

STORED = Fate("stored")


def rejected(payload: bytes, received: int, device: str = "d") -> Rejected:
    return Rejected(Message("city", "t", payload, received), "unknown_device", "who?", device)


def book(catalogue: Catalogue, *messages: Rejected, worker: str = "w1") -> None:
    quarantined = sum(not one.partly for one in messages)
    counts = Counts(received=len(messages), stored=len(messages) - quarantined, quarantined=quarantined)
    catalogue.settle("city", worker, counts, messages)


def release(catalogue: Catalogue, fates: Mapping[int, Mapping[int, Fate]]) -> None:
    number = catalogue.ask_replay()
    request = catalogue.replay_request(number)
    assert request is not None
    catalogue.release(fates, replace(request, finished=True))


def books(catalogue: Catalogue) -> Counts:
    for entry in catalogue.ledger():
        assert entry.counts.balanced
    return sum((entry.counts for entry in catalogue.ledger()), Counts())


def waiting(catalogue: Catalogue) -> list[tuple[bytes, tuple[int, ...]]]:
    return [(each.rejected.message.payload, each.received) for each in catalogue.waiting()[0]]


def test_every_time_at_which_a_message_came_is_kept(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000), rejected(b"y", 2000), rejected(b"x", 3000))
    book(catalogue, rejected(b"x", 9000), rejected(b"x", 9000))
    assert waiting(catalogue) == [(b"x", (1000, 3000, 9000)), (b"y", (2000,))]
    first, second = catalogue.quarantine()
    assert (first.count, second.count) == (4, 1)


def test_what_was_read_leaves_with_the_books(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000), rejected(b"y", 2000), rejected(b"x", 3000), rejected(b"x", 3000))
    release(catalogue, {1: {1000: STORED, 3000: Fate("superseded")}})
    assert books(catalogue) == Counts(received=4, stored=1, duplicate=1, superseded=1, quarantined=1)
    assert waiting(catalogue) == [(b"y", (2000,))]
    release(catalogue, {1: {1000: STORED}, 2: {2000: Fate("empty")}})
    assert books(catalogue) == Counts(received=4, stored=1, duplicate=1, superseded=1, empty=1)
    assert catalogue.quarantine() == ()


def test_repetitions_in_one_millisecond_are_duplicates(catalogue: Catalogue):
    book(catalogue, *[rejected(b"x", 1000)] * 3)
    release(catalogue, {1: {1000: STORED}})
    assert books(catalogue) == Counts(received=3, stored=1, duplicate=2)


def test_what_cannot_be_read_still_stays_as_it_is(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000))
    before = catalogue.quarantine()
    release(catalogue, {1: {1000: Fate("quarantined", rejected(b"x", 1000))}})
    assert catalogue.quarantine() == before
    assert books(catalogue) == Counts(received=1, quarantined=1)


def test_what_cannot_be_read_for_another_reason_waits_under_that(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000), rejected(b"x", 3000))
    early = replace(rejected(b"x", 1000), reason="unassigned_device", detail="not yet")
    release(catalogue, {1: {1000: Fate("quarantined", early), 3000: STORED}})
    (entry,) = catalogue.quarantine()
    assert (entry.rejected, entry.count) == (replace(early, decoder=smile_city()), 1)
    assert waiting(catalogue) == [(b"x", (1000,))]
    assert books(catalogue) == Counts(received=2, stored=1, quarantined=1)


def test_what_came_meanwhile_stays(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000))
    book(catalogue, rejected(b"x", 3000))
    release(catalogue, {1: {1000: STORED}})
    assert waiting(catalogue) == [(b"x", (3000,))]
    assert books(catalogue) == Counts(received=2, stored=1, quarantined=1)


def test_what_another_process_puts_there_at_that_moment_stays(catalogue_url: str, monkeypatch: pytest.MonkeyPatch):
    url = catalogue_url
    with closing(Catalogue(url)) as catalogue, closing(Catalogue(url)) as other, ThreadPoolExecutor(1) as beside:
        book(catalogue, rejected(b"x", 1000))
        settled = storage.quarantine._settled
        put: list[Future[None]] = []

        def slowly(*what: Any) -> Any:
            put.append(beside.submit(book, other, rejected(b"x", 3000), worker="w2"))
            wait(put, timeout=0.3)
            return settled(*what)

        monkeypatch.setattr(storage.quarantine, "_settled", slowly)
        release(catalogue, {1: {1000: STORED}})
        put[0].result()
        assert waiting(catalogue) == [(b"x", (3000,))]
        assert books(catalogue) == Counts(received=2, stored=1, quarantined=1)


def test_a_message_of_which_something_was_stored_moves_no_books(catalogue: Catalogue):
    book(catalogue, replace(rejected(b"x", 1000), partly=True))
    assert books(catalogue) == Counts(received=1, stored=1)
    release(catalogue, {1: {1000: STORED}})
    assert books(catalogue) == Counts(received=1, stored=1)
    assert catalogue.quarantine() == ()


def test_a_message_that_is_read_in_part_now_waits_without_being_booked_twice(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000))
    release(catalogue, {1: {1000: Fate("stored", rejected(b"x", 1000, "other"))}})
    assert books(catalogue) == Counts(received=1, stored=1)
    (entry,) = catalogue.quarantine()
    assert entry.rejected.device == "other"
    release(catalogue, {entry.id: {1000: STORED}})
    assert books(catalogue) == Counts(received=1, stored=1)


def test_what_was_not_kept_is_said_not_to_be_there(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.keeping, "KEPT_PER_DEVICE", 2)
    book(catalogue, *(rejected(b"%d" % number, number) for number in range(6)))
    assert waiting(catalogue) == [(b"0", (0,)), (b"1", (1,))]
    release(catalogue, {1: {0: STORED}, 2: {1: STORED}})
    assert books(catalogue) == Counts(received=6, stored=2, quarantined=4)
    (entry,) = catalogue.quarantine()
    assert (entry.rejected.reason, entry.rejected.message.payload, entry.count) == ("not_kept", b"", 4)
    assert waiting(catalogue) == []


def test_times_beyond_their_limit_are_counted(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.keeping, "ARRIVALS_PER_DEVICE", 3)
    book(catalogue, *(rejected(b"x", number) for number in range(5)))
    assert waiting(catalogue) == [(b"x", (0, 1, 2))]
    release(catalogue, {1: dict.fromkeys((0, 1, 2), STORED)})
    assert books(catalogue) == Counts(received=5, stored=3, quarantined=2)
    assert [entry.count for entry in catalogue.quarantine()] == [2]


def test_books_are_moved_within_each_worker(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1), rejected(b"y", 2))
    book(catalogue, rejected(b"x", 3), worker="w2")
    release(catalogue, {1: {1: STORED, 3: STORED}, 2: {2: STORED}})
    assert [entry.counts for entry in catalogue.ledger()] == [
        Counts(received=2, stored=2),
        Counts(received=1, stored=1),
    ]


def test_a_message_of_which_only_the_beginning_is_kept_is_not_read_again(catalogue: Catalogue):
    book(catalogue, rejected(b" " * (storage.keeping.KEPT_PAYLOAD + 1), 1000))
    assert waiting(catalogue) == []


def test_messages_are_given_in_portions(catalogue: Catalogue):
    book(catalogue, *(rejected(b"%d" % (number // 2), number) for number in range(10)))
    after, upto, found = 0, 5, []
    while after < upto:
        portion, after = catalogue.waiting(after=after, upto=upto, messages=4)
        found.append([each.id for each in portion])
    assert found == [[1, 2], [3, 4], [5]]


def test_a_choice_restricts(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1), rejected(b"x", 2, "e"), replace(rejected(b"x", 3), reason="not_json"))
    for choice, ids in (
        (Choice(device="d"), [1, 3]),
        (Choice(reason="unknown_device"), [1, 2]),
        (Choice(device="d", reason="not_json"), [3]),
        (Choice(id=2), [2]),
    ):
        assert [each.id for each in catalogue.waiting(choice)[0]] == ids
        assert [each.id for each in catalogue.quarantine(choice)] == ids


def test_unknown_devices_are_listed(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000), rejected(b"y", 3000), rejected(b"x", 2000, "e"), rejected(b"y", 2500))
    one, two = catalogue.unknown_devices()
    assert (one.id, one.count, one.first_seen.timestamp(), one.last_seen.timestamp()) == ("d", 3, 1, 3)
    assert catalogue.unknown_devices(after="d") == (two,)
    assert catalogue.unknown_device("e") == two
    assert catalogue.unknown_device("f") is None
    assert [message.payload for message in catalogue.newest_of("d")] == [b"y", b"x"]
    book(catalogue, rejected(b"first", 9000, "g"), rejected(b"second", 9000, "g"))
    assert [message.payload for message in catalogue.newest_of("g", 1)] == [b"second"]


def test_a_request_is_remembered_until_it_is_finished(catalogue: Catalogue):
    assert catalogue.replay_request() is None
    book(catalogue, rejected(b"x", 1000))
    number = catalogue.ask_replay(Choice(device="d"))
    request = Request(number, Choice(device="d"), after=0, upto=0)
    assert catalogue.replay_request() == request
    catalogue.release({}, replace(request, after=1, upto=1, messages=3, finished=True))
    assert catalogue.replay_request() is None
    found = catalogue.replay_request(number)
    assert found is not None
    assert (found.messages, found.finished) == (3, True)


def test_the_decoder_that_rejected_a_message_last_is_kept(catalogue: Catalogue):
    for received, decoder in ((1000, "0.1.0 a@1"), (2000, "0.1.0 a@2")):
        book(catalogue, replace(rejected(b"x", received), decoder=decoder))
    book(catalogue, replace(rejected(b"y", 3000), decoder="0.1.0 a@3"))
    assert [entry.rejected.decoder for entry in catalogue.quarantine()] == ["0.1.0 a@2", "0.1.0 a@3"]
    (alike,) = catalogue.alike()
    assert alike.decoders == ("0.1.0 a@2", "0.1.0 a@3")


def test_a_message_that_still_cannot_be_read_notes_by_what(catalogue: Catalogue):
    book(catalogue, replace(rejected(b"x", 1000), decoder="0.1.0"))
    release(catalogue, {1: {1000: Fate("quarantined", replace(rejected(b"x", 1000), decoder="0.2.0"))}})
    (entry,) = catalogue.quarantine()
    assert (entry.id, entry.count, entry.rejected.decoder) == (1, 1, "0.2.0")


def test_a_message_that_no_declaration_took_part_in_names_the_version(catalogue: Catalogue):
    book(catalogue, rejected(b"x", 1000))
    assert catalogue.quarantine()[0].rejected.decoder == smile_city()
