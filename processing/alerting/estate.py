"""One rule and all things that it is for: their limits and how they stand, moved by rows, hours and the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import NoData
from processing.alerting.hours import STEP, holds
from processing.alerting.judging import judged, limits, things_of, timing
from processing.alerting.machine import Phase, Standing, Steps, Verdict, Verdicts, advance
from processing.indicators import derived_properties
from processing.rows import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from processing.alert import AlertRule, Hours
    from processing.alerting.judging import Judged, Limits
    from processing.alerting.machine import Timing
    from processing.region import Region
    from processing.rows import Rows
    from sensors.model import Thing
    from storage.told import Over


BEHIND = 3_600_000
"""What comes so long after its time comes from somewhere that catches up: a broker, a gateway, a logger. [ms]"""
PATIENCE = 120_000
"""So long the next of it is waited for: until then nobody knows what a thing said after what was heard last. [ms]"""


@dataclass(frozen=True, slots=True)
class Told:
    """Steps of one rule, with what was looked at when they happened."""

    rule: AlertRule
    things: tuple[Thing, ...]
    zone: str
    steps: Steps
    threshold: NDArray[np.float64]
    condition: NDArray[np.int64]
    coverage: NDArray[np.float64]


class Estate:
    """The things of one rule. For one thread at a time."""

    def __init__(self, rule: AlertRule, things: Iterable[Thing], region: Region) -> None:
        self.rule = rule
        self.things = things_of(rule, things)
        self.place = {thing.id: place for place, thing in enumerate(self.things)}
        count = len(self.things)
        self.standing = Standing.quiet(count)
        self.coverage = np.full(count, np.nan)
        """Of the newest value."""
        self.condition = np.zeros(count, dtype=np.int64)
        self._limits: tuple[Limits, ...] = limits(rule, self.things)
        self._timing: Timing = timing(rule, self.things)
        self._due = np.full(count, NEVER)
        self.held = np.full(count, -NEVER)
        """Until when the clock of a thing that catches up stands still at what it said last. [ms]"""
        self._listens = rule.silent.then is NoData.FIRE
        """Whether the clock moves even what is quiet."""
        self._derived = rule.looks_at in derived_properties()
        self._region = region
        self._judged = np.full(count, Verdict.UNKNOWN, dtype=np.int8)
        """What the newest value means while the rule holds."""
        self._holds = np.ones(count, dtype=bool)
        self.new = np.ones(count, dtype=bool)
        """Whose newest row was not looked at by this rule before."""
        self.told = np.full(count, -NEVER)
        """Of what quiet things said before these instants nothing is to be told any more. [ms]"""
        self._looked: int | None = None
        """Quarter hour up to which it was looked whether the rule holds. [ms]"""

    def __len__(self) -> int:
        return len(self.things)

    def restore(self, chosen: NDArray[np.int64], standing: Standing) -> None:
        """Let things stand as they did."""
        self.standing.put(chosen, standing)
        self._judged[chosen] = standing.verdict
        self._touch(chosen)

    @property
    def due(self) -> int:
        """When the clock alone moves something next. [ms since 1970 UTC]."""
        turns = NEVER if self.rule.hours is None else (self._looked or 0) + STEP
        return int(min(np.maximum(self._due, self.held).min(initial=NEVER), turns))

    @property
    def patience(self) -> int:
        """How long something may be silent at most until that is an alert; 0 where it never is. [ms]."""
        known = self._timing.silent[self._timing.silent < NEVER]
        return int(known.max(initial=0)) if self._listens else 0

    def know_told(self, place: int, over: Over) -> None:
        """Let a thing be quiet after an alert that is over, and tell nothing more of what that one told of."""
        silent = over.by_clock and not self._listens and over.ended - over.heard == self._timing.silent[place]
        quiet = Standing.quiet(1)
        quiet.heard[0], quiet.verdict[0] = over.heard, Verdict.SILENT if silent else Verdict.CLEAR
        self.restore(np.array([place]), quiet)
        self.told[place] = over.upto

    def acknowledge(self, place: int) -> None:
        """Let what fires of a thing be acknowledged."""
        if self.standing.phase[place] == Phase.FIRING:
            self.standing.phase[place] = Phase.ACKNOWLEDGED
            self._touch(np.array([place]))

    def _touch(self, chosen: NDArray[np.int64]) -> None:
        self._due[chosen] = self.standing.take(chosen).due(self._timing.take(chosen))

    def begin_hours(self, time: int) -> None:
        """Take it that it was looked at an instant [ms] last whether the rule holds."""
        self._looked = time // STEP * STEP
        if self.rule.hours is not None:
            every = np.arange(len(self))
            self._holds = holds(self.rule.hours, self.things, every, np.full(len(self), self._looked), self._region)

    def judge(self, rows: Rows) -> Judged:
        """Judge rows whose series are the things' places."""
        return judged(self.rule, self._limits, rows)

    def step(self, rows: Rows, now: int, *, since: NDArray[np.int64] | None = None, live: bool = False) -> Told:
        """Move things by rows, by the rule's hours and by the clock up to ``now`` [ms].

        Rows before ``since`` [ms], shape (n,), were looked at already: of what is quiet they only say what was last.
        What comes from the future counts as now. ``live``: more rows may come of things of which late ones have.
        """
        found = self.judge(rows)
        time = np.minimum(rows.time, now)
        news = self.standing.is_news(rows.series, time)
        if live:
            late = time[news] < now - BEHIND
            self.held[rows.series[news]] = np.where(late, now + PATIENCE, -NEVER)
        if since is not None:
            seen = (rows.time < since[rows.series]) & (self.standing.phase[rows.series] == Phase.QUIET)
            self._know(rows.series, time, found, news & seen)
            news &= ~seen
        self._note(rows, found, news)
        moving = self._moving(rows.series, time, found, news)
        self._know(rows.series, time, found, news & ~moving)
        news &= moving
        verdicts = Verdicts(rows.series, time, found.verdict, found.value, np.ones(len(rows), dtype=bool)).take(news)
        return self._told(self._advance(self._within_hours(verdicts, now), now))

    def _moving(
        self, thing: NDArray[np.int64], time: NDArray[np.int64], found: Judged, news: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Tell which rows are of things that may move by them: most say that all is well, as before. [bool], (k,)."""
        if self.rule.hours is not None:
            return news
        moves = self.standing.phase != Phase.QUIET
        moves[thing[news & (found.verdict == Verdict.BAD)]] = True
        if self._listens:
            moves[thing[time > self._due[thing]]] = True
            # Between several rows of one thing it may have been silent.
            moves[thing[1:][thing[1:] == thing[:-1]]] = True
        mine: NDArray[np.bool_] = moves[thing]
        return mine

    def _told(self, steps: Steps) -> Told:
        thing = steps.thing
        condition = self.condition[thing]
        threshold = np.full(len(steps), np.nan)
        for place, bounds in enumerate(self._limits):
            mine = condition == place
            threshold[mine] = bounds.threshold(thing[mine], steps.value[mine])
        return Told(self.rule, self.things, self._region.zone, steps, threshold, condition, self.coverage[thing])

    def _know(self, things: NDArray[np.int64], time: NDArray[np.int64], found: Judged, seen: NDArray[np.bool_]) -> None:
        """Know what quiet things said last, without any consequence but that they are heard."""
        if not seen.any():
            return
        thing = things[seen]
        self.standing.heard[thing] = time[seen]
        self.standing.value[thing] = found.value[seen]
        self.standing.verdict[thing] = self._judged[thing] = found.verdict[seen]
        if self._listens:
            self._due[thing] = np.minimum(self.standing.heard[thing] + self._timing.silent[thing], NEVER)

    def _note(self, rows: Rows, found: Judged, news: NDArray[np.bool_]) -> None:
        """Keep what the newest row of each thing says; rows come sorted, so the last one written stays."""
        if found.condition is not None:
            self.condition[rows.series[news]] = found.condition[news]
        if rows.coverage is not None and self._derived:
            self.coverage[rows.series[news]] = rows.coverage[news]

    def _advance(self, verdicts: Verdicts, now: int) -> Steps:
        """Move only those that something is known of, or that the clock moves."""
        moved = np.zeros(len(self), dtype=bool)
        moved[verdicts.thing] = True
        moved |= np.maximum(self._due, self.held) <= now
        chosen = np.flatnonzero(moved)
        if not len(chosen):
            return Steps.joined([])
        mine, limits_ = self.standing.take(chosen), self._timing.take(chosen)
        place = np.searchsorted(chosen, verdicts.thing)
        steps = advance(mine, limits_, replace(verdicts, thing=place), now, self.held[chosen] > now)
        self.standing.put(chosen, mine)
        self._due[chosen] = mine.due(limits_)
        return replace(steps, thing=chosen[steps.thing])

    def _within_hours(self, verdicts: Verdicts, now: int) -> Verdicts:
        """Let nothing be an alert outside the rule's hours, and let what is true become one when they begin."""
        hours = self.rule.hours
        if hours is None or not len(self):
            return verdicts
        inside = holds(hours, self.things, verdicts.thing, verdicts.time, self._region)
        judged_then = verdicts.verdict.copy()
        verdicts.verdict[~inside] = Verdict.CLEAR
        together = self._with_turns(hours, verdicts, judged_then, now)
        self._judged[verdicts.thing] = judged_then
        return together

    def _with_turns(self, hours: Hours, verdicts: Verdicts, meant: NDArray[np.int8], now: int) -> Verdicts:
        """Add a verdict for each thing whose hours begin or end in the quarter hours since it was last looked."""
        last = now // STEP * STEP
        first = last if self._looked is None else self._looked
        self._looked = last
        quarters = np.arange(first, last + 1, STEP)
        every = np.arange(len(self))
        thing, quarter = np.repeat(every, len(quarters)), np.tile(quarters, len(self))
        held = holds(hours, self.things, thing, quarter, self._region).reshape(len(self), -1)
        before = np.concatenate([self._holds[:, np.newaxis], held[:, :-1]], axis=1)
        self._holds = held[:, -1] if held.shape[1] else self._holds
        turned, column = np.nonzero(held != before)
        if not len(turned):
            return verdicts
        time = quarters[column]
        means = np.where(held[turned, column], self._meant(verdicts, meant, turned, time), Verdict.CLEAR)
        known = (means != Verdict.UNKNOWN) & (self.standing.verdict[turned] != Verdict.SILENT)
        turns = Verdicts(
            turned, time, means.astype(np.int8), np.full(len(turned), np.nan), np.zeros(len(turned), dtype=bool)
        ).take(known)
        return _merged(turns, verdicts)

    def _meant(
        self, verdicts: Verdicts, meant: NDArray[np.int8], thing: NDArray[np.int64], time: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        """Tell what the newest value of things at instants means."""
        keys = _keys(verdicts.thing, verdicts.time)
        place = np.searchsorted(keys, _keys(thing, time), side="right") - 1
        fresh = (place >= 0) & (np.append(verdicts.thing, -1)[place] == thing)
        return np.where(fresh, np.append(meant, 0)[place], self._judged[thing]).astype(np.int8)


def _keys(thing: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    return thing << 43 | time


def _merged(turns: Verdicts, verdicts: Verdicts) -> Verdicts:
    """Put verdicts together by thing and time; a turn at the instant of a row stands before it."""
    both = Verdicts(
        *(
            np.concatenate([getattr(turns, name), getattr(verdicts, name)])
            for name in ("thing", "time", "verdict", "value", "heard")
        )
    )
    return both.take(np.argsort(_keys(both.thing, both.time), kind="stable"))
