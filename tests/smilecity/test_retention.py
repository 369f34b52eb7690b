"""Classes of observations are kept for as long as is said, and what is said wrongly is told."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream
from smilecity import housekeeping as housekeeping_module
from smilecity.housekeeping import housekeeping
from smilecity.options import settings
from smilecity.retention import Retention, forget, retention
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import CannotForgetError, Store
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = np.datetime64("2026-11-20T12:00", "ms")
RAW, POWER = Datastream("meter-1", "filling_level"), Datastream("meter-1", "active_power")
DERIVED = Datastream("meter-1", "occupancy_day", derived=True)
AGES = (1, 50, 100, 500)


def filled() -> Store:
    store = Memory()
    times = NOW - np.tile(np.array(AGES, dtype="timedelta64[D]"), 3)
    store.write(Batch.of([RAW, POWER, DERIVED], np.repeat([0, 1, 2], 4), times, np.arange(12)))
    return store


def left(store: Store) -> list[int]:
    spans = store.spans([RAW, POWER, DERIVED])
    counts = dict(zip(spans.datastreams, spans.count.tolist(), strict=True))
    return [counts.get(stream, 0) for stream in (RAW, POWER, DERIVED)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", [4, 4, 4]),
        ("raw=forever", [4, 4, 4]),
        ("raw=400d", [3, 3, 4]),
        ("raw=400d, derived=99d", [3, 3, 2]),
        ("raw=90d,active_power=forever", [2, 4, 4]),
        ("Active_Power = 2D", [4, 1, 4]),
        ("raw=1d", [1, 1, 4]),
    ],
)
def test_each_class_is_kept_for_its_days(said: str, expected: list[int]):
    store, kept = filled(), retention(said)
    assert forget(store, kept, NOW) == 12 - sum(expected)
    assert left(store) == expected
    assert forget(store, kept, NOW) == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("raw", "no rule"),
        ("raw=0d", "no rule"),
        ("raw=400", "no rule"),
        ("raw=2y", "no rule"),
        ("activ_power=90d", "Did you mean 'active_power'"),
    ],
)
def test_what_is_no_rule_is_a_sentence(said: str, told: str):
    with pytest.raises(ValueError, match=told):
        retention(said)
    with (
        closing(Catalogue("sqlite://")) as catalogue,
        pytest.raises(ValueError, match=told),
        housekeeping(Memory(), catalogue, settings(retention=said)),
    ):
        pass


def test_housekeeping_forgets(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setenv("SMILECITY_RETENTION", "raw=36500d,active_power=90d")
    monkeypatch.setattr(housekeeping_module, "_now", lambda: int(NOW.astype(np.int64)))
    caplog.set_level(logging.INFO)
    store = filled()
    with closing(Catalogue("sqlite://")) as catalogue, housekeeping(store, catalogue, settings()):
        wait_until(lambda: "2 rows" in caplog.text, what="rows to be forgotten")
    assert left(store) == [4, 2, 4]


def test_a_store_that_cannot_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    store = filled()

    def refuse(streams: Sequence[Datastream], before: np.datetime64) -> int:
        raise CannotForgetError(f"the server keeps {len(streams)} datastreams {before}")

    monkeypatch.setattr(store, "forget", refuse)
    with closing(Catalogue("sqlite://")) as catalogue, housekeeping(store, catalogue, settings(retention="raw=1d")):
        wait_until(lambda: "the server keeps 2 datastreams" in caplog.text, what="a sentence")


def test_nothing_said_is_for_ever():
    assert Retention().of(RAW) is None
