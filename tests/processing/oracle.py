"""Slow and obvious: what the verbs compute, as loops over the rows of one series."""

from __future__ import annotations

import itertools
from math import isnan, nan
from statistics import median

Reading = tuple[int, float]
"""Time [ms] and value; a series is a list of them, ascending."""


def without_glitches(readings: list[Reading], max_gap: int) -> list[Reading]:
    triples = zip(readings, readings[1:], readings[2:], strict=False)
    strays = {number for number, triple in enumerate(triples, 1) if is_stray(*triple, max_gap)}
    return [reading for number, reading in enumerate(readings) if number not in strays or number - 1 in strays]


def is_stray(before: Reading, reading: Reading, after: Reading, max_gap: int) -> bool:
    if reading[0] - before[0] > max_gap or after[0] - reading[0] > max_gap or after[1] < before[1]:
        return False
    return reading[1] < before[1] or reading[1] > after[1]


def counted(before: float, after: float, modulus: float) -> tuple[float, str]:
    if after >= before:
        return after - before, "NONE"
    if not isnan(modulus) and before >= 0.9 * modulus and after <= (1 - 0.9) * modulus:
        return (modulus - before) + after, "ROLLOVER"
    return after, "RESET"


def shared_time(a: int, b: int, start: int, end: int) -> int:
    """Give the length of what two spans of time have in common."""
    return max(min(b, end) - max(a, start), 0)


def emptied(levels: list[float]) -> list[int]:
    """Give the places at which three readings before and two from there on agree on an emptying."""
    return [
        place
        for place in range(3, len(levels) - 1)
        if median(levels[place - 3 : place]) - max(levels[place : place + 2]) >= 30
        and max(levels[place : place + 2]) <= 20 < levels[place - 1]
    ]


def theil_sen(points: list[tuple[float, float]]) -> float:
    slopes = [(d - b) / (c - a) for (a, b), (c, d) in itertools.combinations(points, 2) if c > a]
    return median(slopes) if slopes else nan
