"""Results of local days, several beside each other, gathered over weeks, months and years: never a mean of ratios."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Results
from processing.reduction import Laid, beside, known_time, local_only
from processing.rows import Rows
from processing.windows import cut, maximum, worst_flag
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.windows import Cut


@dataclass(frozen=True, slots=True)
class Days:
    """The days of s things for which all of some inputs tell a value, cut into m windows; columns have shape (n,)."""

    pieces: Cut
    column: Mapping[str, NDArray[np.float64]]
    """By input."""
    known: NDArray[np.float64]
    """How much of each day the first input knows. [ms]"""
    quality: NDArray[np.uint8]
    """The worst flag of each window and input, shape (s, m)."""

    @classmethod
    def of(cls, given: Given, first: str | tuple[str, ...], *others: str) -> Days:
        """Take the days on which each of some inputs tells something.

        In place of the first may stand several of which a thing has one at most: the column is called by the first.
        """
        firsts = (first,) if isinstance(first, str) else first
        told_by = {name: local_only(given.rows[name], given.zone) for name in (*firsts, *others)}
        rows = _together([told_by[name] for name in firsts])
        column = {firsts[0]: rows.value, **{name: beside(rows, told_by[name]) for name in others}}
        told = np.all([~np.isnan(values) for values in column.values()], axis=0)
        ranks = [severity(worst_flag(cut(each, given.edges))) for each in told_by.values()]
        rows = rows.take(told)
        return cls(
            pieces=cut(rows, given.edges),
            column={name: values[told] for name, values in column.items()},
            known=known_time(rows, given.zone),
            quality=flag_of(np.max(ranks, axis=0)),
        )

    @property
    def time(self) -> NDArray[np.int64]:
        """When each day began. [ms], shape (n,)."""
        return self.pieces.rows.time

    def total(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add a column up over the days of each window; shape (s, m)."""
        return self.pieces.total(column)

    def greatest(self, name: str) -> NDArray[np.float64]:
        """Take the greatest day of each window, NaN where there is none; shape (s, m)."""
        return maximum(self._with(self.column[name]))

    def _with(self, column: NDArray[np.float64]) -> Cut:
        return self.pieces.with_value(column)

    def results(self, value: NDArray[np.float64]) -> Results:
        """Say how well values, shape (s, m), are known: by the known part of all the time of each window."""
        samples = self.pieces.rows.samples
        count = np.zeros(len(self.known)) if samples is None else samples.astype(np.float64)
        coverage = self.total(self.known) / np.diff(self.pieces.edges)
        return Results(value, coverage, np.rint(self.total(count)).astype(np.int64), self.quality)


def _together(inputs: Sequence[Rows]) -> Rows:
    """Put the results of several inputs into one, sorted by series and time."""
    some = [rows for rows in inputs if len(rows)]
    if len(some) < 2:
        return some[0] if some else inputs[0]
    columns = {
        name: np.concatenate([getattr(rows, name) for rows in some])
        for name in ("coverage", "samples")
        if all(getattr(rows, name) is not None for rows in some)
    }
    series, time, value, quality = (
        np.concatenate([getattr(rows, name) for rows in some]) for name in ("series", "time", "value", "quality")
    )
    return Rows.of(inputs[0].count, series, time, value, quality, **columns)


def first_told(laid: Sequence[Laid]) -> Laid:
    """Take, of results by thing and window, what the first of several inputs tells that tells anything."""
    chosen = _known_only(laid[0])
    for further in map(_known_only, laid[1:]):
        silent = np.isnan(chosen.value)
        chosen = Laid(
            np.where(silent, further.value, chosen.value),
            np.where(silent, further.coverage, chosen.coverage),
            np.where(silent, further.samples, chosen.samples),
            np.where(silent, further.quality, chosen.quality),
        )
    return chosen


def _known_only(laid: Laid) -> Laid:
    """Leave out what is said of results without a value."""
    told = ~np.isnan(laid.value)
    return replace(laid, coverage=np.where(told, laid.coverage, 0.0), samples=np.where(told, laid.samples, 0))


def quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, NaN where the whole is nothing or less; same shape."""
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
