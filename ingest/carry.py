"""Messages into the store, new and waiting ones alike: decode, write, and say under which heading each belongs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ingest.ledger import Heading, book
from sensors.decode import decode
from sensors.model import Batch, Rejected
from storage.store import Outcome, StoreBusyError, StoreRefusedError, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.decode import Decoded
    from sensors.model import Devices, Message
    from storage.store import Store

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
    decoded = decode(messages, devices)
    answer = write(decoded.batch)
    if answer is None:
        return None
    written, refused = answer
    rejected = dict(decoded.rejected) | _refusals(messages, decoded, refused)
    heading = book(len(messages), decoded.message, written.outcome, rejected)
    told = {index: replace(why, partly=heading[index] != Heading.QUARANTINED) for index, why in rejected.items()}
    return Carried(heading, told, written.outcome, decoded.message, decoded.batch.phenomenon_time)


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
