"""A rule over history: what it would have done, had it been switched on; the same verdicts and the same machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.alerting.estate import Estate
from processing.alerting.machine import Step
from processing.rows import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from processing.alert import AlertRule
    from processing.alerting.estate import Told
    from processing.region import Region
    from processing.rows import Rows
    from sensors.model import Thing


@dataclass(frozen=True, slots=True)
class Episodes:
    """Alerts that fired, sorted by thing and time; every column has shape (k,), instants in ms since 1970 UTC."""

    thing: NDArray[np.int64]
    """Index into the estate's things."""
    since: NDArray[np.int64]
    """When it came true."""
    fired: NDArray[np.int64]
    ended: NDArray[np.int64]
    """NEVER where it was still firing at the end."""
    value: NDArray[np.float64]
    """When it fired."""

    def __len__(self) -> int:
        return len(self.thing)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rule did over a span of history."""

    estate: Estate
    """Its things, and how they stand at the end."""
    told: Told
    """Everything that happened, in the order of time."""
    episodes: Episodes


def evaluate(rule: AlertRule, things: Iterable[Thing], rows: Rows, until: int, region: Region) -> Rehearsed:
    """Run a rule over rows, whose series are the places in ``Estate(rule, things, region).things``, up to ``until``.

    The rows should begin ``rule.reach`` before the first instant that matters. Only what was phenomenon time counts:
    a reading that came late is taken as if it had come at once. Storms are not put together, nobody acknowledges.
    """
    estate = Estate(rule, things, region)
    first = int(rows.time.min()) if len(rows) else until
    estate.begin_hours(min(first, until))
    told = estate.step(rows, until)
    return Rehearsed(estate, told, episodes(told))


def episodes(told: Told) -> Episodes:
    """Pair what fired with what resolved it."""
    steps = told.steps
    order = np.argsort(steps.thing, kind="stable")
    thing, step, time = steps.thing[order], steps.step[order], steps.time[order]
    mine = np.flatnonzero((step == Step.FIRED) | (step == Step.RESOLVED))
    fired = mine[step[mine] == Step.FIRED]
    after = np.append(mine, -1)[np.searchsorted(mine, fired) + 1]
    resolved = (after >= 0) & (np.append(thing, -1)[after] == thing[fired])
    ended = np.where(resolved, np.append(time, NEVER)[after], NEVER)
    return Episodes(thing[fired], steps.since[order][fired], time[fired], ended, steps.value[order][fired])
