"""How an alert is said: a rule's texts with the values of one alert, in English and German."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from sensors.hint import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processing.alert import AlertRule

FIELDS = ("value", "threshold", "unit", "thing", "minutes", "since", "district", "operator")
LONGEST = 300
"""Characters of what a stranger says, in a sentence."""
UNITS = {"Cel": "°C", "1": "", "{space}": "", "h": "h"}
"""How a UCUM code is written for people, where that differs."""
MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be said of one alert."""

    thing: str
    """Its name."""
    district: str
    operator: str
    value: float
    threshold: float
    unit: str
    """UCUM code."""
    since: int
    at: int
    """The instant of saying it. [ms]"""
    zone: str

    def fields(self) -> Mapping[str, Any]:
        """Give what stands for each field of a text."""
        clock = datetime.fromtimestamp(self.since / 1000, ZoneInfo(self.zone))
        return {
            "value": self.value,
            "threshold": self.threshold,
            "unit": UNITS.get(self.unit, self.unit),
            "thing": self.thing[:LONGEST],
            "minutes": (self.at - self.since) // MS_PER_MINUTE,
            "since": f"{clock:%Y-%m-%d %H:%M}",
            "district": self.district[:LONGEST],
            "operator": self.operator[:LONGEST],
        }


class _Writing(Formatter):
    """Fills in what is named, and nothing within it: a text may come from the API."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float):
            if np.isnan(value):
                return "?"
            return format(value, format_spec or "g").replace(".", self._mark)
        return str(value)


ENGLISH, GERMAN = _Writing("."), _Writing(",")


def sentences(text: str, text_de: str, facts: Facts) -> tuple[str, str]:
    """Say it in English and German."""
    fields = facts.fields()
    return ENGLISH.vformat(text, (), fields), GERMAN.vformat(text_de, (), fields)


def over(rule: AlertRule, facts: Facts) -> tuple[str, str]:
    """Say that an alert is over."""
    minutes = facts.fields()["minutes"]
    return (
        f"{facts.thing[:LONGEST]}: {rule.title} is over after {minutes} min",
        f"{facts.thing[:LONGEST]}: {rule.title_de} ist nach {minutes} min vorbei",
    )


def together(rule: AlertRule, members: int, what: str) -> tuple[str, str]:
    """Say that many things share an alert."""
    return (
        f"{rule.title}: {members} at once, {what[:LONGEST]}",
        f"{rule.title_de}: {members} zugleich, {what[:LONGEST]}",
    )


def objection(text: str) -> str:
    """Object to a text with a field that nothing stands for, or a format that no number has; empty is no objection."""
    try:
        parts = [(name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"the text '{text[:60]}' cannot be read: {error}"
    for name, spec in parts:
        if name not in FIELDS:
            return f"the text names {{{name[:30]}}}, which stands for nothing.{did_you_mean(name, FIELDS)}"
        wrong = _wrong_format(name, spec or "")
        if wrong:
            return wrong
    return ""


def _wrong_format(name: str, spec: str) -> str:
    if not spec:
        return ""
    try:
        short = len(spec) <= 6 and len(format(1.5, spec)) <= 40
    except ValueError:
        short = False
    return "" if short else f"'{spec[:30]}' in {{{name}:{spec[:30]}}} is no format of a number, as .1f is"
