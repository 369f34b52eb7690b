"""Old messages leave the quarantine beside whatever else a process does."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from prometheus_client import generate_latest

from sensors.model import Batch, Datastream, Message, Rejected
from smilecity import housekeeping as housekeeping_module
from smilecity.housekeeping import DAY_MS, housekeeping
from smilecity.options import settings
from storage.catalogue import Catalogue, Counts
from storage.engines.memory import Memory
from storage.metrics import with_books
from storage.store import Query, StoreBusyError, open_store
from tests.servers import wait_until
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with closing(Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as opened:
        now = time.time_ns() // 1_000_000
        messages = [Message("city", "t", b"%d" % days, now - days * DAY_MS) for days in (1, 50, 100)]
        rejected = [Rejected(message, "not_json", "no JSON", "d") for message in messages]
        opened.settle("city", "w1", Counts(received=3, quarantined=3), rejected)
        yield opened


def payloads(catalogue: Catalogue) -> list[bytes]:
    return [entry.rejected.message.payload for entry in catalogue.quarantine()]


def test_what_is_older_than_ninety_days_goes_and_is_told(catalogue: Catalogue, tmp_path: Path):
    with housekeeping(Memory(), catalogue, settings()):
        wait_until(lambda: payloads(catalogue) == [b"1", b"50"], what="the old message to be gone")
    assert b'smilecity_quarantine_expired_messages_total{source="city"} 1.0' in generate_latest(with_books(catalogue))
    listed = smilecity("quarantine", "list", "--data", str(tmp_path)).stdout
    assert "1 messages were removed after their time" in listed
    assert "older than 90 days" in listed


@pytest.mark.parametrize("said", ["0", "never", "Never "])
def test_never_is_never(catalogue: Catalogue, said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMILECITY_QUARANTINE_DAYS", said)
    monkeypatch.setattr(catalogue, "expire", lambda _: pytest.fail("nothing is to be removed"))
    with housekeeping(Memory(), catalogue, settings()):
        pass


@pytest.mark.parametrize("said", ["-1", "soon", "1e9"])
def test_a_wrong_number_of_days_is_refused(said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMILECITY_QUARANTINE_DAYS", said)
    with pytest.raises(ValueError, match=f"SMILECITY_QUARANTINE_DAYS cannot be '{said}'"):
        settings()


def test_a_failure_is_told_and_tried_again(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    expire, failures = catalogue.expire, [OSError("the disk is full")]

    def at_first(before: int) -> int:
        if failures:
            raise failures.pop()
        return expire(before)

    monkeypatch.setattr(catalogue, "expire", at_first)
    monkeypatch.setattr(housekeeping_module, "LOOK_S", 0.01)
    with housekeeping(Memory(), catalogue, settings(quarantine_days=30)):
        wait_until(lambda: payloads(catalogue) == [b"1"], what="the old messages to be gone")
    assert "the disk is full" in caplog.text
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


OLD = Batch.of(
    [Datastream("a", "level")], [0, 0], np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[ms]"), [1, 2]
)


def test_the_store_is_tended_and_a_busy_one_again_later(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(housekeeping_module, "LOOK_S", 0.01)
    monkeypatch.setattr(housekeeping_module, "PAUSE_S", 0.0)
    with closing(open_store(f"duckdb://{tmp_path}/city.duckdb")) as store:
        store.write(OLD)
        tend, failures = store.tend, [StoreBusyError("no room")]

        def at_first(now: np.datetime64) -> object:
            if failures:
                raise failures.pop()
            return tend(now)

        monkeypatch.setattr(store, "tend", at_first)
        caplog.set_level(logging.INFO)
        with housekeeping(store, catalogue, settings()):
            wait_until(lambda: "4 rows were moved" in caplog.text, what="two days to be moved")
        assert "no room" in caplog.text
        assert store.read(Query(datastreams=OLD.datastreams)).result.tolist() == [1, 2]


def test_it_can_be_put_into_order_at_once(tmp_path: Path):
    with closing(open_store(f"duckdb://{tmp_path}/city.duckdb")) as store:
        store.write(OLD)
    for said in ("settling days: 2 rows, sorting months: 2 rows", "Everything is in order."):
        done = smilecity("compact", "--data", str(tmp_path))
        assert (done.returncode, done.stdout.strip()) == (0, said)
