"""What part of one daily amount another one is, and how much falls to a member, for groups: never a mean of ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.daily import quotient
from processing.indicator import Results
from processing.reduction import beside, known_time, local_only
from processing.windows import cut, worst_flag
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.windows import Cut


def share(given: Given, part: str, whole: str, *, times_whole: bool = False) -> Results:
    """Divide the sum of one daily input by that of another over the members of each group. Shape (groups, m).

    Days and members that do not tell both are left out of both sums. With ``times_whole`` the part is a mean, which
    counts as often as its whole says. NaN where the whole is nothing; coverage is the known part of all members' time.
    """
    rows = local_only(given.rows[whole], given.zone)
    amount, pieces = beside(rows, given.rows[part]), cut(rows, given.edges)
    both = ~np.isnan(amount)
    counted = np.where(both, amount * rows.value if times_whole else amount, 0.0)
    above, below = (_summed(given, pieces, column) for column in (counted, np.where(both, rows.value, 0.0)))
    return _results(given, pieces, quotient(above, below))


def by_member(given: Given, name: str) -> Results:
    """Divide the sum of a daily amount by how many members of each group told it. Shape (groups, m).

    A member counts by the part of the window that it knows, so that what nobody has seen is missing above and below.
    """
    rows = local_only(given.rows[name], given.zone)
    pieces = cut(rows, given.edges)
    members = _summed(given, pieces, known_time(rows, given.zone)) / np.diff(pieces.edges)
    return _results(given, pieces, quotient(_summed(given, pieces, rows.value), members))


def _results(given: Given, pieces: Cut, value: NDArray[np.float64]) -> Results:
    """Say how well values of groups are known: by the known part of all members' time. Shape (groups, m)."""
    rows = pieces.rows
    time = given.members.total(np.broadcast_to(np.diff(pieces.edges).astype(np.float64), pieces.shape))
    coverage = _summed(given, pieces, known_time(rows, given.zone)) / np.maximum(time, 1.0)
    samples = _summed(given, pieces, np.zeros(len(rows)) if rows.samples is None else rows.samples)
    worst = np.maximum(given.members.greatest(severity(worst_flag(pieces)).astype(np.float64)), 0)
    return Results(value, coverage, np.rint(samples).astype(np.int64), flag_of(worst.astype(np.uint8)))


def _summed(given: Given, pieces: Cut, column: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up a column of the rows, shape (n,), by group and window; shape (groups, m)."""
    return given.members.total(pieces.total(column.astype(np.float64)))
