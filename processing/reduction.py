"""Several values become one: those of days that of a week, a month, a year, and those of members that of a group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED, local_days
from processing.indicator import Reduction, Results
from processing.windows import cut, worst_flag
from sensors.model import TIME
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processing.indicator import Given, Grouping, Indicator
    from processing.rows import Rows
    from processing.windows import Cut


def rolled(indicator: Indicator, how: Reduction, by: Indicator | None = None) -> Indicator:
    """Declare how weeks and longer windows are made of an indicator's days, weighed ``by`` those of another."""
    days = {part: indicator.property_name("day", part) for part in ("", *(part.name for part in indicator.parts))}
    weight = "" if by is None else by.property_name("day")
    return replace(
        indicator,
        inputs=tuple(filter(None, (*days.values(), weight))),
        weighed_by=weight,
        references={},
        windows=ROLLED,
        lookback=timedelta(0),
        lookahead=timedelta(0),
        neighbours=None,
        roll_up=None,
        grouping=None,
        happenings=None,
        formula=partial(_of_days, days, how, by),
    )


def _of_days(days: Mapping[str, str], how: Reduction, by: Indicator | None, given: Given) -> Results:
    """Reduce the days of each window: coverage is the known part of all its time, samples add up. Shape (s, m)."""
    rows = local_only(given.rows[days[""]], given.zone)
    pieces, known = cut(rows, given.edges), known_time(rows, given.zone)
    parts = {part: beside(rows, given.rows[name]) for part, name in days.items() if part}
    by_name = "" if by is None else by.property_name("day")
    weight = known if by is None or by_name not in given.rows else _weight_of_days(rows, known, by, given)
    value, parts = _reduced(pieces, weight, how, parts)
    coverage = total(pieces, known) / np.diff(pieces.edges)
    return Results(value, coverage, _samples(pieces), worst_flag(pieces), parts)


def _weight_of_days(rows: Rows, known: NDArray[np.float64], by: Indicator, given: Given) -> NDArray[np.float64]:
    """Give what each day counts: an amount as it is, a size as long as it is known, 1 where none is told. (n,)."""
    weights = given.rows[by.property_name("day")]
    if by.roll_up is Reduction.SUM:
        return np.nan_to_num(beside(rows, weights))
    told = beside(rows, weights.with_value(weights.value * known_time(weights, given.zone)))
    return np.where(np.isnan(told), known, told)


def local_only(rows: Rows, zone: str) -> Rows:
    """Leave out daily results that begin at no midnight of a zone: days of another, by which was computed before.

    They overlap with the days of this one, so that sums would count twice what both tell.
    """
    if not len(rows):
        return rows
    days = local_days(_time(rows.time.min()), _time(rows.time.max() + 1), zone).view(np.int64)
    mine = days[np.searchsorted(days, rows.time, side="right") - 1] == rows.time
    return rows if mine.all() else rows.take(mine)


def known_time(rows: Rows, zone: str) -> NDArray[np.float64]:
    """Give how much of its local day each row knows, its coverage times the day's 23, 24 or 25 hours. [ms], (n,)."""
    if not len(rows) or rows.coverage is None:
        return np.zeros(len(rows))
    days = local_days(_time(rows.time.min()), _time(rows.time.max() + 1), zone).view(np.int64)
    length = np.diff(days)[np.searchsorted(days, rows.time, side="right") - 1]
    known: NDArray[np.float64] = rows.coverage * length
    return known


def beside(rows: Rows, others: Rows) -> NDArray[np.float64]:
    """Look up the value of other rows of the same series and time, NaN where there is none. Shape (n,)."""
    if not len(others):
        return np.full(len(rows), np.nan)
    order = np.lexsort((others.time, others.series))
    keys = np.rec.fromarrays([others.series[order], others.time[order]])
    wanted = np.rec.fromarrays([rows.series, rows.time])
    place = np.minimum(np.searchsorted(keys, wanted), len(others) - 1)
    found: NDArray[np.float64] = np.where(keys[place] == wanted, others.value[order][place], np.nan)
    return found


def _reduced(
    pieces: Cut, known: NDArray[np.float64], how: Reduction, parts: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Reduce the rows of each window and what goes with them; a chosen day brings its own parts along."""
    columns = {"": pieces.rows.value, **parts}
    if how is Reduction.SUM:
        found = {name: _sum(pieces, column) for name, column in columns.items()}
    elif how is Reduction.MEAN:
        found = {name: _mean(pieces, column, known) for name, column in columns.items()}
    else:
        day = _chosen(pieces, how)
        found = {name: np.append(column, np.nan)[day] for name, column in columns.items()}
    return found.pop(""), found


def _sum(pieces: Cut, column: NDArray[np.float64]) -> NDArray[np.float64]:
    some = ~np.isnan(column)
    known = total(pieces, np.where(some, column, 0.0))
    return np.where(total(pieces, some.astype(np.float64)) > 0, known, np.nan)


def _mean(pieces: Cut, column: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = np.where(np.isnan(column), 0.0, known)
    return _quotient(total(pieces, np.nan_to_num(column) * weight), total(pieces, weight))


def _chosen(pieces: Cut, how: Reduction) -> NDArray[np.int64]:
    """Give the index of the row that speaks for each window, the earliest of equal ones, -1 where none does."""
    last = pieces.begin[:, 2:-1] - 1
    if how is Reduction.LAST:
        return np.where(pieces.samples > 0, last, -1)
    value = pieces.rows.value if how is Reduction.MAXIMUM else -pieces.rows.value
    cell = pieces.cell()
    # Rows lie in the order of their cells; within a cell the greatest comes first, of equal ones the earliest.
    order = np.lexsort((pieces.rows.time, -value, cell))
    cells, first = np.unique(cell[order], return_index=True)
    chosen = np.full((pieces.shape[0], pieces.shape[1] + 2), -1)
    chosen.flat[cells] = order[first]
    return chosen[:, 1:-1]


def total(pieces: Cut, amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up a column, shape (n,), over the rows of each window; shape (s, m)."""
    series, windows = pieces.shape
    sums = np.bincount(pieces.cell(), weights=amount, minlength=series * (windows + 2)).astype(np.float64)
    return sums.reshape(series, windows + 2)[:, 1:-1]


def _samples(pieces: Cut) -> NDArray[np.int64]:
    samples = pieces.rows.samples
    return pieces.samples if samples is None else np.rint(total(pieces, samples.astype(np.float64))).astype(np.int64)


def grouped(indicator: Indicator, how: Grouping, by: Indicator | None = None) -> tuple[Indicator, ...]:
    """Declare how values of groups are made of those of members, for each window, weighed ``by`` those of another."""
    stored = tuple(_grouped(indicator, how, by, window) for window in indicator.every_window())
    return (*stored, _present(indicator, how)) if "now" in indicator.windows else stored


def _grouped(indicator: Indicator, how: Grouping, by: Indicator | None, window: str) -> Indicator:
    """Declare the values of groups for one window; parts belong to a thing and have none."""
    name = indicator.property_name(window)
    weight = "" if by is None else by.property_name(window)
    return replace(
        _present(indicator, how),
        inputs=tuple(filter(None, (name, weight))),
        weighed_by=weight,
        references={},
        windows=(window,),
        lookback=timedelta(0),
        lookahead=timedelta(0),
        neighbours=None,
        formula=partial(_of_members, name, weight, how),
    )


def _present(indicator: Indicator, how: Grouping) -> Indicator:
    """Declare what is true of groups now: made of what their members observe, for nothing of it is stored."""
    return replace(
        indicator,
        windows=("now",),
        parts=(),
        roll_up=None,
        grouping=None,
        happenings=None,
        of_groups=True,
        formula=partial(_of_members_now, indicator, how),
    )


def _of_members_now(indicator: Indicator, how: Grouping, given: Given) -> Results:
    """Compute each member and reduce them, weighed by one of their parts. Shape (groups, m)."""
    each = indicator.formula(given)
    laid = Laid(each.value, each.coverage, each.samples, each.quality)
    return _gathered(given, how, laid, _weights(given, how, laid, each.parts.get(how.by)))


def _of_members(name: str, by: str, how: Grouping, given: Given) -> Results:
    """Reduce what is stored of the members of each group. Shape (groups, m)."""
    laid = laid_out(given.rows[name], given.edges)
    told = laid_out(given.rows[by], given.edges).value if by in given.rows else None
    return _gathered(given, how, laid, _weights(given, how, laid, told))


def _gathered(given: Given, how: Grouping, laid: Laid, weight: NDArray[np.float64]) -> Results:
    """Reduce the members of each group: coverage is the mean of theirs, weighted as they are. Shape (groups, m)."""
    part_of = given.members.total(weight)
    counts = known_of(weight, laid.value)
    value = _over_members(given, how.reduction, np.nan_to_num(laid.value), weight * counts, counts)
    coverage = _quotient(given.members.total(weight * laid.coverage), part_of)
    samples = np.rint(given.members.total(laid.samples.astype(np.float64))).astype(np.int64)
    worst = np.maximum(given.members.greatest(severity(laid.quality).astype(np.float64)), 0).astype(np.uint8)
    return Results(value, np.nan_to_num(coverage), samples, flag_of(worst))


def _weights(given: Given, how: Grouping, laid: Laid, told: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Give what each member counts: what is told of it, else by its site, 0 where it is left out. Shape (s, m)."""
    weight = np.broadcast_to(_by_site(given, how)[:, np.newaxis], laid.value.shape)
    found: NDArray[np.float64] = np.nan_to_num(weight if told is None else np.where(np.isnan(told), weight, told))
    return found


def _by_site(given: Given, how: Grouping) -> NDArray[np.float64]:
    """Give what each member counts by its site, NaN or 0 where it is left out. Shape (s,)."""
    if how.counts is not None:
        return how.counts(given)
    site = given.site(how.weight) if how.weight else np.full(len(given.sites), 0.0 if how.by else 1.0)
    return np.where(np.isnan(site), how.otherwise, site)


def known_of(weight: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which members' values count. [bool], shape (s, m)."""
    return (weight > 0) & ~np.isnan(value)


def _over_members(
    given: Given,
    how: Reduction,
    value: NDArray[np.float64],
    weight: NDArray[np.float64],
    counts: NDArray[np.bool_],
) -> NDArray[np.float64]:
    members = given.members
    if how is Reduction.MEAN:
        return _quotient(members.total(value * weight), members.total(weight))
    if how is Reduction.SUM:
        return np.where(members.total(counts.astype(np.float64)) > 0, members.total(value * counts), np.nan)
    sign = 1.0 if how is Reduction.MAXIMUM else -1.0
    greatest = members.greatest(np.where(counts, sign * value, -np.inf))
    return np.where(np.isinf(greatest), np.nan, sign * greatest)


@dataclass(frozen=True, slots=True)
class Laid:
    """Results of an indicator by thing and window; every matrix has shape (s, m)."""

    value: NDArray[np.float64]
    """NaN where there is none."""
    coverage: NDArray[np.float64]
    samples: NDArray[np.int64]
    quality: NDArray[np.uint8]


def laid_out(rows: Rows, edges: NDArray[np.datetime64]) -> Laid:
    """Lay results out by series and by the window that they begin with; others are left out."""
    start = edges[:-1].astype(TIME).view(np.int64)
    shape = (rows.count, len(start))
    window = np.searchsorted(start, rows.time)
    mine = np.append(start, -1)[window] == rows.time
    cell = rows.series[mine], window[mine]
    value, coverage = np.full(shape, np.nan), np.zeros(shape)
    samples, quality = np.zeros(shape, dtype=np.int64), np.full(shape, 9, dtype=np.uint8)
    value[cell], quality[cell] = rows.value[mine], rows.quality[mine]
    if rows.coverage is not None and rows.samples is not None:
        coverage[cell], samples[cell] = rows.coverage[mine], rows.samples[mine]
    return Laid(value, coverage, samples, quality)


def _quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    quotient: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return quotient


def formulas(declared: Sequence[Indicator]) -> list[Indicator]:
    """Give what is declared, and what follows from it: long windows, and the values of groups."""
    by_name = {one.name: one for one in declared}
    weighing = {one.name: by_name.get(one.grouping.by) for one in declared if one.grouping is not None}
    long = [rolled(one, one.roll_up, weighing.get(one.name)) for one in declared if one.roll_up is not None]
    groups = [
        made for one in declared if one.grouping is not None for made in grouped(one, one.grouping, weighing[one.name])
    ]
    return [*declared, *long, *groups]


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)
