"""The life of alerts as a pure function over arrays: quiet, pending, firing, and resolved again.

What a machine knows of n things stands in columns (``Standing``). It moves by verdicts, what a value means for its
rule at an instant, and by the clock: a pending time that is over, silence. Verdicts of one thing come in the order of
time; those of an instant before the clock's are taken as they come. However verdicts and instants are parted into
steps, the same comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from processing.rows import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    _Move = Callable[["Standing", NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64], "Timing"], Iterator["Steps"]]


class Phase(IntEnum):
    """How a thing stands under a rule."""

    QUIET = 0
    PENDING = 1
    FIRING = 2
    ACKNOWLEDGED = 3


class Verdict(IntEnum):
    """What a value means."""

    UNKNOWN = 0
    """Nothing was heard yet."""
    CLEAR = 1
    BETWEEN = 2
    """True no more, but not yet over."""
    BAD = 3
    SILENT = 4
    """Nothing was heard for too long."""


class Step(IntEnum):
    """What happened to a thing."""

    PENDED = 0
    DROPPED = 1
    """It waited, and did not come true."""
    FIRED = 2
    ESCALATED = 3
    RESOLVED = 4


@dataclass(frozen=True, slots=True)
class Timing:
    """What a rule says of time, of n things. [ms], NEVER where there is no such thing."""

    pending: NDArray[np.int64]
    clear_for: NDArray[np.int64]
    silent: NDArray[np.int64]
    escalation: NDArray[np.int64]
    silence_fires: bool = False
    """Whether silence is an alert; else it resolves one."""

    def take(self, chosen: NDArray[np.int64]) -> Timing:
        """Select things."""
        pending, clear_for = self.pending[chosen], self.clear_for[chosen]
        return Timing(pending, clear_for, self.silent[chosen], self.escalation[chosen], self.silence_fires)


@dataclass(frozen=True, slots=True)
class Standing:
    """How n things stand; every column has shape (n,), instants are milliseconds since 1970 UTC."""

    phase: NDArray[np.int8]
    verdict: NDArray[np.int8]
    """The newest."""
    value: NDArray[np.float64]
    """That it was about."""
    heard: NDArray[np.int64]
    """When that was true; -NEVER where nothing was heard."""
    since: NDArray[np.int64]
    """When it came true; NEVER while quiet."""
    fired: NDArray[np.int64]
    """NEVER until it fires."""
    clear_since: NDArray[np.int64]
    """NEVER while it is not over."""
    escalated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.phase)

    @classmethod
    def quiet(cls, count: int) -> Standing:
        """Let nothing be known of some things."""
        never = np.full((3, count), NEVER)
        return cls(
            phase=np.zeros(count, dtype=np.int8),
            verdict=np.zeros(count, dtype=np.int8),
            value=np.full(count, np.nan),
            heard=np.full(count, -NEVER),
            since=never[0],
            fired=never[1],
            clear_since=never[2],
            escalated=np.zeros(count, dtype=bool),
        )

    def take(self, chosen: NDArray[np.int64]) -> Standing:
        """Copy the columns of some things; shape (k,)."""
        return Standing(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def put(self, chosen: NDArray[np.int64], others: Standing) -> None:
        """Write the columns of some things over."""
        for one in fields(self):
            getattr(self, one.name)[chosen] = getattr(others, one.name)

    def is_news(self, thing: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell what is as new as what was heard of its thing, or newer where that is silent. [bool], shape (k,)."""
        heard = self.heard[thing]
        found: NDArray[np.bool_] = (time > heard) | ((time == heard) & (self.verdict[thing] != Verdict.SILENT))
        return found

    def due(self, timing: Timing) -> NDArray[np.int64]:
        """Tell when the clock alone moves each thing next, NEVER where it does not. [ms], shape (n,)."""
        found: NDArray[np.int64] = np.min([due for _, due in _dues(self, timing)], axis=0, initial=NEVER)
        return found


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What k values mean, sorted by thing and time; every column has shape (k,)."""

    thing: NDArray[np.int64]
    """Index of the thing."""
    time: NDArray[np.int64]
    verdict: NDArray[np.int8]
    value: NDArray[np.float64]
    heard: NDArray[np.bool_]
    """Whether something was heard; False where only the rule's hours began or ended."""

    def __len__(self) -> int:
        return len(self.thing)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Verdicts:
        """Select some."""
        return Verdicts(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Steps:
    """What happened, sorted by time; every column has shape (k,)."""

    thing: NDArray[np.int64]
    step: NDArray[np.int8]
    time: NDArray[np.int64]
    since: NDArray[np.int64]
    fired: NDArray[np.int64]
    value: NDArray[np.float64]
    heard: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.thing)

    @classmethod
    def joined(cls, parts: list[Steps]) -> Steps:
        """Put parts together in the order of time; of one instant in the order in which they came."""
        empty = np.empty(0, dtype=np.int64)
        some = parts or [cls(empty, empty.astype(np.int8), empty, empty, empty, empty.astype(np.float64), empty)]
        found = cls(*(np.concatenate([getattr(part, one.name) for part in some]) for one in fields(cls)))
        order = np.argsort(found.time, kind="stable")
        return cls(*(getattr(found, one.name)[order] for one in fields(cls)))


def advance(
    standing: Standing, timing: Timing, verdicts: Verdicts, now: int, held: NDArray[np.bool_] | None = None
) -> Steps:
    """Move things by verdicts, and then all of them by the clock up to an instant [ms]; writes ``standing`` over.

    A verdict older than what was heard of its thing is left out. The clock of those that are ``held``, shape (n,), only
    goes on to what was heard last of them.
    """
    parts: list[Steps] = []
    for some in _waves(verdicts):
        chosen = some.take(standing.is_news(some.thing, some.time))
        mine, limits = standing.take(chosen.thing), timing.take(chosen.thing)
        parts += _until(mine, limits, chosen.time - 1, chosen.thing)
        standing.put(chosen.thing, mine)
        # Hours that begin or end say nothing of who is silent.
        spoken = chosen.take(chosen.heard | (mine.verdict != Verdict.SILENT))
        mine = standing.take(spoken.thing)
        parts += _judged(mine, spoken)
        standing.put(spoken.thing, mine)
    until = np.full(len(standing), now) if held is None else np.where(held, standing.heard, now)
    due = np.flatnonzero(standing.due(timing) <= until)
    mine, limits = standing.take(due), timing.take(due)
    parts += _until(mine, limits, until[due], due)
    standing.put(due, mine)
    return Steps.joined(parts)


def _waves(verdicts: Verdicts) -> Iterator[Verdicts]:
    """Part verdicts so that each part has at most one of a thing, in the order of time."""
    if not len(verdicts):
        return
    first = np.flatnonzero(np.diff(verdicts.thing, prepend=-1))
    rank = np.arange(len(verdicts)) - np.repeat(first, np.diff(first, append=len(verdicts)))
    order = np.argsort(rank, kind="stable")
    for wave in np.split(order, np.cumsum(np.bincount(rank))[:-1]):
        yield verdicts.take(wave)


def _judged(standing: Standing, verdicts: Verdicts) -> Iterator[Steps]:
    """Take over verdicts of different things; ``standing`` has one row for each."""
    bad, between = verdicts.verdict == Verdict.BAD, verdicts.verdict == Verdict.BETWEEN
    between &= standing.verdict != Verdict.SILENT  # who was silent speaks again: that is over
    quiet, pending = standing.phase == Phase.QUIET, standing.phase == Phase.PENDING
    standing.verdict[:] = verdicts.verdict
    standing.value[:] = np.where(verdicts.heard, verdicts.value, standing.value)
    standing.heard[:] = np.where(verdicts.heard, verdicts.time, standing.heard)
    standing.since[quiet & bad] = verdicts.time[quiet & bad]
    standing.phase[quiet & bad] = Phase.PENDING
    yield _steps(standing, quiet & bad, Step.PENDED, verdicts.time, verdicts.thing)
    yield _steps(standing, pending & ~bad, Step.DROPPED, verdicts.time, verdicts.thing)
    _silence(standing, pending & ~bad)
    clear = ~bad & ~between
    begins = clear & (standing.phase >= Phase.FIRING) & (standing.clear_since == NEVER)
    standing.clear_since[begins] = np.maximum(verdicts.time, standing.fired)[begins]
    standing.clear_since[~clear] = NEVER


def _until(standing: Standing, timing: Timing, until: NDArray[np.int64], thing: NDArray[np.int64]) -> Iterator[Steps]:
    """Move things by the clock up to an instant each: what is due first happens first."""
    while True:
        dues = _dues(standing, timing)
        first = np.min([due for _, due in dues], axis=0, initial=NEVER)
        if not (first <= until).any():
            return
        moved = first > until
        for what, due in dues:
            now = ~moved & (due == first)
            moved |= now
            yield from what(standing, now, first, thing, timing)


def _dues(standing: Standing, timing: Timing) -> tuple[tuple[_Move, NDArray[np.int64]], ...]:
    """Tell what the clock does next and when, each of shape (n,)."""
    active = standing.phase >= Phase.FIRING
    heard = (standing.verdict != Verdict.SILENT) & (standing.heard > -NEVER)
    listening = heard if timing.silence_fires else heard & (standing.phase != Phase.QUIET)
    waits = (standing.phase == Phase.FIRING) & ~standing.escalated
    return (
        (_resolve, _after(active, standing.clear_since, timing.clear_for)),
        (_fire, _after(standing.phase == Phase.PENDING, standing.since, timing.pending)),
        (_escalate, _after(waits, standing.fired, timing.escalation)),
        (_fall_silent, _after(listening, standing.heard, timing.silent)),
    )


def _after(where: NDArray[np.bool_], begin: NDArray[np.int64], span: NDArray[np.int64]) -> NDArray[np.int64]:
    there = where & (begin < NEVER) & (span < NEVER)
    return np.where(there, np.where(there, begin, 0) + np.where(there, span, 0), NEVER)


def _resolve(
    standing: Standing, now: NDArray[np.bool_], time: NDArray[np.int64], thing: NDArray[np.int64], _: Timing
) -> Iterator[Steps]:
    yield _steps(standing, now, Step.RESOLVED, time, thing)
    _silence(standing, now)


def _fire(
    standing: Standing, now: NDArray[np.bool_], time: NDArray[np.int64], thing: NDArray[np.int64], _: Timing
) -> Iterator[Steps]:
    standing.phase[now] = Phase.FIRING
    standing.fired[now] = time[now]
    yield _steps(standing, now, Step.FIRED, time, thing)


def _escalate(
    standing: Standing, now: NDArray[np.bool_], time: NDArray[np.int64], thing: NDArray[np.int64], _: Timing
) -> Iterator[Steps]:
    standing.escalated[now] = True
    yield _steps(standing, now, Step.ESCALATED, time, thing)


def _fall_silent(
    standing: Standing, now: NDArray[np.bool_], time: NDArray[np.int64], thing: NDArray[np.int64], timing: Timing
) -> Iterator[Steps]:
    """Let silence fire, at once, or resolve what fires and drop what waits."""
    standing.verdict[now] = Verdict.SILENT
    standing.clear_since[now] = NEVER
    if timing.silence_fires:
        standing.value[now] = np.nan
        new = now & (standing.phase <= Phase.PENDING)
        standing.since[new] = standing.heard[new]
        yield from _fire(standing, new, time, thing, timing)
        return
    yield _steps(standing, now & (standing.phase == Phase.PENDING), Step.DROPPED, time, thing)
    yield _steps(standing, now & (standing.phase >= Phase.FIRING), Step.RESOLVED, time, thing)
    _silence(standing, now)


def _silence(standing: Standing, now: NDArray[np.bool_]) -> None:
    """Let things be quiet again."""
    standing.phase[now] = Phase.QUIET
    standing.escalated[now] = False
    for column in (standing.since, standing.fired, standing.clear_since):
        column[now] = NEVER


def _steps(
    standing: Standing, now: NDArray[np.bool_], step: Step, time: NDArray[np.int64], thing: NDArray[np.int64]
) -> Steps:
    return Steps(
        thing=thing[now],
        step=np.full(int(now.sum()), step, dtype=np.int8),
        time=time[now],
        since=standing.since[now],
        fired=standing.fired[now],
        value=standing.value[now],
        heard=standing.heard[now],
    )
