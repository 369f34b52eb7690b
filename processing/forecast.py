"""What a forecast is, and the indicators that follow from it: a model beside naive ones, its score, what is served.

Every forecast is stored when it is made, with the two naive forecasts that anybody could make: that nothing changes
(persistence), and that it will be as a week ago. A report card scores all of them over the last 28 days on what then
really was. Served is the model as long as it beats the better naive one; else that one, and it says so. Around what is
served lies a band of what such forecasts were off by (``band``), and how often it held is scored as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from processing import scoring
from processing.band import AROUND, DAYS, Band, band, earlier, reached
from processing.indicator import Indicator, Part, Results
from processing.past import Past
from processing.scoring import SCORED_LOOKBACK, ahead, flags
from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from processing.indicator import Given

WEEKS = 4
"""Weeks that a model looks back to."""
MODEL_LOOKBACK = timedelta(weeks=WEEKS, days=2)
SERVED_LOOKBACK = timedelta(days=DAYS + 7 + 2)
"""What was as a week ago was off by something for as long as the model was."""


class Source(IntEnum):
    """Which forecast is served."""

    MODEL = 0
    PERSISTENCE = 1
    LAST_WEEK = 2


def as_it_is(value: NDArray[np.float64], _ceiling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forecast the target's values themselves."""
    return value


def without_ceiling(_given: Given, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let values be as great as they like. Shape (s, g)."""
    return np.full(told.shape, np.inf)


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
    model: Callable[[Past, NDArray[np.int64], int], NDArray[np.float64]]
    """From the past, the places of the last windows known, shape (m,), and the steps: what will be, shape (s, m)."""
    size: str = ""
    """Name of the indicator that tells how great it can be, in the same windows: spaces in service. Often none."""
    observed: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]] = as_it_is
    """Turns the target's values, beside the greatest there can be, into what is forecast: shares into spaces."""
    ceiling: Callable[[Given, NDArray[np.float64]], NDArray[np.float64]] = without_ceiling
    """The greatest value there can be in each window, given what the size was told to be, each (s, g); least is 0."""
    least: float | None = None
    """What it is to be known the probability of, or of more: one free space. None where nobody asks."""

    @property
    def input(self) -> str:
        """Name the property whose results are forecast."""
        return f"{self.target}_{self.window}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Name all that tells what was."""
        return (self.input, f"{self.size}_{self.window}") if self.size else (self.input,)

    def told(self, given: Given, span: tuple[np.datetime64, np.datetime64]) -> tuple[Past, Past]:
        """Lay out the target's values as they were in the windows of a span, and the greatest there could be then."""
        known, *sized = (Past.of(given.rows[name], self.window, span, given.zone) for name in self.inputs)
        size = sized[0].value if sized else np.full(known.value.shape, np.nan)
        return known, replace(known, value=self.ceiling(given, size))


def indicators_of(forecast: Forecast) -> tuple[Indicator, ...]:
    """Give the indicators that follow from a forecast: of each step the model, its card, what is served, if it held."""
    made = zip(forecast.steps, forecast.ahead, forecast.when, strict=True)
    return tuple(
        one for step, ahead, when in made for one in _of_step(forecast, step, f"{forecast.name}_{ahead}", when)
    )


def _of_step(forecast: Forecast, step: int, name: str, when: tuple[str, str]) -> tuple[Indicator, ...]:
    title, title_de = (f"{each}, {said}" for each, said in zip((forecast.title, forecast.title_de), when, strict=True))

    def part(each: str, unit: str = forecast.unit) -> Part:
        word, word_de = _WORDS[each]
        return Part(name=each, title=f"{title}: {word}", title_de=f"{title_de}: {word_de}", unit=unit)

    def likely(*parts: Part) -> tuple[Part, ...]:
        return () if forecast.least is None else parts

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
    model = replace(
        shared,
        name=f"{name}_model",
        title=f"{title}: model",
        title_de=f"{title_de}: Modell",
        description=forecast.description,
        inputs=forecast.inputs,
        parts=(part("persistence"), part("last_week")),
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
        inputs=(*forecast.inputs, *(model.property_name(forecast.window, each) for each in ("", *_NAIVE))),
        lookback=SCORED_LOOKBACK,
        parts=tuple(part(each) for each in ("mae", "mae_persistence", "mae_last_week")),
        formula=partial(scoring.card, forecast, step, model),
    )
    scores = ("", "mae_persistence", "mae_last_week")
    served = replace(
        shared,
        inputs=(
            *forecast.inputs,
            model.property_name(forecast.window),
            *(card.property_name("day", each) for each in scores),
        ),
        lookback=SERVED_LOOKBACK,
        parts=(part("low"), part("high"), *likely(part("chance", "1")), part("from", "{code}")),
        formula=partial(_served, forecast, step, model, card),
    )
    bands = ("low", "high", *(one.name for one in likely(part("chance", "1"))))
    held = replace(
        card,
        name=f"{name}_held",
        title=f"{title}: share within the interval",
        title_de=f"{title_de}: Anteil innerhalb des Intervalls",
        description=f"Share within the interval that was served, over the last 28 days. Of: {shared.description}",
        inputs=(*forecast.inputs, *(served.property_name(forecast.window, each) for each in bands)),
        parts=likely(part("brier", "{score}"), part("brier_persistence", "{score}")),
        formula=partial(scoring.held, forecast, step, served),
    )
    return model, card, served, held


_NAIVE = ("persistence", "last_week")
_SERVED = (
    "Served is the model while it has skill: while its mean error of the last 28 days was not above that of the better "
    "naive forecast, that nothing changes or that it will be as a week ago. Else, and before there is a score, it is "
    "that naive one; which it is stands beside it: 0 model, 1 nothing changes, 2 as a week ago. Of ten results eight "
    "are to lie in the interval: it is what forecasts like this one were off by at the same hours of the last 28 days, "
    "without the tenth that was lowest and the tenth that was highest; of fewer than nine there is none."
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
    told, tops = forecast.told(given, _reach(given, MODEL_LOOKBACK))
    start = _start(given)
    now = told.place(start)
    top = tops.at(now)
    value = np.clip(forecast.observed(forecast.model(told, now, step), top), 0.0, top)
    naive = {"persistence": told.at(now), "last_week": _last_week(told, start, step)}
    parts = {name: forecast.observed(each, top) for name, each in naive.items()}
    known = ~np.isnan(value)
    return Results(value, known.astype(np.float64), known.astype(np.int64), flags(known), parts)


def _reach(given: Given, lookback: timedelta) -> tuple[np.datetime64, np.datetime64]:
    """Give the span that was read."""
    return given.edges[0] - np.timedelta64(lookback), given.edges[-1]


def _start(given: Given) -> NDArray[np.int64]:
    return given.edges[:-1].astype(TIME).view(np.int64)


def _last_week(past: Past, start: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Give what was a week before the window that is forecast."""
    place = past.weeks_before(start, 1)
    return past.at(np.where(place >= 0, place + step, -1))


def _served(forecast: Forecast, step: int, model: Indicator, card: Indicator, given: Given) -> Results:
    """Serve the model where it has skill, else the better naive forecast, each with its own band. Shape (s, m)."""
    reach = _reach(given, SERVED_LOOKBACK)
    told, tops = forecast.told(given, reach)
    past = replace(told, value=forecast.observed(told.value, tops.value))
    learned = Past.of(given.rows[model.property_name(given.window)], given.window, reach, given.zone)
    week_ago = forecast.observed(_last_week(told, told.start, step), tops.value)
    said = np.stack([learned.value, past.value, week_ago])
    start = _start(given)
    now = past.place(start)
    chosen = _chosen(card, given, said[:, :, now])
    value = np.take_along_axis(said[:, :, now], chosen[np.newaxis], axis=0)[0]
    # Before a model can say anything nothing is served: that nothing changes everybody sees without a forecast.
    value = np.where(np.isnan(said[Source.MODEL][:, now]), np.nan, value)
    around = earlier(past, start, step, AROUND[forecast.window])
    least = np.nan if forecast.least is None else forecast.least
    found = band(value, ahead(past.value, step) - said, chosen, around, least)
    known = ~np.isnan(value)
    parts = _parts(forecast, tops.at(now), value, found)
    parts["from"] = np.where(known, chosen.astype(np.float64), np.nan)
    return Results(value, known.astype(np.float64), known.astype(np.int64), flags(known), parts)


def _chosen(card: Indicator, given: Given, said: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose by the scores which of the forecasts, shape (3, s, m), is served: a ``Source``, shape (s, m)."""
    score = {
        each: _yesterday(card.property_name("day", each), given) for each in ("", "mae_persistence", "mae_last_week")
    }
    naive = np.where(score["mae_last_week"] < score["mae_persistence"], Source.LAST_WEEK, Source.PERSISTENCE)
    missing = (naive == Source.LAST_WEEK) & np.isnan(said[Source.LAST_WEEK])
    naive = np.where(missing, Source.PERSISTENCE, naive)
    return np.where(score[""] >= 0.0, Source.MODEL, naive)


def _parts(
    forecast: Forecast, top: NDArray[np.float64], value: NDArray[np.float64], found: Band
) -> dict[str, NDArray[np.float64]]:
    """Keep the band to what there can be; a probability is that of the value alone where there is no band."""
    parts = {"low": np.clip(found.low, 0.0, top), "high": np.clip(found.high, 0.0, top)}
    if forecast.least is None:
        return parts
    certain = np.where(np.isnan(value), np.nan, reached(value, forecast.least))
    return parts | {"chance": np.where(np.isnan(found.chance), certain, found.chance)}


def _yesterday(name: str, given: Given) -> NDArray[np.float64]:
    """Give the newest score that was known when each window began: that of the day before its own. Shape (s, m)."""
    days = Past.of(
        given.rows[name], "day", (given.edges[0] - np.timedelta64(timedelta(days=2)), given.edges[-1]), given.zone
    )
    own = np.searchsorted(days.start, _start(given), side="right") - 1
    return days.at(own - 1)
