"""Which places that must be free are blocked at this instant, and of which that cannot be told, each with its reason.

Fire access comes before loading zones, and what has been blocked longest first. A place whose sensor is silent is on
the list, to be looked at: silence may hide a vehicle.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from processing.indicators.blocked_fire_access import AT_ONCE
from processing.indicators.blocked_fire_access import INDICATOR as FIRE_ACCESS
from processing.indicators.blocked_loading_zone import INDICATOR as LOADING_ZONE
from processing.indicators.blocked_loading_zone import LOADING
from processing.limits import HOURS, LIMIT
from processing.now import MOMENT, present
from processing.opening import MS_PER_MINUTE
from processing.sessions import PROPERTY
from sensors.kinds import properties
from sensors.model import TIME, Datastream
from sensors.numeric import is_number
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from processing.group import Group
    from processing.now import Present
    from processing.region import Region
    from sensors.model import Thing
    from storage.store import Store

ALLOWED: Mapping[str, float] = {FIRE_ACCESS.name: AT_ONCE, LOADING_ZONE.name: LOADING}
"""Indicators that the list is made of, the most urgent first; minutes that one may stand where a site says nothing."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "blocked": "blocked for {length}, since {since} UTC; {allowed}",
        "at once": "nobody may stop there",
        "allowed": "{allowed:g} min are allowed",
        "never": "was never heard: check the sensor",
        "silent": "silent since {heard} UTC: check the sensor",
        "unclear": f"spoke at {{heard}} UTC, but not for long yet, or {LIMIT} or {HOURS} of its site cannot be used",
    },
    "de": {
        "blocked": "seit {length} blockiert, seit {since} UTC; {allowed}",
        "at once": "dort darf niemand halten",
        "allowed": "erlaubt sind {allowed:g} min",
        "never": "noch nie gemeldet: Sensor prüfen",
        "silent": "stumm seit {heard} UTC: Sensor prüfen",
        "unclear": f"meldete um {{heard}} UTC, aber noch nicht lange, oder {LIMIT} oder {HOURS} ist nicht brauchbar",
    },
}
LONG = 120.0
"""Minutes from which a span is said in hours."""


class Why(StrEnum):
    """Why a place is on the list."""

    BLOCKED = "blocked"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A place on the list; None stands for what is not known."""

    thing: Thing
    indicator: str
    """Which one tells of it."""
    allowed: float
    """Minutes for which one may stand there."""
    minutes: float | None
    """For how long it has been blocked, beyond what is allowed."""
    since: np.datetime64 | None
    """Since when, UTC."""
    heard: np.datetime64 | None
    """Time of the newest word of its sensor, UTC; None where there never was one."""
    silent: bool
    """Whether that is too old to be held for true."""

    @property
    def why(self) -> Why:
        """Whether it is blocked, or to be looked at."""
        return Why.CHECK if self.minutes is None else Why.BLOCKED

    def reason(self, language: str = "en") -> str:
        """Say why it is on the list, in English or German (``de``)."""
        words = WORDS[language]
        if self.heard is None:
            return words["never"]
        if self.minutes is None:
            return words["silent" if self.silent else "unclear"].format(heard=_minute(self.heard))
        length = f"{self.minutes:.0f} min" if self.minutes < LONG else f"{self.minutes / 60:.1f} h"
        allowed = words["allowed" if self.allowed else "at once"].format(allowed=self.allowed)
        return words["blocked"].format(length=length, since=_minute(self.since), allowed=allowed)

    def urgency(self) -> tuple[bool, int, float, str]:
        """Give what the list is sorted by."""
        return self.minutes is None, list(ALLOWED).index(self.indicator), -(self.minutes or 0.0), self.thing.id


@dataclass(frozen=True, slots=True)
class BlockedPlaces:
    """The list of an instant."""

    moment: np.datetime64
    """UTC."""
    places: tuple[Thing, ...]
    """Those that were looked at."""
    found: tuple[Blocked, ...]
    """Those that are blocked, then those of which it cannot be told."""


def blocked_places(store: Store, groups: Iterable[Group], moment: np.datetime64, region: Region) -> BlockedPlaces:
    """List what is blocked at an instant [UTC] by what a store holds; ``groups`` as a ``Roster`` gives them."""
    instant = moment.astype(TIME)
    single = [group for group in groups if not group.groups]
    told = list(present(store, single, instant, region, frozenset(ALLOWED)))
    found = sorted((each for one in told for each in _listed(store, one, instant)), key=Blocked.urgency)
    return BlockedPlaces(instant, tuple(thing for one in told for thing in one.things), tuple(found))


def _listed(store: Store, told: Present, moment: np.datetime64) -> Iterator[Blocked]:
    heard, hold = _heard(store, told.things, moment), np.timedelta64(properties()[PROPERTY].max_hold)
    for thing, minutes in zip(told.things, told.results.value[:, 0].tolist(), strict=True):
        newest, free = heard.get(thing.id, (None, False))
        silent = newest is not None and bool(moment - newest > hold)
        if minutes == 0.0 or (free and not silent):
            continue
        since = _since(minutes, moment)
        yield Blocked(
            thing=thing,
            indicator=told.indicator.name,
            allowed=_allowed(thing, told.indicator.name, moment),
            minutes=None if since is None else float((moment - since) / np.timedelta64(MS_PER_MINUTE, "ms")),
            since=since,
            heard=newest,
            silent=silent,
        )


def _since(minutes: float, moment: np.datetime64) -> np.datetime64 | None:
    """Give the instant so many minutes before the end of what is present."""
    return None if np.isnan(minutes) else moment + MOMENT - np.timedelta64(round(minutes * MS_PER_MINUTE), "ms")


def _allowed(thing: Thing, indicator: str, moment: np.datetime64) -> float:
    said = thing.site(int(moment.astype(np.int64))).get(LIMIT)
    return float(said) if is_number(said) and said >= 0 else ALLOWED[indicator]


def _heard(store: Store, things: Iterable[Thing], moment: np.datetime64) -> dict[str, tuple[np.datetime64, bool]]:
    """Give by thing when its sensor had spoken last at the instant, and whether it then said free."""
    newest = store.latest([Datastream(thing.id, PROPERTY) for thing in things], moment)
    free = (newest.result == 0.0) & (newest.quality != Quality.FAIL)
    told = zip(newest.datastream, newest.phenomenon_time, free.tolist(), strict=True)
    return {newest.datastreams[code].thing: (time, said) for code, time, said in told}


def _minute(time: np.datetime64 | None) -> str:
    return "" if time is None else str(np.datetime_as_string(time, unit="m")).replace("T", " ")
