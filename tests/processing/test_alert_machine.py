"""The life of alerts over arrays, against a model that goes from instant to instant and knows one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from processing.alerting.machine import Phase, Standing, Step, Timing, Verdict, Verdicts, advance
from processing.rows import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.alerting.machine import Steps

NOT = int(NEVER)
SAID = (Verdict.CLEAR, Verdict.BETWEEN, Verdict.BAD)
Happened = list[tuple[int, Step, int]]


@dataclass
class Model:
    """One thing, told in words."""

    pending: int
    clear_for: int
    silent: int
    escalation: int
    silence_fires: bool
    phase: Phase = Phase.QUIET
    verdict: Verdict = Verdict.UNKNOWN
    heard: int = -NOT
    since: int = NOT
    fired: int = NOT
    clear_since: int = NOT
    escalated: bool = False

    def say(self, time: int, verdict: Verdict) -> list[Step]:
        spoke_again = self.verdict is Verdict.SILENT
        self.verdict, self.heard = verdict, time
        if verdict is Verdict.BAD:
            self.clear_since = NOT
            if self.phase is Phase.QUIET:
                self.phase, self.since = Phase.PENDING, time
                return [Step.PENDED]
        elif self.phase is Phase.PENDING:
            self.rest()
            return [Step.DROPPED]
        elif self.phase in (Phase.FIRING, Phase.ACKNOWLEDGED):
            over = verdict is Verdict.CLEAR or spoke_again
            self.clear_since = NOT if not over else min(self.clear_since, time)
        return []

    def tick(self, time: int) -> list[Step]:
        """Do what the clock does at one instant, one thing after the other."""
        happened: list[Step] = []
        while (step := self.next(time)) is not None:
            happened += step
        return happened

    def next(self, time: int) -> list[Step] | None:
        firing = self.phase in (Phase.FIRING, Phase.ACKNOWLEDGED)
        if firing and self.clear_since != NOT and time >= self.clear_since + self.clear_for:
            self.rest()
            return [Step.RESOLVED]
        if self.phase is Phase.PENDING and time >= self.since + self.pending:
            self.phase, self.fired = Phase.FIRING, time
            return [Step.FIRED]
        if self.phase is Phase.FIRING and not self.escalated and time >= self.fired + self.escalation:
            self.escalated = True
            return [Step.ESCALATED]
        if self.verdict in SAID and time >= self.heard + self.silent:
            return self.fall_silent(time)
        return None

    def fall_silent(self, time: int) -> list[Step] | None:
        if not self.silence_fires and self.phase is Phase.QUIET:
            return None
        self.verdict, self.clear_since = Verdict.SILENT, NOT
        if not self.silence_fires:
            step = Step.DROPPED if self.phase is Phase.PENDING else Step.RESOLVED
            self.rest()
            return [step]
        if self.phase in (Phase.QUIET, Phase.PENDING):
            self.phase, self.since, self.fired = Phase.FIRING, self.heard, time
            return [Step.FIRED]
        return []

    def rest(self) -> None:
        self.phase, self.escalated = Phase.QUIET, False
        self.since = self.fired = self.clear_since = NOT


def timing(models: Sequence[Model]) -> Timing:
    spans = [[getattr(model, name) for model in models] for name in ("pending", "clear_for", "silent", "escalation")]
    return Timing(*(np.array(span, dtype=np.int64) for span in spans), silence_fires=models[0].silence_fires)  # type: ignore[arg-type,misc]


def verdicts(*said: tuple[int, int, Verdict]) -> Verdicts:
    """Make verdicts of (thing, time, verdict)."""
    ordered = sorted(said, key=lambda one: one[:2])
    columns = [np.array([one[place] for one in ordered], dtype=np.int64) for place in range(3)]
    return Verdicts(
        columns[0],
        columns[1],
        columns[2].astype(np.int8),
        columns[1].astype(np.float64),
        np.ones(len(ordered), dtype=bool),
    )


def happened(steps: Steps) -> Happened:
    told = zip(steps.thing.tolist(), steps.step.tolist(), steps.time.tolist(), strict=True)
    return [(thing, Step(step), time) for thing, step, time in told]


def looks(standing: Standing, place: int) -> tuple[object, ...]:
    names = ("phase", "verdict", "heard", "since", "fired", "clear_since", "escalated")
    return tuple(getattr(standing, name)[place].item() for name in names)


def looks_in_model(model: Model) -> tuple[object, ...]:
    return (
        int(model.phase),
        int(model.verdict),
        model.heard,
        model.since,
        model.fired,
        model.clear_since,
        model.escalated,
    )


SPAN = st.integers(0, 5)
SPAN_OR_NOT = st.one_of(st.integers(1, 6), st.just(NOT))
THINGS = 3


class AgainstModel(RuleBasedStateMachine):
    """Verdicts come in the order of time, the clock goes on, somebody acknowledges."""

    @initialize(
        spans=st.lists(st.tuples(SPAN, SPAN, SPAN_OR_NOT, SPAN_OR_NOT), min_size=THINGS, max_size=THINGS),
        fires=st.booleans(),
    )
    def begin(self, spans: list[tuple[int, int, int, int]], fires: bool):  # noqa: FBT001
        self.models = [Model(*span, silence_fires=fires) for span in spans]
        self.timing = timing(self.models)
        self.standing = Standing.quiet(THINGS)
        self.now = 0

    @rule(
        later=st.integers(0, 8),
        said=st.lists(st.tuples(st.integers(0, THINGS - 1), st.integers(0, 8), st.sampled_from(SAID)), max_size=6),
    )
    def go_on(self, later: int, said: list[tuple[int, int, Verdict]]):
        then = self.now + later
        # Nothing comes of an instant that the clock has passed, and one verdict of a thing at a time.
        news = {(thing, min(self.now + 1 + after, then)): verdict for thing, after, verdict in said if later}
        steps = advance(self.standing, self.timing, verdicts(*((*key, news[key]) for key in news)), then)
        expected: Happened = []
        for time in range(self.now, then + 1):
            for thing, model in enumerate(self.models):
                told = model.say(time, news[thing, time]) if (thing, time) in news else []
                expected += [(thing, step, time) for step in [*told, *model.tick(time)]]
        assert sorted(happened(steps), key=by_time) == sorted(expected, key=by_time)
        self.now = then

    @rule(thing=st.integers(0, THINGS - 1))
    def acknowledge(self, thing: int):
        if self.models[thing].phase is Phase.FIRING:
            self.models[thing].phase = Phase.ACKNOWLEDGED
            self.standing.phase[thing] = Phase.ACKNOWLEDGED

    @invariant()
    def it_stands_as_in_the_model(self):
        for place, model in enumerate(getattr(self, "models", ())):
            assert looks(self.standing, place) == looks_in_model(model)


def by_time(one: tuple[int, Step, int]) -> tuple[int, int]:
    """Order what happened by time and thing; what happened to one thing at one time keeps its order."""
    return one[2], one[0]


AgainstModel.TestCase.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
TestAgainstModel = AgainstModel.TestCase


@given(
    said=st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 20)), st.sampled_from(SAID), max_size=20),
    stops=st.lists(st.integers(0, 24), max_size=6),
    spans=st.lists(st.tuples(SPAN, SPAN, SPAN_OR_NOT, SPAN_OR_NOT), min_size=3, max_size=3),
    fires=st.booleans(),
)
def test_however_it_is_parted_the_same_comes_out(
    said: dict[tuple[int, int], Verdict],
    stops: list[int],
    spans: list[tuple[int, int, int, int]],
    fires: bool,  # noqa: FBT001
):
    limits = timing([Model(*span, silence_fires=fires) for span in spans])
    whole, parted = Standing.quiet(3), Standing.quiet(3)
    once = happened(advance(whole, limits, verdicts(*((*key, said[key]) for key in said)), 24))
    parts: Happened = []
    last = -1
    for stop in [*sorted(stops), 24]:
        some = [(*key, said[key]) for key in said if last < key[1] <= stop]
        parts += happened(advance(parted, limits, verdicts(*some), stop))
        last = max(last, stop)
    assert sorted(parts, key=by_time) == sorted(once, key=by_time)
    for one in fields(Standing):
        np.testing.assert_array_equal(getattr(whole, one.name), getattr(parted, one.name))


def test_nothing_of_nothing():
    steps = advance(
        Standing.quiet(0), timing([Model(0, 0, NOT, NOT, silence_fires=False)]).take(np.array([], int)), verdicts(), 5
    )
    assert len(steps) == 0


def test_what_is_older_than_what_was_heard_is_left_out():
    standing, limits = Standing.quiet(1), timing([Model(0, 0, NOT, NOT, silence_fires=False)])
    advance(standing, limits, verdicts((0, 10, Verdict.CLEAR)), 10)
    assert happened(advance(standing, limits, verdicts((0, 9, Verdict.BAD)), 11)) == []
    assert happened(advance(standing, limits, verdicts((0, 10, Verdict.BAD)), 11)) == [
        (0, Step.PENDED, 10),
        (0, Step.FIRED, 10),
    ]


def test_what_comes_late_but_newest_counts_from_its_own_time():
    standing, limits = Standing.quiet(1), timing([Model(5, 0, NOT, NOT, silence_fires=False)])
    advance(standing, limits, verdicts((0, 10, Verdict.BAD)), 20)
    assert standing.fired[0] == 15
    assert happened(advance(standing, limits, verdicts((0, 12, Verdict.CLEAR)), 21)) == [(0, Step.RESOLVED, 15)]


@pytest.mark.parametrize("value", [1.5, -2.0])
def test_a_step_tells_the_value_that_was_true_then(value: float):
    standing, limits = Standing.quiet(1), timing([Model(5, 0, NOT, NOT, silence_fires=False)])
    one = Verdicts(np.array([0]), np.array([3]), np.array([3], np.int8), np.array([value]), np.array([True]))
    steps = advance(standing, limits, one, 9)
    assert steps.value.tolist() == [value, value]
    assert (steps.since.tolist(), steps.fired.tolist(), steps.heard.tolist()) == ([3, 3], [NOT, 8], [3, 3])
