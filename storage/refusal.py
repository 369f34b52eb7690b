"""Rows that no engine can keep, and the sentence why: the same for every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from sensors.quality import Quality
from storage.store import Outcome, StoreRefusedError, Written

if TYPE_CHECKING:
    from sensors.model import Batch

EARLIEST = np.datetime64("1970-01-01", "ms")
LATEST = np.datetime64("2200-01-01", "ms")


def refusals(batch: Batch) -> dict[int, str]:
    """Name the rows of a batch that can never be stored; empty for a batch in order."""
    time = batch.phenomenon_time.astype(TIME)
    known = batch.result_time.astype(TIME)
    missing = np.isnan(batch.result)
    tests = {
        "the phenomenon time lies outside 1970 to 2200": ~((time >= EARLIEST) & (time < LATEST)),
        "the result time is missing": np.isnat(known),
        "the result time lies outside 1970 to 2200": ~(np.isnat(known) | ((known >= EARLIEST) & (known < LATEST))),
        "the result is infinite": np.isinf(batch.result),
        "the result is missing and its flag does not say so": missing & (batch.quality != Quality.MISSING),
        "the flag says missing and there is a result": ~missing & (batch.quality == Quality.MISSING),
    }
    return {int(row): sentence for sentence, wrong in tests.items() for row in np.flatnonzero(wrong)}


def written_or_refused(written: Written, refused: dict[int, str], rows: int) -> Written:
    """Answer a write of ``rows`` rows of which the refused were left out; raise StoreRefusedError if there are any.

    In the error's ``written.outcome`` the refused rows are Outcome.REFUSED, so that it has shape (rows,).
    """
    if not refused:
        return written
    outcome = np.full(rows, Outcome.REFUSED, dtype=np.uint8)
    outcome[np.setdiff1d(np.arange(rows), list(refused))] = written.outcome
    raise StoreRefusedError(refused, Written(outcome, written.version))
