"""Answers that are made once for each version, and never given at another one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import remembered
from api.remembered import Remembered
from sensors.model import Batch
from tests.api.city import FREE, Client
from tests.servers import wait_until

asked = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=30)


@given(asked, st.integers(1, 3), st.integers(1, 8))
def test_every_answer_is_that_of_its_question_and_version(questions, most_answers, most_bytes):
    known = Remembered()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remembered, "MOST_ANSWERS", most_answers)
        patch.setattr(remembered, "MOST_BYTES", most_bytes)
        for question, version in questions:
            answer = f"{question}{version}".encode()
            assert known.of(question, version, partial(bytes, answer)) == answer


def test_of_many_who_ask_at_once_one_makes_it():
    known, made, together, go = Remembered(), [], Barrier(4), Event()

    def make() -> bytes:
        made.append(1)
        go.wait(20)
        return b"city"

    def ask() -> bytes:
        together.wait(20)
        return known.of("q", 1, make)

    with ThreadPoolExecutor(4) as people:
        answers = [people.submit(ask) for _ in range(4)]
        wait_until(lambda: made, what="somebody to make it")
        assert known.of("another", 1, lambda: b"at once") == b"at once"
        go.set()
        assert [one.result(20) for one in answers] == [b"city"] * 4
    assert made == [1]
    assert known.of("q", 1, make) == b"city"
    assert made == [1]


def test_a_failure_is_not_remembered():
    known = Remembered()
    assert known.of("q", 1, lambda: b"old") == b"old"
    with pytest.raises(ZeroDivisionError):
        known.of("q", 2, lambda: bytes(1 // 0))
    assert known.of("q", 2, lambda: b"new") == b"new"


def test_the_city_now_is_never_that_of_before(client: Client, services):
    asked = "/v1/latest?property=available_spot_number"
    first = client.get(asked)
    assert client.get(asked).content == first.content
    services.store.write(Batch.of((FREE,), [0], ["2026-03-29T01:00"], [300.0]))
    assert [row["result"] for row in client.json(asked)["observations"]] == [300.0]
    lots = "/v1/latest?kind=parking_lot"
    assert len(client.json(lots)["observations"]) == 2
    services.catalogue.retire("lot-1", 1_780_000_000_000)
    assert client.json(lots)["observations"] == []
