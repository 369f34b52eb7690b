"""History read for a rehearsal, and run: the same as every row, one by one, would have come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.alerting import history
from processing.alerting.evaluate import evaluate
from processing.alerting.history import rehearse
from processing.alerts import rules
from processing.region import Region
from processing.rehearsal import swept, within
from processing.rows import Rows
from sensors.model import Batch, Datastream, Thing
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

START = np.datetime64("2026-06-01", "ms")
BEGIN, MINUTE, HOUR = int(START.astype(np.int64)), 60_000, 3_600_000
SPAN = (BEGIN, BEGIN + 24 * HOUR)
LOTS = tuple(
    Thing(id=f"lot-{n}", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})
    for n in range(3)
)
METER = Thing(id="meter", name="Meter", kind="energy_meter", longitude=12.1, latitude=54.1)
REGION = Region()


@pytest.fixture
def store() -> Iterator[Memory]:
    opened = Memory()
    yield opened
    opened.close()


def tell(store: Memory, thing: str, name: str, rows: list[tuple[float, float]], *, derived: bool = False) -> None:
    times = [START + np.timedelta64(round(minute * MINUTE), "ms") for minute, _ in rows]
    stream = Datastream(thing, name, derived)
    store.write(Batch.of([stream], [0] * len(rows), times, [value for _, value in rows]))


def test_alerts_of_history_are_those_of_its_rows(store: Memory):
    tell(store, "lot-0", "available_spot_number", [(0, 50), (60, 4), (90, 3), (120, 50)])
    tell(store, "lot-2", "available_spot_number", [(300, 2)])
    (found,) = rehearse(store, [rules()["car_park_nearly_full"]], LOTS, SPAN, REGION)
    assert [found.things[place].id for place in found.episodes.thing] == ["lot-0", "lot-2"]
    assert ((found.episodes.fired - BEGIN) / MINUTE).tolist() == [62, 302]
    assert (found.episodes.ended[0] - BEGIN) / MINUTE == 125
    assert found.rows == 5


def test_what_began_before_the_span_is_none_of_it(store: Memory):
    tell(store, "lot-0", "available_spot_number", [(-60, 1), (60, 50), (120, 1)])
    (found,) = rehearse(store, [rules()["car_park_nearly_full"]], LOTS, SPAN, REGION)
    assert ((found.episodes.fired - BEGIN) / MINUTE).tolist() == [122]


def test_several_limits_are_tried_on_one_reading(store: Memory):
    tell(store, "lot-0", "available_spot_number", [(0, 50), (60, 8), (120, 50)])
    tried = swept(rules()["car_park_nearly_full"], "below", np.array([0.05, 0.1]))
    found = rehearse(store, tried, LOTS, SPAN, REGION)
    assert [len(each.episodes) for each in found] == [0, 1]


def test_a_result_counts_when_its_window_is_over(store: Memory):
    rule = rules()["peak_load"]
    limit = rule.required[0]
    meter = Thing(id="meter", name="M", kind="energy_meter", longitude=12.1, latitude=54.1, properties={limit: 100.0})
    tell(store, "meter", "mean_power_15min", [(0, 10), (60, 500), (75, 500), (90, 10)], derived=True)
    (found,) = rehearse(store, [rule], [meter], SPAN, REGION)
    assert ((found.episodes.since - BEGIN) / MINUTE).tolist() == [75]


def test_the_platforms_own_books_have_no_history(store: Memory):
    with pytest.raises(ValueError, match="no history"):
        rehearse(store, [rules()["ledger_difference"]], LOTS, SPAN, REGION)


def test_things_come_in_parts(store: Memory, monkeypatch: pytest.MonkeyPatch):
    for place, lot in enumerate(LOTS):
        tell(store, lot.id, "available_spot_number", [(60 * place, 1), (60 * place + 30, 90)])
    whole = rehearse(store, [rules()["car_park_nearly_full"]], LOTS, SPAN, REGION)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(history, "ROWS_AT_ONCE", 3)
    parts = rehearse(store, [rules()["car_park_nearly_full"]], LOTS, SPAN, REGION, told=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert parts[0].episodes.fired.tolist() == whole[0].episodes.fired.tolist()
    assert parts[0].episodes.thing.tolist() == [0, 1, 2]


@given(
    st.sampled_from(
        ["car_park_nearly_full", "meter_silent", "container_full_soon", "blocked_loading_zone", "fire_suspicion"]
    ),
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 3000), st.sampled_from([0.0, 0.04, 0.2, 0.4, 1.0, 70.0])),
        max_size=40,
    ),
)
def test_rows_that_are_left_out_change_nothing(name: str, said: list[tuple[int, int, float]]):
    rule = rules()[name]
    sites = {"capacity": 1, **dict.fromkeys(rule.required, 1)}
    things = [
        Thing(id=f"{n}", name="T", kind=rule.kinds[0], longitude=12.1, latitude=54.1, properties=sites)
        for n in range(2)
    ]
    rows = list({(series, minute): (series, minute, value) for series, minute, value in said}.values())
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    times = (BEGIN + columns[:, 1].astype(np.int64) * MINUTE).view("datetime64[ms]")
    every = Rows.of(2, columns[:, 0].astype(np.int64), times, columns[:, 2])
    end = BEGIN + 4000 * MINUTE
    whole = within(evaluate(rule, things, every, end, REGION).episodes, BEGIN, end)
    thin = within(
        evaluate(rule, things, history._thinned(rule, things, every, REGION), end, REGION).episodes, BEGIN, end
    )
    for column in ("thing", "since", "fired", "ended"):
        assert getattr(thin, column).tolist() == getattr(whole, column).tolist()
