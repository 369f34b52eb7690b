"""What a panel shows: an observed property, with all that its declaration says, so that no board says it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from processing.indicators import derived_properties, window_of
from sensors.kinds import properties
from storage.drawing import Asked

if TYPE_CHECKING:
    from dashboards.words import Language
    from sensors.model import ObservedProperty

DAYS = frozenset({"day", "week", "month", "quarter", "year"})
"""Windows of the city's calendar."""
_DAY = timedelta(days=1)
_SHORTEST = {
    "15min": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(hours=23),
    "week": 7 * _DAY - timedelta(hours=1),
    "month": 28 * _DAY,
    "quarter": 90 * _DAY - timedelta(hours=1),
    "year": 365 * _DAY,
}
_STEP = {"15min": "15m", "hour": "1h", "day": "1d", "week": "7d", "month": "28d", "quarter": "90d", "year": "365d"}
_INSTANT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """An observed property as charts show it."""

    observed: ObservedProperty
    window: str
    """Of which kind of window its results are; empty where they are of instants."""
    derived: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.observed.name

    @property
    def step(self) -> str:
        """The shortest step of a chart, as Grafana writes it."""
        return _STEP.get(self.window, "1m")

    def title(self, language: Language) -> str:
        """Give its title."""
        return language.of(self.observed.title, self.observed.title_de)

    def description(self, language: Language) -> str:
        """Give its description and where the definition comes from."""
        said = f"{self.observed.description.rstrip('.')}." if self.observed.description else ""
        return f"{said}\n\n{language.word('source')}: {self.observed.source}".strip()

    def asked(self, things: str, *, groups: bool) -> Asked:
        """Ask for it of some things. The newest row holds somewhat longer, until the next one has been computed."""
        return Asked(
            observed_property=self.name,
            derived=self.derived,
            things=things,
            groups=groups,
            slot=_SHORTEST.get(self.window, _INSTANT),
            hold=_whole_minutes(self.observed.max_hold * 7 / 6) if self.derived else self.observed.max_hold,
            windows=bool(self.window),
            exact=self.window in DAYS,
        )


@cache
def subject(name: str) -> Subject:
    """Find what a name means. Raises ValueError for one that nobody observes or computes."""
    if name in derived_properties():
        return Subject(derived_properties()[name], window_of().get(name, ""), derived=True)
    if name in properties():
        return Subject(properties()[name], "", derived=False)
    raise ValueError(f"a panel shows '{name}', which nothing observes and no indicator is called")


def _whole_minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=round(span / timedelta(minutes=1)))
