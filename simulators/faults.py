"""Faults of the street on purpose: between what devices have to say and what reaches the broker, counted exactly.

A message has at most one fault, so the counts add up: told = untouched + after_reset + the faults, and
sent + held = told + duplicates - silent. What is chosen follows from the seed, a message's number, and its device and
hour; never from how the messages were cut into stretches.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulators.chance import scatter
from simulators.fault import AFTER_RESET, HELD, SENT, SHARES, TOLD, UNTOUCHED, WRONGS, Fault
from simulators.rhythm import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from simulators.publish import Letter

NO_COUNTER = -1
LATE_AT_MOST = 30 * MINUTE
AGAIN_WITHIN = MINUTE
AHEAD = 400 * 24 * HOUR
"""How far a clock that runs ahead is off, in ms: beyond a year, as by a wrong year."""


@dataclass(frozen=True, slots=True)
class Told:
    """Messages that devices have to send, as columns of one length n, in the order of their times."""

    device: NDArray[Any]
    """A number for each device, shape (n,)."""
    time: NDArray[np.int64]
    """When it is sent, ms since 1970 UTC, shape (n,)."""
    counter: NDArray[np.int64]
    """The register that it reads, NO_COUNTER where it reads none, shape (n,)."""
    clocked: NDArray[np.bool_]
    """Whether it carries the device's own clock, shape (n,)."""
    write: Callable[[int, int, int], Letter]
    """Writes a row as topic and payload: its clock moved by ms, another register (NO_COUNTER: its own)."""

    def __len__(self) -> int:
        return len(self.device)


class _Message(NamedTuple):
    letter: Letter
    device: int
    time: int
    luck: float
    plain: str
    """The heading that it comes under when nothing is done to it."""


class Faults:
    """Takes messages as they are told and gives what is to be sent in their place."""

    def __init__(
        self,
        seed: int = 1,
        shares: Mapping[Fault, float] = SHARES,
        on_fault: Callable[[Fault, str, int], None] | None = None,
    ) -> None:
        """Choose by ``seed``; ``on_fault`` gets each fault with the topic and the time of its message."""
        self.counts: Counter[str] = Counter()
        self._seed = seed
        self._kinds = [fault for fault in Fault if fault not in (Fault.SILENT, Fault.BACKLOG)]
        self._edges = np.cumsum([shares.get(fault, 0.0) for fault in self._kinds])
        self._hourly = np.cumsum([shares.get(Fault.SILENT, 0.0), shares.get(Fault.BACKLOG, 0.0)])
        self._on_fault = on_fault
        self._held: list[tuple[int, int, Letter]] = []
        self._order = count()
        self._overtaken: dict[int, _Message] = {}
        self._zero: dict[int, int] = {}
        self._said: list[Letter] = []
        self._done: dict[Fault, Callable[[_Message], bool]] = {
            Fault.DUPLICATE: self._say_again,
            Fault.LATE: self._say_late,
            Fault.CLOCK_JUMP: self._say,
            Fault.COUNTER_RESET: self._say,
            Fault.TRUNCATED: self._say_a_part,
            Fault.WRONG: self._say_otherwise,
            Fault.SILENT: self._say_nothing,
            Fault.BACKLOG: self._say_with_the_hour,
        }

    @property
    def headings(self) -> dict[str, int]:
        """How many messages came under each heading so far, in the order of a table."""
        # What waits to be overtaken is not out of order before it is.
        counts = self.counts + Counter(message.plain for message in self._overtaken.values())
        said = {str(name): counts[name] for name in (TOLD, UNTOUCHED, AFTER_RESET, *Fault, SENT)}
        return {**said, HELD: len(self._held) + len(self._overtaken)}

    def through(self, told: Told) -> list[Letter]:
        """Give what is to be sent now, in its order."""
        number = self.counts[TOLD] + np.arange(len(told))
        faults = self._choose(told, number)
        luck = scatter(self._seed, 2, number).tolist()
        anew = self._count_anew(told, faults)
        device, time = told.device.tolist(), told.time.tolist()
        for row, fault in enumerate(faults):
            jump = _jump(time[row], luck[row]) if fault is Fault.CLOCK_JUMP else 0
            letter = told.write(row, jump, anew.get(row, NO_COUNTER))
            plain = AFTER_RESET if row in anew else UNTOUCHED
            self._release(time[row])
            self._take(fault, _Message(letter, device[row], time[row], luck[row], plain))
        self.counts[TOLD] += len(told)
        return self._sent()

    def rest(self) -> list[Letter]:
        """Give what is still held back, as at the end of all messages; nobody has overtaken what waited for that."""
        self._said += [heappop(self._held)[2] for _ in range(len(self._held))]
        for message in self._overtaken.values():
            self._said.append(message.letter)
            self.counts[message.plain] += 1
        self._overtaken.clear()
        return self._sent()

    def _choose(self, told: Told, number: NDArray[np.int64]) -> list[Fault | None]:
        """Choose the fault of each message."""
        kinds: list[Fault | None] = [*self._kinds, None, Fault.SILENT, Fault.BACKLOG]
        none = len(self._kinds)
        chosen = np.searchsorted(self._edges, scatter(self._seed, 0, number), side="right")
        for fault, possible in ((Fault.CLOCK_JUMP, told.clocked), (Fault.COUNTER_RESET, told.counter >= 0)):
            chosen[(chosen == kinds.index(fault)) & ~possible] = none
        hourly = np.searchsorted(self._hourly, scatter(self._seed, 1, told.device, told.time // HOUR), side="right")
        chosen = np.where(hourly < 2, none + 1 + hourly, chosen)
        return [kinds[index] for index in chosen.tolist()]

    def _count_anew(self, told: Told, faults: list[Fault | None]) -> dict[int, int]:
        """Give the registers that are not the true ones, by row."""
        anew: dict[int, int] = {}
        for row in np.flatnonzero(told.counter >= 0).tolist():
            device, counter = int(told.device[row]), int(told.counter[row])
            if faults[row] is Fault.COUNTER_RESET:
                self._zero[device] = counter
            if device in self._zero:
                anew[row] = counter - self._zero[device]
        return anew

    def _take(self, fault: Fault | None, message: _Message) -> None:
        if fault is None:
            self._say(message)
            self.counts[message.plain] += 1
        elif fault is Fault.OUT_OF_ORDER:
            self._hold_until_overtaken(message)
        else:
            done = self._done[fault](message)
            self._book(fault if done else None, message)

    def _book(self, fault: Fault | None, message: _Message) -> None:
        self.counts[fault or message.plain] += 1
        if fault is not None and self._on_fault is not None:
            self._on_fault(fault, message.letter[0], message.time)

    def _say(self, message: _Message) -> bool:
        """Say a message, and after it one of its device that it has overtaken."""
        self._said.append(message.letter)
        if self._overtaken and (before := self._overtaken.pop(message.device, None)):
            self._said.append(before.letter)
            self._book(Fault.OUT_OF_ORDER, before)
        return True

    def _hold_until_overtaken(self, message: _Message) -> None:
        if message.device in self._overtaken:
            self._say(message)
            self._book(None, message)
        else:
            self._overtaken[message.device] = message

    def _say_again(self, message: _Message) -> bool:
        return self._say(message) and self._hold(message, message.time + int(message.luck * AGAIN_WITHIN))

    def _say_late(self, message: _Message) -> bool:
        return self._hold(message, message.time + MINUTE + int(message.luck * (LATE_AT_MOST - MINUTE)))

    def _say_with_the_hour(self, message: _Message) -> bool:
        return self._hold(message, (message.time // HOUR + 1) * HOUR)

    def _say_a_part(self, message: _Message) -> bool:
        topic, payload = message.letter
        cut = 1 + int(message.luck * (len(payload) - 1))
        whole = len(payload) < 2
        return self._say(message if whole else message._replace(letter=(topic, payload[:cut]))) and not whole

    def _say_otherwise(self, message: _Message) -> bool:
        wrong = WRONGS[int(message.luck * len(WRONGS))]
        return self._say(message._replace(letter=(message.letter[0], wrong)))

    def _say_nothing(self, _message: _Message) -> bool:
        return True

    def _hold(self, message: _Message, until: int) -> bool:
        # The number in between keeps what is due together in the order in which it was told.
        heappush(self._held, (until, next(self._order), message.letter))
        return True

    def _release(self, now: int) -> None:
        while self._held and self._held[0][0] <= now:
            self._said.append(heappop(self._held)[2])

    def _sent(self) -> list[Letter]:
        said, self._said = self._said, []
        self.counts[SENT] += len(said)
        return said


def _jump(time: int, luck: float) -> int:
    """Move a clock: to the first hours of 1970, or more than a year ahead; in ms."""
    return HOUR + int(luck * 2 * HOUR) - time if luck < 0.5 else AHEAD
