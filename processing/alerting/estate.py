"""One rule and all things that it is for: their limits and how they stand, moved by rows, hours and the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import NoData
from processing.alerting.hours import BACK, STEP, holds, turns
from processing.alerting.judging import judged, limits, things_of, timing
from processing.alerting.machine import Phase, Standing, Step, Steps, Verdict, Verdicts, advance
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
        self.new = np.ones(count, dtype=bool)
        """Whose newest row was not looked at by this rule before."""
        self.told = np.full(count, -NEVER)
        """Of what quiet things said before these instants nothing is to be told any more. [ms]"""
        self.looked = np.full(count, NEVER)
        """Quarter hour of each thing up to which it was looked whether the rule holds. [ms]"""
        self.over = np.full(count, -NEVER)
        """When hours ended what fired last of each thing: what was true before is told. [ms]"""
        self._begins = np.zeros(count, dtype=bool)
        """Of whom only what stands counts, and no alert that would have been before."""
        self._known_at = np.full(count, NEVER)
        """Time of the newest row of quiet things where a watch resumes that looked at it before; [ms]."""
        self._resumes = False

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
        if self._begins.any():
            return -int(NEVER)
        due = self._due if self.rule.hours is None else np.minimum(self._due, self.looked + STEP)
        found: np.int64 = np.maximum(due, self.held).min(initial=NEVER)
        return int(found)

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
        self._know_over(np.array([place]), np.array([over.ended]), np.array([over.heard]))

    def acknowledge(self, place: int) -> None:
        """Let what fires of a thing be acknowledged."""
        if self.standing.phase[place] == Phase.FIRING:
            self.standing.phase[place] = Phase.ACKNOWLEDGED
            self._touch(np.array([place]))

    def _touch(self, chosen: NDArray[np.int64]) -> None:
        self._due[chosen] = self.standing.take(chosen).due(self._timing.take(chosen))

    def begin_hours(self, time: int) -> None:
        """Take it that it was looked at an instant [ms] last whether the rule holds."""
        self.looked[:] = time // STEP * STEP

    def begin(self, *, resumes: bool) -> None:
        """Let whoever is new to the rule begin as it stands by now, and where a watch resumes the others, too."""
        if self.rule.hours is not None:
            self._begins[:] = self.new
        self._resumes = resumes

    def judge(self, rows: Rows) -> Judged:
        """Judge rows whose series are the things' places."""
        return judged(self.rule, self._limits, rows)

    def step(
        self,
        rows: Rows,
        now: int,
        *,
        since: NDArray[np.int64] | None = None,
        live: NDArray[np.bool_] | bool = False,
    ) -> Told:
        """Move things by rows, by the rule's hours and by the clock up to ``now`` [ms].

        Rows before ``since`` [ms], shape (n,), were looked at already: of what is quiet they only say what was last.
        What comes from the future counts as now. ``live``, of each thing or all: more rows may come of those of which
        late ones have.
        """
        found = self.judge(rows)
        time = np.minimum(rows.time, now)
        news = self.standing.is_news(rows.series, time)
        came = news & np.broadcast_to(live, len(self))[rows.series]
        self.held[rows.series[came]] = np.where(time[came] < now - BEHIND, now + PATIENCE, -NEVER)
        if since is not None:
            seen = (rows.time < since[rows.series]) & (self.standing.phase[rows.series] == Phase.QUIET)
            self._know(rows.series, time, found, news & seen)
            if self._resumes:
                self._known_at[rows.series[news & seen]] = time[news & seen]
                self._resumes = False
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
        found = replace(steps, thing=chosen[steps.thing])
        over = found.step == Step.RESOLVED
        self._know_over(found.thing[over], found.time[over], found.heard[over])
        return found

    def _know_over(self, thing: NDArray[np.int64], ended: NDArray[np.int64], heard: NDArray[np.int64]) -> None:
        """Know of alerts that are over whether it was the rule's hours that ended them, and not what was heard."""
        if self.rule.hours is None or not len(thing):
            return
        mine = ended - self._timing.clear_for[thing] > heard
        mine &= ~holds(self.rule.hours, self.things, thing, ended, self._region)
        np.maximum.at(self.over, thing[mine], ended[mine])

    def _within_hours(self, verdicts: Verdicts, now: int) -> Verdicts:
        """Let nothing be an alert outside the rule's hours, and let what is true become one when they begin."""
        hours = self.rule.hours
        if hours is None or not len(self):
            return verdicts
        inside = holds(hours, self.things, verdicts.thing, verdicts.time, self._region)
        meant = verdicts.verdict.copy()
        verdicts.verdict[~inside] = Verdict.CLEAR
        together = _merged(self._turns(hours, verdicts, meant, now), verdicts)
        together.verdict[together.time < self.over[together.thing]] = Verdict.CLEAR
        self._judged[verdicts.thing] = meant
        return together

    def _turns(self, hours: Hours, verdicts: Verdicts, meant: NDArray[np.int8], now: int) -> Verdicts:
        """Give a verdict for each quarter hour in which a thing's hours begin or end after what was heard of it.

        Whenever a row comes, the turns after it are gone through, again if need be; but for those of things that are
        neither alerts nor would be within hours, which change nothing.
        """
        looked = np.where(self._known_at < NEVER, self.looked, -NEVER)
        start, until, cut = self._unseen(verdicts, now)
        alive = (self.standing.phase != Phase.QUIET) | (self._judged == Verdict.BAD)
        alive[verdicts.thing[meant == Verdict.BAD]] = True
        chosen = np.flatnonzero(alive & ((start < until) | cut))
        place, time, opens = turns(
            hours, self.things, chosen, (start[chosen], until[chosen], cut[chosen]), self._region
        )
        self._begin(verdicts, place[~opens], time[~opens], looked)
        means = np.where(opens, self._meant(verdicts, meant, place, time), Verdict.CLEAR).astype(np.int8)
        nothing = np.zeros(len(place), dtype=bool)
        return Verdicts(place, time, means, np.full(len(place), np.nan), nothing).take(means != Verdict.UNKNOWN)

    def _unseen(self, verdicts: Verdicts, now: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Tell after which quarter hour turns of each thing count, up to which, and whether it goes back too far.

        They count after its oldest row, and of who catches up only as far as it has told.
        """
        first, told = self._known_at, self.standing.heard.copy()
        self._known_at = np.full(len(self), NEVER)
        np.minimum.at(first, verdicts.thing, verdicts.time)
        np.maximum.at(told, verdicts.thing, verdicts.time)
        until = np.where(self.held > now, told, now) // STEP * STEP
        start = np.minimum(self.looked, np.maximum(first, now - BACK) // STEP * STEP)
        cut = (first < now - BACK) & (start < self.looked)
        self.looked = until
        return start, until, cut

    def _begin(
        self, verdicts: Verdicts, thing: NDArray[np.int64], ended: NDArray[np.int64], looked: NDArray[np.int64]
    ) -> None:
        """Let what begins do so as it stands: what hours have ended of its only row is told, or never was an alert.

        Of what was looked at before that is up to when it was, ``looked`` [ms], shape (n,).
        """
        begins = self._begins & (np.bincount(verdicts.thing, minlength=len(self)) == 1)
        mine = begins[thing] | (ended <= looked[thing])
        np.maximum.at(self.over, thing[mine], ended[mine])
        self._begins[:] = False

    def _meant(
        self, verdicts: Verdicts, meant: NDArray[np.int8], thing: NDArray[np.int64], time: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        """Tell what the newest value of things before instants means."""
        keys = _keys(verdicts.thing, verdicts.time)
        place = np.searchsorted(keys, _keys(thing, time), side="left") - 1
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
