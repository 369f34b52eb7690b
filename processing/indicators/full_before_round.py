"""How likely a container is full before it is next to be emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.filling import Line, line_of
from processing.habit import LOOKBACK, habits_of
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.level import FULL, last_values, median
from processing.rounds import Rounds
from processing.windows import coverage, cut, last, worst_between
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

PROPERTY = "filling_level"
READINGS = 3
FAR = 30.0
"""Standard deviations: beyond it is certain."""
HALF_A_DAY = 12.0
"""Hours in which an amount comes that scatters as much as it is, where nothing has been learnt yet. Our assumption."""


def full_before_round(given: Given) -> Results:
    """Give the probability that the level reaches 90 % before the next planned round. [1], shape (s, m)."""
    rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
    pieces, found = cut(rows, given.edges), line_of(given)
    hours, plan = Rounds.of(given.sites).until_next(given.edges[1:].view(np.int64), given.zone)
    missing = FULL - np.where(np.isnan(last(pieces, hold)), np.nan, _level(given, found))
    comes, scatter = _expected(given, found, hours)
    risk = np.where(missing <= 0, 1.0, probability(comes - missing, scatter))
    flags = worst_between(rows, found.first, found.end)
    parts = {"hours": hours, "plan": plan.astype(np.float64)}
    return Results(risk, coverage(pieces, hold), found.samples, flags, parts)


def probability(above: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how likely what has a normal distribution is not less than 0. [1], same shape."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        turns = np.where(deviation > 0, above / deviation, np.where(above >= 0, np.inf, -np.inf))
    known = ~(np.isnan(above) | np.isnan(deviation))
    return np.where(known, _normal(np.clip(turns, -FAR, FAR)), np.nan)


def _normal(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the normal distribution's function to within 1e-7. [1], same shape.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17.
    """
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi) * series
    below: NDArray[np.float64] = np.where(z >= 0, 1.0 - tail, tail)
    return below


def _level(given: Given, found: Line) -> NDArray[np.float64]:
    """Give the level of the line, or where there is none yet the median of the newest readings since the emptying."""
    newest = median(last_values(given.rows[PROPERTY], found.first, found.end, READINGS))
    return np.where(np.isnan(found.level), newest, found.level)


def _expected(given: Given, found: Line, hours: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the amount that comes within hours, by habit or else along the line, and its deviation. [%], (s, m) each."""
    habit, when = habits_of(given)
    comes = habit.expected(when.day, when.hour + hours) - habit.expected(when.day, when.hour)
    along = found.rate * hours
    deviation = found.rate * np.sqrt(HALF_A_DAY * hours)
    learnt = ~np.isnan(comes)
    return np.where(learnt, comes, along), np.where(learnt, habit.deviation(when.day, comes), deviation)


_FILLING = {
    PROPERTY: (("2026-06-01T00:00", 20.0), ("2026-06-01T06:00", 26.0), ("2026-06-01T12:59", 32.0 + 59 / 60)),
}

INDICATOR = Indicator(
    name="full_before_round",
    title="Full before the next round",
    title_de="Voll vor der nächsten Tour",
    description=(
        "Probability that the level reaches 90 % before the container is next to be emptied; 1 where it has. What "
        "comes until then is foretold as for the time to full, by what came in the same hours of the week in the last "
        "28 days with its scatter; before so much is known, along the line since the last emptying, with a scatter of "
        "our own assumption. Beside it stand the hours until the round and how these are known: 0, from the weekdays "
        "of the rounds; 1, from the planned emptyings a year, as a whole interval; 2, from nothing, as a week."
    ),
    unit="1",
    source="Collection list by P(level >= 90 % before the next planned round): our definition",
    version=2,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("now", "hour"),
    lookback=LOOKBACK,
    min_coverage=0.0,
    parts=(
        Part(name="hours", title="Hours to the next round", title_de="Stunden bis zur nächsten Tour", unit="h"),
        Part(
            name="plan",
            title="How the next round is known",
            title_de="Woher die nächste Tour bekannt ist",
            unit="{code}",
        ),
    ),
    formula=full_before_round,
    examples=(
        # 1 %/h from 33 % at 15:00 local time; the round comes in 57 h, when 57 % more are expected: just 90 %.
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            site={"emptying_weekdays": [4], "emptying_hour": 0},
            rows=_FILLING,
            value=0.5,
            parts={"hours": 57.0, "plan": 0.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            site={"emptying_weekdays": [2]},
            rows={PROPERTY: (("2026-06-01T12:10", 91.0),)},
            value=1.0,
            coverage=5 / 6,
            parts={"hours": 15.0, "plan": 0.0},
        ),
        # Silent for more than 12 h.
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={PROPERTY: (("2026-05-31T23:10", 91.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
