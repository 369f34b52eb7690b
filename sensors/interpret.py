"""Turns an uplink's fields into results in the properties' units, for one device model at one kind of thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, isfinite, isnan, nan
from typing import TYPE_CHECKING, Any, Self

from sensors.clock import TimeError, milliseconds
from sensors.device import DeviceModel, Field, FieldError, number, told
from sensors.devices import models
from sensors.envelope import UnreadableError
from sensors.hint import did_you_mean
from sensors.kinds import kinds
from sensors.model import SeriesKind
from sensors.numeric import is_number
from sensors.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sensors.model import ObservedProperty, SensorKind

BOOLEAN_WORDS = {"false": 0.0, "off": 0.0, "no": 0.0, "true": 1.0, "on": 1.0, "yes": 1.0}

_NUMBERS = frozenset({bool, int, float})
_LARGEST = 1e15
"""Beyond it whole numbers are no longer exact, and the careful way is taken."""
_CODE = Field(property="")


@dataclass(frozen=True, slots=True)
class Step:
    """One field that means something, and how to read it without asking twice."""

    name: str
    meaning: Field
    """Gives results in the property's unit."""
    plain: bool
    """Whether the result depends on nothing but this field's value."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taken from the fields of one device model for one kind, worked out once."""

    model: DeviceModel
    kind: SensorKind
    steps: tuple[Step, ...]
    """Only those whose property the kind observes, in the order in which they count."""
    place: Mapping[str, int]
    """Name to step, of names that lead into no nested object."""
    nested: tuple[int, ...]
    """The other steps."""
    possible: Mapping[str, tuple[float, float]]
    """Property to the range outside which nothing may be derived from it."""
    events: frozenset[str]
    """Properties that tell what happened: where nothing has there is no observation."""

    @classmethod
    def of(cls, model: DeviceModel, kind: SensorKind, meanings: Sequence[tuple[str, Field]]) -> Self:
        """Prepare the steps of fields and their meanings."""
        steps = tuple(Step(name, meaning, _is_plain(meaning)) for name, meaning in meanings)
        place = {step.name: number for number, step in enumerate(steps)}
        nested = tuple(number for name, number in place.items() if "." in name)
        possible = {prop.name: prop.fail or (-inf, inf) for prop in kind.properties}
        events = frozenset(prop.name for prop in kind.properties if prop.series is SeriesKind.EVENT)
        return cls(model, kind, steps, place, nested, possible, events)

    def told_by(self, fields: Mapping[str, Any]) -> list[int]:
        """Name the steps that may find something in the fields, in their order."""
        found = [place for name in fields if (place := self.place.get(name)) is not None]
        if self.nested:
            found = list({*found, *self.nested})
        if len(found) > 1:
            found.sort()
        return found

    def observes(self, prop: str) -> bool:
        """Tell whether the kind observes a property."""
        return prop in self.possible

    def names_of(self, prop: str) -> tuple[str, ...]:
        """Name the fields that mean a property."""
        return tuple(step.name for step in self.steps if step.meaning.property == prop)

    def reads(self, fields: Mapping[str, Any]) -> bool:
        """Tell whether any field has a meaning here."""
        return any(step.name in fields or told(fields, step.name) is not None for step in self.steps)


@lru_cache(maxsize=1024)
def plan_of(model_name: str, kind_name: str, *, flat: bool) -> Plan:
    """Work out what a model's fields mean for a kind; ``flat`` fields may also be named as the properties are.

    Raises UnreadableError unknown_model or unknown_kind, and UnitError for a declaration whose units do not fit.
    """
    model, kind = models().get(model_name), kinds().get(kind_name)
    if model is None:
        raise UnreadableError(
            "unknown_model", f"no device model is called '{model_name}'.{_near(model_name, models())}"
        )
    if kind is None:
        raise UnreadableError("unknown_kind", f"no sensor kind is called '{kind_name}'.{_near(kind_name, kinds())}")
    return plan_for(model, kind, flat=flat)


def plan_for(model: DeviceModel, kind: SensorKind, *, flat: bool) -> Plan:
    """Work out what a model's fields mean for a kind. Raises UnitError for a declaration whose units do not fit."""
    observed = {prop.name: prop for prop in kind.properties}
    steps = [
        (name, in_unit_of(observed[meaning.property], meaning))
        for name, meaning in model.fields.items()
        if meaning.property in observed
    ]
    if flat:
        steps += [(name, _itself(prop)) for name, prop in observed.items() if name not in model.fields]
    return Plan.of(model, kind, steps)


def in_unit_of(prop: ObservedProperty, meaning: Field) -> Field:
    """Give a meaning whose results are in the property's unit. Raises UnitError when that cannot be."""
    unit = meaning.unit or prop.unit
    factor, shift = conversion(unit, prop.unit)
    return replace(meaning, unit=unit, scale=meaning.scale * factor, offset=meaning.offset * factor + shift)


def results_of(plan: Plan, fields: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, float]:
    """Give the result of every property that the fields tell; NaN where the device says that it measured nothing.

    A field that cannot be read is left out as long as another one can; raises its FieldError when none is left.
    """
    results: dict[str, float] = {}
    wrong: FieldError | None = None
    for place in plan.told_by(fields):
        step = plan.steps[place]
        meaning = step.meaning
        value = fields.get(step.name)
        if value is None:
            value = told(fields, step.name)
        if value is None or meaning.property in results:
            continue
        if step.plain and type(value) in _NUMBERS and -_LARGEST < value < _LARGEST:
            # What almost every field is, and what _result would make of it.
            results[meaning.property] = nan if value in meaning.missing else value * meaning.scale + meaning.offset
            continue
        try:
            results[meaning.property] = _result(value, step.name, meaning, fields, site)
        except FieldError as error:
            wrong = wrong or error
    if wrong is not None and not results:
        raise wrong
    if plan.model.error and _says_error(fields.get(plan.model.error)):
        results = dict.fromkeys(results, nan)
    if plan.events.isdisjoint(results):
        return results
    return {name: value for name, value in results.items() if name not in plan.events or not isnan(value)}


def derived(plan: Plan, results: Mapping[str, float], site: Mapping[str, Any]) -> dict[str, float]:
    """Give what follows from results at this site, beside those observed; impossible results imply nothing."""
    if plan.kind.derive is None:
        return {}
    possible = plan.possible
    sound = {name: value for name, value in results.items() if possible[name][0] <= value <= possible[name][1]}
    try:
        found = plan.kind.derive(sound, site)
        return {name: value for name, value in found.items() if name not in results and isfinite(value)}
    except (TypeError, ValueError, ArithmeticError):
        return {}  # a site property that is no number: what was observed stays, nothing follows from it


def own_time(names: tuple[str, ...], fields: Mapping[str, Any]) -> int | None:
    """Give the device's own time of a reading in milliseconds since 1970 UTC, None where it tells none.

    Raises UnreadableError bad_time when it tells one that cannot be read.
    """
    for name in names:
        if fields.get(name) is not None:
            try:
                return milliseconds(fields[name])
            except TimeError as error:
                raise UnreadableError("bad_time", f"'{name}': {error}.") from None
    return None


def _result(value: Any, name: str, meaning: Field, fields: Mapping[str, Any], site: Mapping[str, Any]) -> float:
    result = number(value, meaning, name)
    if meaning.plus:
        result += _sum(meaning.plus, meaning, fields)
    if meaning.minus:
        result -= _sum(meaning.minus, meaning, fields)
    result *= meaning.scale
    if meaning.per:
        result /= _divisor(meaning.per, site)
    if meaning.times:
        result *= _ratio(meaning.times, site)
    return result + meaning.offset


def _sum(names: tuple[str, ...], meaning: Field, fields: Mapping[str, Any]) -> float:
    present = ((name, told(fields, name)) for name in names)
    return sum(number(value, meaning, name) for name, value in present if value is not None)


def _divisor(name: str, site: Mapping[str, Any]) -> float:
    value = site.get(name)
    if is_number(value) and value > 0:
        return float(value)
    raise FieldError(f"the thing has no site property '{name}'. Add it and run `smilecity things add`", "missing_site")


def _ratio(name: str, site: Mapping[str, Any]) -> float:
    value = site.get(name)
    return float(value) if is_number(value) and value > 0 else 1.0


def _says_error(code: Any) -> bool:
    try:
        return code is not None and number(code, _CODE, "error") != 0
    except FieldError:
        return True


def _is_plain(meaning: Field) -> bool:
    return not (meaning.plus or meaning.minus or meaning.per or meaning.times)


def _itself(prop: ObservedProperty) -> Field:
    words = {category.casefold(): float(code) for code, category in enumerate(prop.categories)}
    return Field(property=prop.name, words=BOOLEAN_WORDS | words if words else {})


def _near(name: str, known: Mapping[str, Any]) -> str:
    return did_you_mean(name, known)
