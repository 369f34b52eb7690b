"""From when on a value is an alert, or a sensor needs a person, as thresholds of a panel: not typed again."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING

from processing.alert import Severity
from processing.alerts import rules
from processing.fitness import RULES, Fitness
from processing.indicators import indicators
from sensors.kinds import properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashboards.subject import Subject
    from processing.alert import AlertRule, Condition

FINE = "green"
COLOURS: Mapping[Severity, str] = MappingProxyType(
    {Severity.INFO: "yellow", Severity.WARNING: "orange", Severity.CRITICAL: "red"}
)
HEALTH = "health_day"
_GRADES: Mapping[Fitness, str] = MappingProxyType({Fitness.WATCH: "yellow", Fitness.VISIT: "red"})


@dataclass(frozen=True, slots=True)
class Step:
    """A colour from a value on, which is None for all that is less than any other."""

    value: float | None
    colour: str


def steps(subject: Subject) -> tuple[Step, ...]:
    """Give the colours of a subject's values, ascending; none where no rule looks at it."""
    above = _worst((*_limits(subject, "above"), *_fitness(subject, "above")))
    below = _worst((*_limits(subject, "below"), *_fitness(subject, "below")))
    if not above and not below:
        return ()
    lowest = Step(None, below[0][1] if below else FINE)
    colours = [colour for _, colour in below[1:]] + [FINE]
    rising = [Step(value, colour) for (value, _), colour in zip(below, colours, strict=False)]
    return (lowest, *rising, *(Step(value, colour) for value, colour in above))


def _limits(subject: Subject, side: str) -> Iterator[tuple[float, str]]:
    for rule in _rules(subject):
        for condition in filter(_plain, rule.when):
            limit: float | None = getattr(condition, side)
            if limit is not None:
                yield limit, COLOURS[rule.severity]


def _worst(limits: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """Order limits, of several at one value the worst alone."""
    ranks = {colour: rank for rank, colour in enumerate(COLOURS.values())}
    return list(dict(sorted(limits, key=lambda limit: (limit[0], ranks[limit[1]]))).items())


def _fitness(subject: Subject, side: str) -> Iterator[tuple[float, str]]:
    """Give the limits by which sensors are judged, and what the judgement itself means."""
    if subject.name == HEALTH and side == "above":
        yield from ((float(grade), colour) for grade, colour in _GRADES.items())
    for rule in RULES:
        if rule.property == subject.name and rule.below == (side == "below"):
            limits = zip((rule.watch, rule.visit), _GRADES.values(), strict=True)
            yield from ((limit, colour) for limit, colour in limits if isfinite(limit))


def _rules(subject: Subject) -> Iterator[AlertRule]:
    """Give the rules that look at a subject, or at what it is made of, where that has its unit."""
    looked_at = {subject.name, *_inputs(subject)}
    return (rule for rule in rules().values() if rule.looks_at in looked_at)


def _inputs(subject: Subject) -> Iterator[str]:
    for indicator in indicators().values():
        if subject.derived and any(subject.name == indicator.property_name(each) for each in indicator.every_window()):
            yield from (one for one in indicator.inputs if _unit(one) == subject.observed.unit)


def _unit(name: str) -> str:
    return properties()[name].unit if name in properties() else ""


def _plain(condition: Condition) -> bool:
    """Tell whether a condition is about the value as it stands, not divided nor compared."""
    return not condition.per and condition.compared is None
