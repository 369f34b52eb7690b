"""Messages into the store, new and waiting ones alike: decode, write, and say under which heading each belongs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ingest.ledger import Heading, book
from sensors.decode import Decoded, decode
from sensors.model import Batch, Rejected
from storage.store import Outcome, StoreBusyError, StoreRefusedError, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Devices, Message
    from storage.store import Store

log = logging.getLogger(__name__)

Answer = tuple[Written, Mapping[int, str]]
"""What a store has written, and why it refused the others, by row."""
Write = Callable[[Batch], Answer | None]
"""Writes until the store takes it; None where that was given up."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of messages."""

    heading: NDArray[np.uint8]
    """Of each message, shape (messages,)."""
    rejected: Mapping[int, Rejected]
    """By index of the message: why not all of it could be stored."""
    outcome: NDArray[np.uint8]
    """Of each row, shape (rows,)."""
    message: NDArray[np.int32]
    """Of each row the index of its message, shape (rows,)."""
    phenomenon_time: NDArray[np.datetime64]
    """Of each row, shape (rows,)."""

    @property
    def new(self) -> int:
        """Number of new observations."""
        return int(np.count_nonzero(self.outcome == Outcome.STORED))


def carry(messages: Sequence[Message], devices: Devices, write: Write) -> Carried | None:
    """Decode messages and write them; None where writing was given up."""
    decoded = _decoded(messages, devices)
    answer = write(decoded.batch)
    if answer is None:
        return None
    written, refused = answer
    rejected = dict(decoded.rejected) | _refusals(messages, decoded, refused)
    heading = book(len(messages), decoded.message, written.outcome, rejected)
    told = {index: replace(why, partly=heading[index] != Heading.QUARANTINED) for index, why in rejected.items()}
    return Carried(heading, told, written.outcome, decoded.message, decoded.batch.phenomenon_time)


def _decoded(messages: Sequence[Message], devices: Devices) -> Decoded:
    """Decode messages; where that fails all the same, without those of them that make it fail, which are rejected.

    Decoding promises never to raise. Should it break the promise, one message must not stop all that come behind it.
    """
    try:
        return decode(messages, devices)
    except Exception:
        log.exception("messages could not be decoded together; they are decoded one by one")
    wrong = {index: why for index, message in enumerate(messages) if (why := _stumble(message, devices)) is not None}
    good = np.setdiff1d(np.arange(len(messages)), list(wrong)).astype(np.int32)
    decoded = decode([messages[index] for index in good], devices)
    rejected = {int(good[index]): why for index, why in decoded.rejected} | wrong
    return Decoded(decoded.batch, good[decoded.message], tuple(sorted(rejected.items())), good[decoded.empty])


def _stumble(message: Message, devices: Devices) -> Rejected | None:
    try:
        decode([message], devices)
    except Exception as error:  # noqa: BLE001 - whatever it is, it goes into quarantine with the message
        detail = f"the message makes its decoder stumble ({type(error).__name__}: {error}). Report it with the message."
        return Rejected(message, "unreadable", detail)
    return None


def writing(store: Store) -> Write:
    """Write to a store, waiting as long as it is busy."""

    def write(batch: Batch) -> Answer:
        while True:
            try:
                return store.write(batch), {}
            except StoreRefusedError as refusal:
                return refusal.written, refusal.reasons
            except StoreBusyError as busy:
                time.sleep(busy.retry_after)

    return write


def _refusals(messages: Sequence[Message], decoded: Decoded, refused: Mapping[int, str]) -> dict[int, Rejected]:
    """Turn refused rows into the quarantine of their messages."""
    return {
        int(decoded.message[row]): Rejected(messages[decoded.message[row]], "refused_by_store", reason)
        for row, reason in refused.items()
    }
