"""What an alert rule is: a declaration of what is looked at, from when on it is an alert, and how that is said.

A rule looks at one observed property, of a sensor or an indicator's (``occupancy_15min``), or at one of the platform's
own (``processing.alerting.books``). One file in ``processing/alerts`` declares one; a city's own are TOML files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sensors.model import nothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.alert import State

NONE = timedelta(0)
ANYTHING = "anything"
"""In place of a property: whatever a thing's sensors say, whose values do not matter."""


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Usual(StrEnum):
    """What of the readings before a value is compared with."""

    LEAST = "least"
    MEDIAN = "median"


class By(StrEnum):
    """How."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Looks not at the value but at how far it is off what it was in a time before."""

    to: Usual
    within: timedelta
    """How far back readings count; of none the value is compared with itself."""
    by: By = By.DIFFERENCE
    least: int = 1
    """Readings before without which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a value is an alert: one or more of ``above``, ``below`` and ``equal``, any of which is enough."""

    above: float | None = None
    """From this value on."""
    below: float | None = None
    """Down from this value."""
    equal: float | None = None
    clear: float | None = None
    """Value at which it is over: not above it, where ``above`` is what counts, or not below it. Between the two nothing
    changes (hysteresis). Without one it is over as soon as it is not true."""
    per: str = ""
    """Site property by which the value is divided first: a capacity, a contract's limit."""
    compared: Compared | None = None
    unit: str = ""
    """Of what it looks at, where that differs from the rule's."""
    text: str = ""
    """Said where it is what decided; empty: the rule's."""
    text_de: str = ""


class NoData(StrEnum):
    """What becomes of an alert when nothing is heard."""

    KEEP = "keep"
    """It stays as it is."""
    RESOLVE = "resolve"
    FIRE = "fire"
    """Silence is an alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """From when on nothing heard counts as no data, and what that means. Who was never heard is not silent."""

    then: NoData = NoData.KEEP
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a rule holds; outside, nothing is an alert, and what fired is over. By the clocks and calendar of the city.

    Looked at at full quarter hours: so may sites' hours and sunrise be off by less than one.
    """

    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    """1 Monday .. 7 Sunday."""
    begin: float = 0.0
    """Hour of the clock on the wall."""
    end: float = 24.0
    """As early as ``begin`` or earlier: over midnight, and the night belongs to the day on which it begins."""
    holidays: bool = True
    """Whether also on public holidays."""
    site: str = ""
    """Site property that says it instead, as OSM opening_hours, where the site says it."""
    daylight: timedelta | None = None
    """Only by day: from so long after sunrise to so long before sunset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which things a rule is for, beside their kind; empty is all."""

    operators: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """One of these stands in the thing's site property ``tags``, a list."""
    things: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What happens when nobody acknowledges in time."""

    after: timedelta
    severity: Severity | None = None
    """The new one; None keeps it, and only says that it has escalated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Many alerts of one rule with one cause become one: that of the group."""

    by: tuple[str, ...] = ("gateway", "parking_lot", "container_site", "operator")
    """Site properties, ``operator`` or ``district``: the first that a thing has names what it has in common."""
    least: int = 5
    """Alerts that make a storm."""
    within: timedelta = timedelta(minutes=30)
    """They began within this time."""
    wait: timedelta = NONE
    """How long one is held back to see whether others follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertExample:
    """Rows of one thing, and how its alert stands at instants; every example is a test."""

    kind: str
    rows: Sequence[tuple[str, float]]
    """Times, ISO 8601 UTC, and values."""
    states: Sequence[tuple[str, State | None]]
    """Times and what stands then, when all rows up to then have come; None where nothing does."""
    site: Mapping[str, Any] = field(default_factory=nothing)
    place: tuple[float, float] = (12.1, 54.09)
    """Longitude and latitude."""
    reason: str = ""
    """What is said in English when it fires first; empty is not looked at."""
    reason_de: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When something is an alert, and how it is said. One file declares it; discovery finds it.

    Texts may hold ``{value}``, ``{threshold}``, ``{unit}``, ``{thing}``, ``{minutes}`` (since it came true),
    ``{since}`` (local time), ``{district}`` and ``{operator}``, numbers with a format as ``{value:.0f}``.
    """

    name: str
    version: int
    """Raised when it decides otherwise."""
    domain: str
    title: str
    title_de: str
    severity: Severity
    looks_at: str
    """Name of an observed property; of an indicator with its window, ``occupancy_15min``."""
    kinds: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    """Any of them is enough; none where only silence is an alert."""
    pending: timedelta = NONE
    """How long it must be true."""
    clear_for: timedelta = NONE
    """How long it must be over before it is resolved, so that it does not flap."""
    silent: Silent = field(default_factory=Silent)
    hours: Hours | None = None
    scope: Scope = field(default_factory=Scope)
    of_site: Mapping[str, str] = field(default_factory=nothing)
    """Site properties in place of what is declared, where a site says them: ``above``, ``below``, ``equal`` and
    ``clear`` of the first condition, and in minutes ``pending``, ``clear_for`` and ``silent``."""
    required: tuple[str, ...] = ()
    """Site properties, numbers, without which a thing is none of the rule's."""
    escalation: Escalation | None = None
    storm: Storm | None = None
    scale: float = 1.0
    """What value and threshold are multiplied by to be told: 100 for a share in per cent."""
    unit: str = ""
    """UCUM code of what is told; empty: that of the property."""
    text: str
    text_de: str
    source: str
    """Where its limits come from."""
    foretells: str = ""
    """Name of the rule of what it warns of: a rehearsal tells how early it does."""
    examples: tuple[AlertExample, ...]

    @property
    def reach(self) -> timedelta:
        """How far back readings matter."""
        return max((one.compared.within for one in self.when if one.compared), default=NONE)
