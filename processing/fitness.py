"""From when on a sensor is to be watched, and from when on somebody has to go there; and how that is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Fitness(IntEnum):
    """What is to be done about a sensor."""

    OK = 0
    WATCH = 1
    VISIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A result of an indicator and the limits beyond which a sensor is not well."""

    property: str
    bit: int
    """Its place in the mask of reasons; never changed, never used again."""
    watch: float
    visit: float
    """Infinite where it alone makes nobody go there."""
    below: bool = False
    """Whether it is bad to lie below the limits rather than above."""
    said: str
    """With ``{value}`` in it."""
    said_de: str
    scale: float = 1.0
    """What the value is multiplied by to be said."""

    def judged(self, value: NDArray[np.float64]) -> NDArray[np.int64]:
        """Judge values; what is not known is no reason. [Fitness], same shape."""
        sign = -1.0 if self.below else 1.0
        return (sign * value > sign * self.watch).astype(np.int64) + (sign * value > sign * self.visit)

    def sentence(self, value: float, language: str = "en") -> str:
        """Say it in words, ``en`` or ``de``."""
        text = self.said_de if language == "de" else self.said
        return text.format(value=f"{value * self.scale:.0f}")


RULES = (
    Rule(
        property="completeness_day",
        bit=0,
        watch=0.9,
        visit=0.5,
        below=True,
        said="only {value} % of its messages came",
        said_de="nur {value} % der Meldungen kamen an",
        scale=100.0,
    ),
    Rule(
        property="battery_days_left_day",
        bit=1,
        watch=60.0,
        visit=14.0,
        below=True,
        said="its battery lasts {value} more days",
        said_de="die Batterie reicht noch {value} Tage",
    ),
    Rule(
        property="lost_uplinks_day",
        bit=2,
        watch=0.2,
        visit=np.inf,
        said="the radio loses {value} % of its messages",
        said_de="der Funk verliert {value} % der Meldungen",
        scale=100.0,
    ),
    Rule(
        property="radio_shift_day",
        bit=6,
        watch=-6.0,
        visit=-np.inf,
        below=True,
        said="its radio is {value} dB off what it was last week",
        said_de="der Funk liegt {value} dB neben dem der Vorwoche",
    ),
    Rule(
        property="doubtful_share_refused_day",
        bit=3,
        watch=0.05,
        visit=0.5,
        said="{value} % of its values cannot be true",
        said_de="{value} % der Werte können nicht stimmen",
        scale=100.0,
    ),
    Rule(
        property="doubtful_share_stuck_day",
        bit=4,
        watch=0.1,
        visit=np.inf,
        said="{value} % of its values stand still",
        said_de="{value} % der Werte stehen still",
        scale=100.0,
    ),
    Rule(
        property="latency_day",
        bit=5,
        watch=-30.0,
        visit=-np.inf,
        below=True,
        said="its clock is ahead ({value} s)",
        said_de="die Uhr geht vor ({value} s)",
    ),
)
"""Limits: our definition. Lost uplinks are the network's matter, so they alone send nobody to the sensor."""


def worst(values: Mapping[str, NDArray[np.float64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the worst of all rules, and the bits of those that found something. [Fitness] and mask, same shape."""
    judged = [(rule, rule.judged(values[rule.property])) for rule in RULES]
    score = np.max([found for _, found in judged], axis=0)
    reasons = np.sum([(found > 0) << rule.bit for rule, found in judged], axis=0)
    return score, reasons
