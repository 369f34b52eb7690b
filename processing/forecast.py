"""What a forecast is, and the indicators that follow from it: a model beside naive ones, its score, what is served.

Every forecast is stored when it is made, with the two naive forecasts that anybody could make: that nothing changes
(persistence), and that it will be as a week ago. A report card scores all of them over the last 28 days on what then
really was. Served is the model as long as it beats the better naive one; else that one, and it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, Part, Results
from processing.local import days_before
from processing.past import Past, mean, quantile
from processing.reduction import laid_out
from processing.rows import NEVER
from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from processing.indicator import Given

WEEKS = 4
"""Weeks that a model looks back to."""
SCORED = 28
"""Local days over which a forecast is scored, rolling."""
SCORED_LOOKBACK = timedelta(days=SCORED, hours=1)
"""Among them there may be one of 25 hours."""
FEWEST = 48
"""Forecasts that must have come true or not before there is a score; of daily ones seven."""
MODEL_LOOKBACK = timedelta(weeks=WEEKS, days=2)


class Source(IntEnum):
    """Which forecast is served."""

    MODEL = 0
    PERSISTENCE = 1
    LAST_WEEK = 2


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a model says; every matrix but one has shape (s, m)."""

    value: NDArray[np.float64]
    rest: NDArray[np.float64]
    """By how much what then was exceeded what would have been said, in k earlier cases. Shape (s, m, k)."""

    @property
    def low(self) -> NDArray[np.float64]:
        """Give what one in ten lies below."""
        return self.value + quantile(self.rest, 0.1)

    @property
    def high(self) -> NDArray[np.float64]:
        """Give what one in ten lies above."""
        return self.value + quantile(self.rest, 0.9)

    def chance(self, least: float) -> NDArray[np.float64]:
        """Give the probability of so much or more: in which part of the earlier cases it would have been so. [1]."""
        return mean(np.where(np.isnan(self.rest), np.nan, self.value[..., np.newaxis] + self.rest >= least))


def as_it_is(_given: Given, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forecast the target's values themselves."""
    return value


def without_ceiling(given: Given) -> NDArray[np.float64]:
    """Let values be as great as they like. Shape (s,)."""
    return np.full(len(given.sites), np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How something is forecast. One file declares it; discovery finds it."""

    name: str
    title: str
    title_de: str
    description: str
    """What is forecast, and how."""
    unit: str
    source: str
    version: int
    domain: str
    kinds: tuple[str, ...]
    target: str
    """Name of the indicator whose results are forecast."""
    window: str
    """Kind of its windows."""
    steps: tuple[int, ...]
    """How many windows ahead; each is a forecast of its own."""
    ahead: tuple[str, ...]
    """How each is named: ``in_15min``."""
    when: tuple[tuple[str, str], ...]
    """How each is said, in English and German: ``in 15 min``."""
    model: Callable[[Past, NDArray[np.int64], int], Predicted]
    """From the past, the places of the last windows known, shape (m,), and the steps: what will be."""
    observed: Callable[[Given, NDArray[np.float64]], NDArray[np.float64]] = as_it_is
    """Turns the target's values, shape (s, g), into what is forecast: shares of a car park into spaces."""
    ceiling: Callable[[Given], NDArray[np.float64]] = without_ceiling
    """The greatest value there can be, shape (s,); the least is 0."""
    least: float | None = None
    """What it is to be known the probability of, or of more: one free space. None where nobody asks."""

    @property
    def input(self) -> str:
        """Name the property whose results are forecast."""
        return f"{self.target}_{self.window}"

    @property
    def said(self) -> tuple[str, ...]:
        """Name what a report card scores, by the parts of the model."""
        return _SCORED_PARTS if self.least is None else (*_SCORED_PARTS, "chance")


def indicators_of(forecast: Forecast) -> tuple[Indicator, ...]:
    """Give the indicators that follow from a forecast: for each step the model, its report card, and what is served."""
    made = zip(forecast.steps, forecast.ahead, forecast.when, strict=True)
    return tuple(
        one for step, ahead, when in made for one in _of_step(forecast, step, f"{forecast.name}_{ahead}", when)
    )


def _of_step(forecast: Forecast, step: int, name: str, when: tuple[str, str]) -> tuple[Indicator, ...]:
    title, title_de = (f"{each}, {said}" for each, said in zip((forecast.title, forecast.title_de), when, strict=True))

    def part(each: str, unit: str, whose: tuple[str, str] = ("", "")) -> Part:
        word, word_de = (f"{own}{said}" for own, said in zip(whose, _WORDS[each], strict=True))
        return Part(name=each, title=f"{title}: {word}", title_de=f"{title_de}: {word_de}", unit=unit)

    def interval(whose: tuple[str, str] = ("", "")) -> tuple[Part, ...]:
        chance = () if forecast.least is None else (part("chance", "1", whose),)
        return part("low", forecast.unit, whose), part("high", forecast.unit, whose), *chance

    shared = Indicator(
        name=name,
        title=title,
        title_de=title_de,
        description=f"{forecast.description} {_SERVED}",
        unit=forecast.unit,
        source=forecast.source,
        version=forecast.version,
        domain=forecast.domain,
        kinds=forecast.kinds,
        inputs=(),
        windows=(forecast.window,),
        lookback=MODEL_LOOKBACK,
        min_coverage=0.0,
        formula=_nothing,
        examples=(),
    )
    naive = tuple(part(each, forecast.unit) for each in ("persistence", "last_week"))
    model = replace(
        shared,
        name=f"{name}_model",
        title=f"{title}: model",
        title_de=f"{title_de}: Modell",
        description=forecast.description,
        inputs=(forecast.input,),
        parts=(*interval(("model, ", "Modell, ")), *naive),
        formula=partial(_model, forecast, step),
    )
    card = replace(
        shared,
        name=f"{name}_skill",
        title=f"{title}: skill",
        title_de=f"{title_de}: Güte",
        description=f"1 - MAE / MAE of the better naive forecast, over the last 28 days. Of: {forecast.description}",
        unit="1",
        windows=("day",),
        inputs=(forecast.input, *(model.property_name(forecast.window, each) for each in forecast.said)),
        lookback=SCORED_LOOKBACK,
        parts=(
            *(part(each, forecast.unit) for each in ("mae", "mae_persistence", "mae_last_week")),
            part("held", "1"),
            *(part(each, "{score}") for each in ("brier", "brier_persistence") if forecast.least is not None),
        ),
        formula=partial(_card, forecast, step, model),
    )
    scores = ("", "mae_persistence", "mae_last_week")
    served = replace(
        shared,
        inputs=(
            *(model.property_name(forecast.window, each) for each in forecast.said),
            *(card.property_name("day", each) for each in scores),
        ),
        lookback=timedelta(days=2),
        parts=(*interval(), part("from", "{code}")),
        formula=partial(_served, forecast, model, card),
    )
    return model, card, served


_SCORED_PARTS = ("", "low", "high", "persistence", "last_week")
_SERVED = (
    "Served is the model while it has skill: while its mean error of the last 28 days was not above that of the better "
    "naive forecast, that nothing changes or that it will be as a week ago. Else, and before there is a score, it is "
    "that naive one, without an interval; which it is stands beside it: 0 model, 1 nothing changes, 2 as a week ago."
)
_WORDS = {
    "low": ("nine of ten lie above", "neun von zehn liegen darüber"),
    "high": ("nine of ten lie below", "neun von zehn liegen darunter"),
    "chance": ("probability of one or more", "Wahrscheinlichkeit für mindestens eins"),
    "persistence": ("if nothing changes", "wenn sich nichts ändert"),
    "last_week": ("as a week ago", "wie vor einer Woche"),
    "mae": ("mean error", "mittlerer Fehler"),
    "mae_persistence": ("mean error if nothing changes", "mittlerer Fehler, wenn sich nichts ändert"),
    "mae_last_week": ("mean error as a week ago", "mittlerer Fehler, wie vor einer Woche"),
    "held": ("share within the interval", "Anteil innerhalb des Intervalls"),
    "brier": ("Brier score", "Brier-Wert"),
    "brier_persistence": ("Brier score if nothing changes", "Brier-Wert, wenn sich nichts ändert"),
    "from": ("which forecast", "welche Vorhersage"),
}


def _nothing(given: Given) -> Results:
    shape = len(given.sites), len(given.edges) - 1
    none = np.full(shape, np.nan)
    return Results(none, np.zeros(shape), np.zeros(shape, dtype=np.int64), np.full(shape, 9, dtype=np.uint8))


def _model(forecast: Forecast, step: int, given: Given) -> Results:
    """Forecast from the end of each window, for the window so many steps ahead. Shape (s, m)."""
    reach = given.edges[0] - np.timedelta64(MODEL_LOOKBACK), given.edges[-1]
    told = Past.of(given.rows[forecast.input], forecast.window, reach, given.zone)
    past = replace(told, value=forecast.observed(given, told.value))
    start = given.edges[:-1].astype("datetime64[ms]").view(np.int64)
    now = past.place(start)
    said, top = forecast.model(past, now, step), forecast.ceiling(given)[:, np.newaxis]
    parts = {
        "low": np.clip(said.low, 0.0, top),
        "high": np.clip(said.high, 0.0, top),
        "persistence": past.at(now),
        "last_week": _last_week(past, start, step),
    }
    if forecast.least is not None:
        parts["chance"] = np.where(np.isnan(said.value), np.nan, said.chance(forecast.least))
    value = np.clip(said.value, 0.0, top)
    known = ~np.isnan(value)
    return Results(value, known.astype(np.float64), known.astype(np.int64), _flags(known), parts)


def _last_week(past: Past, start: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Give what was a week before the window that is forecast."""
    place = past.weeks_before(start, 1)
    return past.at(np.where(place >= 0, place + step, -1))


def _flags(known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)


def _card(forecast: Forecast, step: int, model: Indicator, given: Given) -> Results:
    """Score the forecasts whose windows ended in the 28 days up to each day's end. Shape (s, m)."""
    begin = days_before(given.edges[:1].astype(TIME).view(np.int64), SCORED, given.zone)
    span = begin.view(TIME)[0], given.edges[-1]
    said = {each: Past.of(given.rows[model.property_name(forecast.window, each)], forecast.window, span, given.zone)
            for each in forecast.said}  # fmt: skip
    told = Past.of(given.rows[forecast.input], forecast.window, span, given.zone)
    true = _ahead(forecast.observed(given, told.value), step)
    rolling = partial(_rolling, ended=_ended(told.edges, step), end=given.edges[1:], zone=given.zone)
    errors = {each: np.abs(past.value - true) for each, past in said.items()}
    both = ~np.isnan(errors[""]) & ~np.isnan(errors["persistence"]) & ~np.isnan(errors["last_week"])
    within = (true >= said["low"].value) & (true <= said["high"].value)
    count = rolling(both.astype(np.float64))
    mae = {
        each: _quotient(rolling(np.where(both, errors[each], 0.0)), count) for each in ("", "persistence", "last_week")
    }
    best = np.fmin(mae["persistence"], mae["last_week"])
    enough = count >= (7 if forecast.window == "day" else FEWEST)
    # Where a naive forecast is never wrong nothing can be better; as good is a skill of 0.
    ratio = np.where(best > 0, mae[""] / np.where(best > 0, best, 1.0), np.where(mae[""] > 0, np.inf, 1.0))
    skill = np.where(enough, np.maximum(1.0 - ratio, -1.0), np.nan)
    parts = {
        "mae": np.where(enough, mae[""], np.nan),
        "mae_persistence": np.where(enough, mae["persistence"], np.nan),
        "mae_last_week": np.where(enough, mae["last_week"], np.nan),
        "held": np.where(enough, _quotient(rolling((both & within).astype(np.float64)), count), np.nan),
    }
    if forecast.least is not None:
        parts |= {
            each: np.where(enough, _quotient(rolling(np.where(both, missed, 0.0)), count), np.nan)
            for each, missed in _missed(said, true, forecast.least).items()
        }
    known = ~np.isnan(skill)
    return Results(skill, known.astype(np.float64), count.astype(np.int64), _flags(known), parts)


def _missed(said: Mapping[str, Past], true: NDArray[np.float64], least: float) -> dict[str, NDArray[np.float64]]:
    """Give the squares of what probabilities of so much or more were off by. Source: Brier 1950. [{score}], (s, g)."""
    came = np.where(np.isnan(true), np.nan, true >= least)
    certain = np.where(np.isnan(said["persistence"].value), np.nan, said["persistence"].value >= least)
    return {"brier": (said["chance"].value - came) ** 2, "brier_persistence": (certain - came) ** 2}


def _ahead(value: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Bring what came so many windows later under the window in which it was forecast."""
    later = np.full(value.shape, np.nan)
    later[:, : max(value.shape[1] - step, 0)] = value[:, step:]
    return later


def _ended(edges: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Tell when the window that was forecast in each window ended; never for those that lie ahead. [ms], shape (g,)."""
    ended = np.full(len(edges) - 1, NEVER)
    ended[: max(len(ended) - step, 0)] = edges[step + 1 :]
    return ended


def _rolling(
    amount: NDArray[np.float64], *, ended: NDArray[np.int64], end: NDArray[np.datetime64], zone: str
) -> NDArray[np.float64]:
    """Add up what lies in the 28 local days before each day's end. Shape (s, m)."""
    until = end.astype(TIME).view(np.int64)
    first = np.searchsorted(ended, days_before(until, SCORED, zone), side="right")
    last = np.searchsorted(ended, until, side="right")
    # Sums of each window alone, so that the same numbers give the same sum whatever else is computed with them.
    sums = [amount[:, begin:behind].sum(axis=1) for begin, behind in zip(first, last, strict=True)]
    return np.stack(sums, axis=1) if sums else np.zeros((len(amount), 0))


def _served(forecast: Forecast, model: Indicator, card: Indicator, given: Given) -> Results:
    """Serve the model where it has skill, else the better naive forecast. Shape (s, m)."""
    window = given.window
    said = {each: laid_out(given.rows[model.property_name(window, each)], given.edges).value for each in forecast.said}
    score = {
        each: _yesterday(card.property_name("day", each), given) for each in ("", "mae_persistence", "mae_last_week")
    }
    naive = np.where(score["mae_last_week"] < score["mae_persistence"], Source.LAST_WEEK, Source.PERSISTENCE)
    naive = np.where(np.isnan(np.where(naive == Source.LAST_WEEK, said["last_week"], 0.0)), Source.PERSISTENCE, naive)
    chosen = np.where((score[""] >= 0.0) & ~np.isnan(said[""]), Source.MODEL, naive)
    value = np.choose(chosen, [said[""], said["persistence"], said["last_week"]])
    of_model = chosen == Source.MODEL
    parts = {
        "low": np.where(of_model, said["low"], np.nan),
        "high": np.where(of_model, said["high"], np.nan),
        "from": np.where(np.isnan(value), np.nan, chosen.astype(np.float64)),
    }
    known = ~np.isnan(value)
    if forecast.least is not None:
        certain = np.where(known, value >= forecast.least, np.nan)
        parts["chance"] = np.where(of_model, said["chance"], certain)
    return Results(value, known.astype(np.float64), known.astype(np.int64), _flags(known), parts)


def _yesterday(name: str, given: Given) -> NDArray[np.float64]:
    """Give the newest score that was known when each window began: that of the day before its own. Shape (s, m)."""
    days = Past.of(
        given.rows[name], "day", (given.edges[0] - np.timedelta64(timedelta(days=2)), given.edges[-1]), given.zone
    )
    own = np.searchsorted(days.start, given.edges[:-1].astype("datetime64[ms]").view(np.int64), side="right") - 1
    return days.at(own - 1)


def _quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    quotient: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return quotient
