"""Publishes recorded MQTT again, with the gaps between messages as they were, or divided by a speed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulators.faults import NO_COUNTER, Told
from simulators.publish import Stop, deliver, rest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulators.faults import Faults
    from simulators.publish import Letter
    from simulators.recording import Recorded

AT_ONCE = 500
"""Messages that are handed over in one go, so that a file of any length needs no more memory."""
AS_FAST_AS_POSSIBLE = 0.0


class Way(Stop, Protocol):
    """Hears how far a replay is, and says when it has to end: ``is_set`` means at once."""

    def one_more(self) -> None:
        """Hear that the broker has acknowledged a message."""

    def tell_away(self, reason: str) -> None:
        """Hear why the broker is away, or by an empty reason that it is back."""

    def is_enough(self) -> bool:
        """Tell whether to publish nothing more, and to end when all that was published is acknowledged."""
        ...


async def replay(
    broker: str, recorded: Iterable[Recorded], way: Way, *, speed: float = 1.0, faults: Faults | None = None
) -> None:
    """Publish recorded messages in their order; payloads stay as they are, and so do the times in them.

    The first one is published at once, each other as long after it as it came, divided by ``speed``; as fast as the
    broker takes them at speed 0. One that came before the one ahead of it in the file follows it at once. Raises
    ValueError for a broker URL or a speed that cannot be.
    """
    if speed < 0:
        raise ValueError(f"time cannot run at speed {speed}: give a number above 0, or 0 for as fast as possible")
    story = _Story(iter(recorded), speed, faults, way)
    await deliver(broker, story.next_letters, stop=way, acknowledged=way.one_more, on_away=way.tell_away)


@dataclass(frozen=True, slots=True)
class _Enough:
    way: Way

    def is_set(self) -> bool:
        return self.way.is_enough()


class _Story:
    """Hands over recorded messages when they are due."""

    def __init__(self, recorded: Iterator[Recorded], speed: float, faults: Faults | None, way: Way) -> None:
        self._recorded = recorded
        self._speed = speed
        self._faults = faults
        self._way = way
        self._next: Recorded | None = None
        self._first: int | None = None
        self._began = 0.0
        self._devices: dict[str, int] = {}

    async def next_letters(self) -> list[Letter]:
        """Wait for the next messages that are due; none are the end."""
        while not self._way.is_enough():
            due = list(islice(self._due(), AT_ONCE))
            if letters := self._written(due):
                return letters
            if not due and self._next is None:
                break
            await rest(self._left(), _Enough(self._way))
        return [] if self._faults is None else self._faults.rest()

    def _due(self) -> Iterator[Recorded]:
        """Give what is due by now; what is not is kept for the next time."""
        while (coming := self._peek()) is not None and self._left() <= 0:
            self._next = None
            yield coming

    def _peek(self) -> Recorded | None:
        if self._next is None:
            self._next = next(self._recorded, None)
        if self._next is not None and self._first is None:
            self._first, self._began = self._next.time, asyncio.get_running_loop().time()
        return self._next

    def _left(self) -> float:
        """Give the seconds until the next message is due."""
        if self._speed == AS_FAST_AS_POSSIBLE or self._next is None or self._first is None:
            return 0.0
        after = (self._next.time - self._first) / 1e6 / self._speed
        return self._began + after - asyncio.get_running_loop().time()

    def _written(self, due: list[Recorded]) -> list[Letter]:
        if self._faults is None:
            return [recorded.letter for recorded in due]
        return self._faults.through(self._told(due))

    def _told(self, due: list[Recorded]) -> Told:
        """Give messages to do faults on: a topic is taken for a device, and what is in the payload for opaque."""
        devices = [self._devices.setdefault(recorded.letter[0], len(self._devices)) for recorded in due]
        time = np.array([recorded.time // 1000 for recorded in due], dtype=np.int64)
        none = np.zeros(len(due), dtype=bool)
        return Told(
            np.array(devices, dtype=np.int64),
            time,
            np.full(len(due), NO_COUNTER),
            none,
            lambda row, *_: due[row].letter,
        )
