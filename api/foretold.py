"""Forecasts of a thing as they are published: what is foretold now, and the report card."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Literal

import numpy as np

from api.forecast_schema import ForecastDocument, ForecastProperties, ReportCard
from api.times import iso_of
from processing.calendar import WINDOWS, edges
from processing.forecast import Source, indicators_of
from processing.forecasts import forecasts
from sensors.model import Datastream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from api.view import View
    from processing.forecast import Forecast
    from processing.indicator import Indicator
    from sensors.model import Thing
    from storage.store import Store

SERVED: dict[Source, Literal["model", "persistence", "last_week"]] = {
    Source.MODEL: "model",
    Source.PERSISTENCE: "persistence",
    Source.LAST_WEEK: "last_week",
}
SCORES = ("mae", "mae_persistence", "mae_last_week")
BRIER = ("brier", "brier_persistence")
MOMENT = np.timedelta64(1, "ms")


@dataclass(frozen=True, slots=True)
class _Row:
    """The newest result of a property."""

    time: np.datetime64
    result: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class _Ahead:
    """One forecast, so many windows ahead, with its indicators."""

    forecast: Forecast
    steps: int
    model: Indicator
    card: Indicator
    served: Indicator
    held: Indicator

    @property
    def value(self) -> str:
        return self._of(self.served, "")

    @property
    def properties(self) -> ForecastProperties:
        """Name what is stored of it; that nothing changes is what was observed in its own window."""
        return ForecastProperties(
            value=self.value,
            low=self._of(self.served, "low"),
            high=self._of(self.served, "high"),
            observed=self._of(self.model, "persistence"),
        )

    @property
    def source(self) -> str:
        return self._of(self.served, "from")

    @property
    def chance(self) -> str:
        return self._of(self.served, "chance")

    @property
    def skill(self) -> str:
        return self.card.property_name("day")

    @property
    def scores(self) -> Mapping[str, str]:
        """Name what the report card tells beside the skill, by the names of its fields."""
        errors = {name: self.card.property_name("day", name) for name in SCORES}
        return (
            errors
            | {"held": self.held.property_name("day")}
            | {name: self.held.property_name("day", name) for name in BRIER}
        )

    def names(self) -> tuple[str, ...]:
        """Name all that its document is made of."""
        told = self.properties
        return (told.value, told.low, told.high, self.chance, self.source, self.skill, *self.scores.values())

    def _of(self, indicator: Indicator, part: str) -> str:
        return indicator.property_name(self.forecast.window, part)


def foretold(city: View, thing: Thing) -> list[ForecastDocument]:
    """Tell every forecast of a thing that is seen, also those of which nothing is known yet."""
    seen = [one for one in _ahead(thing.kind) if city.sees(Datastream(thing.id, one.value, derived=True))]
    newest = _newest(city.services.store, thing, [name for one in seen for name in one.names()])
    return [_document(one, newest, city.services.zone) for one in seen]


def _ahead(kind: str) -> Iterator[_Ahead]:
    for forecast in forecasts().values():
        if kind in forecast.kinds:
            made = iter(indicators_of(forecast))
            for steps, each in zip(forecast.steps, zip(made, made, made, made, strict=True), strict=True):
                yield _Ahead(forecast, steps, *each)


def _newest(store: Store, thing: Thing, names: list[str]) -> Mapping[str, _Row]:
    """Give the newest row of each property that has one."""
    found = store.latest([Datastream(thing.id, name, derived=True) for name in names])
    columns = found.datastream, found.phenomenon_time, found.result, found.samples
    return {
        found.datastreams[code].observed_property: _Row(time, _number(result), int(samples))
        for code, time, result, samples in zip(*columns, strict=True)
    }


def _document(one: _Ahead, newest: Mapping[str, _Row], zone: str) -> ForecastDocument:
    told, row = one.properties, newest.get(one.value)
    source = _result(newest, one.source)
    cover = None if row is None else _windows(one, row.time, zone)
    return ForecastDocument(
        name=one.served.name,
        title=one.served.title,
        title_de=one.served.title_de,
        description=one.served.description,
        unit=one.served.unit,
        source=one.served.source,
        version=one.served.version,
        window=one.forecast.window,
        steps=one.steps,
        properties=told,
        made=None if cover is None else iso_of(cover[1]),
        start=None if cover is None else iso_of(cover[-2]),
        end=None if cover is None else iso_of(cover[-1]),
        value=_result(newest, told.value),
        low=_result(newest, told.low),
        high=_result(newest, told.high),
        chance=_result(newest, one.chance),
        served=None if source is None else SERVED[Source(int(source))],
        card=_card(one, newest),
    )


def _windows(one: _Ahead, start: np.datetime64, zone: str) -> NDArray[np.datetime64]:
    """Give the edges of the window in which it was made up to that which is foretold. Shape (steps + 2,)."""
    window = one.forecast.window
    return edges(window, start, start + one.steps * WINDOWS[window].longest + MOMENT, zone)[: one.steps + 2]


def _card(one: _Ahead, newest: Mapping[str, _Row]) -> ReportCard | None:
    row = newest.get(one.skill)
    if row is None:
        return None
    scores = {field: _result(newest, name) for field, name in one.scores.items()}
    return ReportCard(day=iso_of(row.time), forecasts=row.samples, skill=row.result, **scores)


def _result(newest: Mapping[str, _Row], name: str) -> float | None:
    row = newest.get(name)
    return None if row is None else row.result


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)
