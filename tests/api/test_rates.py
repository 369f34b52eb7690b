"""How often and how much at once one caller may ask, against a count of every request in a minute."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.access import CITY, Caller
from api.app import create_app
from api.problem import ProblemError
from api.rates import WINDOW_S, Rates
from api.services import Allowance
from tests.api.city import Client
from tests.api.estate import Estate, estate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOMEBODY, OTHER = Caller(address="10.0.0.1"), Caller(address="10.0.0.2")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def limits(requests: int = 4, at_once: int = 99) -> tuple[Rates, Clock]:
    clock = Clock()
    return Rates(Allowance(requests, at_once), Allowance(10 * requests, at_once), clock), clock


def ask(of: Rates, caller: Caller = SOMEBODY) -> Mapping[str, str]:
    with of.admitted(caller) as headers:
        return headers


def refused(of: Rates, caller: Caller = SOMEBODY) -> Mapping[str, str]:
    with pytest.raises(ProblemError) as refusal:
        ask(of, caller)
    assert refusal.value.code == "too-many-requests"
    return refusal.value.headers


def test_a_minutes_worth_at_once_and_then_as_it_comes_back():
    of, clock = limits(4)
    assert [ask(of)["ratelimit"] for _ in range(4)] == [
        f'"requests";r={left};t={15 * (4 - left)}' for left in (3, 2, 1, 0)
    ]
    headers = refused(of)
    assert headers["ratelimit-policy"] == '"requests";q=4;w=60'
    assert headers["ratelimit"] == '"requests";r=0;t=60'
    assert headers["retry-after"] == "15"
    clock.now += 15
    ask(of)
    assert refused(of)["retry-after"] == "15"
    assert ask(of, OTHER)["ratelimit"].startswith('"requests";r=3')


@settings(max_examples=30)
@given(st.lists(st.floats(0, 90), max_size=60), st.integers(1, 9))
def test_nobody_gets_more_than_twice_a_minutes_worth_in_a_minute_and_who_waits_is_served(waits: list[float], most: int):
    of, clock = limits(most)
    served: list[float] = []
    for wait in waits:
        clock.now += wait
        try:
            ask(of)
        except ProblemError as refusal:
            clock.now += float(refusal.headers["retry-after"])
            ask(of)
        served.append(clock.now)
    for begin in served:
        assert sum(begin <= at < begin + WINDOW_S for at in served) <= 2 * most


def test_a_key_has_its_own_wherever_it_asks_from_and_networks_of_ipv6_are_one():
    of, _ = limits(1)
    key = Caller(digest=b"k", address="10.0.0.1")
    ask(of)
    assert '"requests";r=9;' in ask(of, key)["ratelimit"]
    assert '"requests";r=8;' in ask(of, replace(key, address="10.0.0.9"))["ratelimit"]
    ask(of, Caller(address="2001:db8::1"))
    refused(of, Caller(address="2001:db8::ffff:1"))
    ask(of, Caller(address="2001:db8:0:1::1"))
    ask(of, Caller(address="testclient"))


def test_so_many_at_once_and_a_place_is_free_again_also_after_a_failure():
    of, _ = limits(100, at_once=2)
    with ExitStack() as running:
        running.enter_context(of.admitted(SOMEBODY))
        running.enter_context(of.admitted(SOMEBODY))
        assert refused(of)["retry-after"] == "1"
        ask(of, OTHER)
    with pytest.raises(RuntimeError), of.admitted(SOMEBODY):
        raise RuntimeError
    ask(of)


def test_who_is_shown_everything_on_their_own_machine_is_not_counted():
    of, _ = limits(1)
    here = Caller(tenant=CITY, scopes=frozenset({"read"}), address="127.0.0.1")
    assert [ask(of, here) for _ in range(5)] == [{}] * 5


@pytest.fixture
def city() -> Iterator[Estate]:
    with estate() as built:
        built.client = Client(create_app(replace(built.services, rate_public=Allowance(2, 5))))
        yield built


def test_every_answer_says_how_much_is_left_and_a_refusal_is_a_problem(city: Estate):
    first = city.client.get("/v1/things")
    assert (first.headers["ratelimit-policy"], first.headers["ratelimit"]) == (
        '"requests";q=2;w=60',
        '"requests";r=1;t=30',
    )
    assert city.client.get("/v1/nothing").status_code == 404
    city.client.problem("/v1/things", 429, "too-many-requests")
    assert 0 < int(city.client.get("/v1/things").headers["retry-after"]) <= 30
    assert city.client.get("/v1/things", **city.headers("pgr")).status_code == 200
    for same_for_all in ("/docs", "/web/js/app.js"):
        assert city.client.get(same_for_all).status_code == 200


def test_a_wrong_key_is_counted_as_the_address_it_came_from(city: Estate):
    """Who tries keys has no more tries than others."""
    tried = [city.client.get("/v1/things", authorization=f"Bearer nonsense-{at}").status_code for at in range(3)]
    assert tried == [401, 401, 429]
