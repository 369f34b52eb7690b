"""What a board is: a declaration of what is shown of whom. One file in ``dashboards/boards`` declares one.

Titles, units, descriptions and thresholds come from the declarations of what is shown; a board only says what its rows
are called. ``of`` names things by a regular expression of whole ids, which may be one of the board's variables.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

CITY = "city"
OPERATOR, DISTRICT, THING = "$operator", "$district", "$thing"
EVERY_DISTRICT, EVERY_OPERATOR = "district:.*", "operator:.*"
MONTH = "28d"
BY_SEVERITY = "{{severity}}"
"""A legend whose series have the colours of their severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """The newest value of something, as a number with its coverage beside it."""

    shows: str
    """An observed property, with the window where an indicator makes it: ``occupancy_15min``."""
    of: str = CITY
    width: int = 6
    """Of 24 columns."""
    height: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Something over time, a line or bars for each thing, with the limits of alert rules."""

    shows: str
    of: str
    back: str = ""
    """How far back it shows where the board's span holds too few of its windows, as Grafana writes it."""
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A table of things with newest values, each with its coverage, ordered by the first."""

    shows: tuple[str, ...]
    of: str = THING
    ascending: bool = False
    width: int = 12
    height: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """A map of things, coloured by their newest values."""

    shows: str
    of: str = THING
    width: int = 12
    height: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Lines of everything that an alert rule looks at whose limit can be drawn; a city's own rules are among them."""

    of: str = THING
    width: int = 24
    height: int = 8


class Look(StrEnum):
    """How what the platform measures of itself is drawn."""

    NUMBER = "number"
    LINES = "lines"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Something that the platform tells Prometheus of itself."""

    title: str
    title_de: str
    description: str
    query: str
    """PromQL. Every process of a platform tells the books, so that these are asked for with ``max``."""
    unit: str
    """UCUM code."""
    legend: str = ""
    """Of each series, with its labels in double braces."""
    look: Look = Look.LINES
    red_from: float | None = None
    """From this value on it is an error."""
    width: int = 12
    height: int = 8


Panel: TypeAlias = Number | Lines | Ranking | Places | Watched | Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: str
    title_de: str
    panels: tuple[Panel, ...]


class Variable(StrEnum):
    """What may be chosen on a board."""

    OPERATOR = "operator"
    DISTRICT = "district"
    KIND = "kind"
    """A kind of thing, by what is observed of it."""
    THING = "thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board. Its name stands in its uid: a board that is called otherwise is another one."""

    name: str
    title: str
    title_de: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    things_of: str = ""
    """The property by which things to choose from are found, where no kind is chosen."""
    span: str = "24h"
    """How far back it shows when it is opened, as Grafana writes it."""
    domain: str = ""
    """Which of the web page's domains its link opens; empty for the one that the page opens by itself."""
