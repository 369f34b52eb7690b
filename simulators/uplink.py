"""What the city's devices have to say, as columns: who, when and which numbers, before they are bytes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


REJOIN = 7
"""Days after which a LoRaWAN device joins its network anew and counts its frames from zero, each on its own day."""
RADIO = 250
"""Milliseconds from a LoRaWAN device to the broker."""


class Frame(IntEnum):
    """What a device says with one uplink; the comment names the numbers of its reading."""

    SPACE_CHANGE = 0
    """0 free or 1 occupied"""
    SPACE_HEARTBEAT = 1
    """0 free or 1 occupied, temperature in Cel"""
    LOT = 2
    """free spaces"""
    CONTAINER = 3
    """distance in mm, temperature in tenths of a Cel, battery in %"""
    METER = 4
    """cumulative energy in Wh, power in W"""
    METER_ENERGY = 5
    """cumulative energy in Wh"""
    METER_POWER = 6
    """power in W"""
    BARRIERS = 7
    """free spaces, vehicles counted in and out since midnight UTC"""


@dataclass(frozen=True, slots=True)
class Uplinks:
    """Uplinks as columns of one length n; row i is one message."""

    device: NDArray[np.int32]
    """Index of the place whose device speaks, shape (n,)."""
    sampled: NDArray[np.int64]
    """When it was true in the city: ms since 1970 UTC, shape (n,)."""
    time: NDArray[np.int64]
    """When the network publishes it: ms since 1970 UTC, shape (n,)."""
    frame: NDArray[np.uint8]
    """Code of ``Frame``, shape (n,)."""
    reading: NDArray[np.int64]
    """The numbers that the frame names, zero beyond them, shape (n, 3)."""
    counter: NDArray[np.int32]
    """Frame counter since the device last joined its network, shape (n,)."""

    def __len__(self) -> int:
        return len(self.device)

    @classmethod
    def of(
        cls,
        device: NDArray[Any],
        sampled: NDArray[Any],
        frame: NDArray[Any] | int,
        *reading: NDArray[Any],
        delay: NDArray[Any] | int = 0,
    ) -> Uplinks:
        """Build uplinks from arrays of one size; scalars fill their column; ``delay`` to the broker in ms."""
        sampled = np.ravel(sampled).astype(np.int64)
        n = len(sampled)
        numbers = np.zeros((n, 3), dtype=np.int64)
        for column, values in enumerate(reading):
            numbers[:, column] = np.ravel(values)
        return cls(
            np.ravel(device).astype(np.int32),
            sampled,
            sampled + np.ravel(delay),
            np.full(n, np.ravel(frame), dtype=np.uint8),
            numbers,
            np.zeros(n, dtype=np.int32),
        )

    def take(self, rows: NDArray[Any] | slice) -> Uplinks:
        """Select rows by index, mask or slice."""
        return Uplinks(*(getattr(self, field.name)[rows] for field in fields(self)))


def join(parts: Iterable[Uplinks]) -> Uplinks:
    """Put uplinks one after the other; none at all give the empty uplinks."""
    kept = [EMPTY, *parts]
    return Uplinks(*(np.concatenate([getattr(part, field.name) for part in kept]) for field in fields(Uplinks)))


def in_time(uplinks: Uplinks) -> Uplinks:
    """Order by time of publication, then by device, then by frame."""
    return uplinks.take(np.lexsort((uplinks.frame, uplinks.device, uplinks.time)))


def rank(device: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count, for every row, the earlier rows of the same device; shape (n,).

    >>> rank(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(device, kind="stable")
    _, first, count = np.unique(device[order], return_index=True, return_counts=True)
    ranks = np.empty(len(device), dtype=np.int64)
    ranks[order] = np.arange(len(device)) - np.repeat(first, count)
    return ranks


EMPTY = Uplinks.of(np.zeros(0), np.zeros(0), 0)
