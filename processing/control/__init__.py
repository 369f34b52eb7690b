"""Quality control of observations before indicators are made of them: one file per check, found by discovery.

A row keeps the flag that it came with where that is worse; which checks it did not pass is kept as a mask of reasons.
Flags of a row depend on no row further away than ``reach`` tells, so that a part of a series gives what the whole does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, reduce
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.check import Check, Examined, Limits, Reach
from sensors.discovery import declarations
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.peers import Peers
    from processing.rows import Rows
    from sensors.model import ObservedProperty

CAME = np.uint16(1 << 15)
"""Reason of a row that was doubted or refused before: by its device, when it was received, or by hand."""
_CAME = ("was doubted when it came in", "war schon beim Eintreffen zweifelhaft")
AT_ONCE = 1 << 16
"""Rows examined at once, or those of one series where it has more: so many stay near the processor."""
_SUSPECT = severity(np.array([Quality.SUSPECT], dtype=np.uint8))[0]


@dataclass(frozen=True, slots=True)
class Controlled:
    """What came of it; every column has shape (n,), in the order of the rows."""

    flags: NDArray[np.uint8]
    """The worst flag of those that the row came with and that the checks gave."""
    reasons: NDArray[np.uint16]
    """Bits of the checks that it did not pass, and ``CAME``."""


@cache
def checks() -> Mapping[str, Check]:
    """Give every check by its name, in alphabetical order."""
    found = declarations(sys.modules[__name__], "CHECK")
    return MappingProxyType({check.name: check for check in found})


@cache
def judging() -> tuple[str, ...]:
    """Name the checks that change flags and look at one thing alone: those made before indicators are."""
    return tuple(name for name, check in checks().items() if check.judges and not check.crosses)


def control(
    rows: Rows,
    prop: ObservedProperty,
    sites: Sequence[Mapping[str, Any]],
    *,
    names: Iterable[str] | None = None,
    peers: Peers | None = None,
) -> Controlled:
    """Examine all observations of one property at s things, sorted by series and time, whatever their flags.

    ``names`` chooses checks, by default ``judging()``. A row without a result is MISSING, and nobody's neighbour; nor
    is one that fails by itself. Equal times in one series are one instant told twice.
    """
    limits = Limits.of(prop, sites)
    chosen = _made(limits, judging() if names is None else names)
    near = [check for check in chosen if not check.crosses]
    parts = [_examined(rows.take(part), limits, near, None) for part in _parts(rows)]
    found = Controlled(
        np.concatenate([np.empty(0, np.uint8), *(part.flags for part in parts)]),
        np.concatenate([np.empty(0, np.uint16), *(part.reasons for part in parts)]),
    )
    across = [check for check in chosen if check.crosses]
    if not across or peers is None or not len(rows):
        return found
    again = _examined(rows.with_quality(found.flags), limits, across, peers)
    return Controlled(again.flags, found.reasons | again.reasons & ~CAME)


def reach(prop: ObservedProperty, sites: Sequence[Mapping[str, Any]], *, names: Iterable[str] | None = None) -> Reach:
    """Tell how far before and after a row others can matter to what ``control`` says of it."""
    limits = Limits.of(prop, sites)
    chosen = _made(limits, judging() if names is None else names)
    return reduce(Reach.__or__, (check.reach(limits) for check in chosen), Reach())


def words(reasons: int, language: str = "en") -> tuple[str, ...]:
    """Say a mask of reasons in words, in the order of their bits; ``language`` is ``en`` or ``de``."""
    german = language == "de"
    ordered = sorted(checks().values(), key=lambda check: check.bit)
    said = [(check.mask, check.reason_de if german else check.reason) for check in ordered]
    return tuple(text for mask, text in (*said, (CAME, _CAME[german])) if reasons & int(mask))


def _made(limits: Limits, names: Iterable[str]) -> list[Check]:
    """Choose checks that are made of a property, those of single observations first."""
    chosen = [checks()[name] for name in names]
    return sorted((check for check in chosen if check.made(limits)), key=lambda check: not check.alone)


def _parts(rows: Rows) -> list[Any]:
    """Divide rows between series into parts of about ``AT_ONCE``: slices, which copy nothing."""
    if not len(rows):
        return []
    wanted = rows.series[np.arange(AT_ONCE, len(rows), AT_ONCE)]
    limits = np.unique([0, *np.searchsorted(rows.series, wanted), len(rows)])
    return [slice(begin, end) for begin, end in pairwise(limits.tolist())]


def _examined(rows: Rows, limits: Limits, chosen: Sequence[Check], peers: Peers | None) -> Controlled:
    """Make checks one after the other and keep the worst flag and every reason."""
    examined, flags, reasons = Examined(rows, limits, peers), rows.quality.copy(), _came(rows.quality)
    missing = examined.missing if (flags == Quality.GOOD).all() else examined.missing | (flags == Quality.MISSING)
    unknown = bool(missing.any() or (flags == Quality.UNKNOWN).any())
    place, alone = None, True
    for check in chosen:
        if alone and not check.alone:
            alone, usable = False, ~missing & (flags != Quality.FAIL)
            if not usable.all():
                place, examined = np.flatnonzero(usable), Examined(rows.take(usable), limits, peers)
        found = check.flags(examined)
        wrong = np.flatnonzero(found >= Quality.SUSPECT)
        at = wrong if place is None else place[wrong]
        reasons[at] |= check.mask
        if check.judges:
            flags[at] = _worse(flags[at], found[wrong])
            if unknown:
                _know(flags, place, found)
    if missing.any():
        flags[missing], reasons[missing] = Quality.MISSING, 0
    return Controlled(flags, reasons)


def _came(flags: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Give the reasons that rows come with. Shape (n,)."""
    reasons = np.zeros(len(flags), dtype=np.uint16)
    if not (flags == Quality.GOOD).all():
        reasons[severity(flags) >= _SUSPECT] = CAME
    return reasons


def _worse(flags: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return flag_of(np.maximum(severity(flags), severity(others)))


def _know(flags: NDArray[np.uint8], place: NDArray[np.intp] | None, found: NDArray[np.uint8]) -> None:
    """Let what was not evaluated before be what was found, where that says more; it is at these places."""
    unknown = (flags == Quality.UNKNOWN) | (flags == Quality.MISSING)
    known = np.flatnonzero(unknown if place is None else unknown[place])
    at = known if place is None else place[known]
    flags[at] = _worse(flags[at], found[known])
