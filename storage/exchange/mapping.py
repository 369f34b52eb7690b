"""What the columns of somebody else's table mean: a few lines of TOML, or options of the command line.

A wide table has a column per series::

    [time]
    column = "timestamp"

    [[wide]]
    pattern = '(?P<thing>.+)'
    property = "available_spot_number"

A long table has a row per observation::

    [file]
    separator = ";"
    decimal = ","

    [time]
    column = ["Datum", "Uhrzeit"]
    format = "%d.%m.%Y %H:%M"
    zone = "Europe/Berlin"

    [long]
    thing = "Zaehler"
    property_is = "total_active_energy_import"
    value = "Stand"
    unit = "MW.h"
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sensors.hint import did_you_mean
from sensors.kinds import properties
from sensors.units import conversion
from storage.exchange.instants import pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Time(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the time stands and how it is written."""

    column: str | tuple[str, ...] = "phenomenon_time"
    """Several are joined by a blank."""
    format: str = "iso"
    """``iso``, ``unix``, ``unix_ms``, or parts such as ``%d.%m.%Y %H:%M``."""
    zone: str = ""
    """Of times that name no offset."""
    ambiguous: Literal["order", "earlier", "later", "refuse"] = "order"
    missing: Literal["refuse", "shift"] = "refuse"

    @property
    def columns(self) -> tuple[str, ...]:
        """All of its columns."""
        return (self.column,) if isinstance(self.column, str) else self.column


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file of text is written."""

    separator: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ()
    """Marks that stand where there is no value, beside the empty cell."""
    skip: int = 0
    """Lines before the line with the names of the columns."""


class Wide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns whose whole name has a pattern; its named groups may stand in ``thing`` and ``property``."""

    pattern: str
    property: str
    thing: str = "{thing}"
    unit: str = ""
    """UCUM code; without one the property's own."""


class Doubted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that names those columns of its row that are doubted: interpolated, estimated, substituted."""

    column: str
    separator: str = " | "
    quality: Literal[2, 3, 4] = 3


class Long(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns of a table with a row per observation; ``..._is`` says what holds for all rows instead."""

    value: str = "result"
    thing: str = "thing"
    property: str = "property"
    thing_as: str = "{thing}"
    """How a thing's id is made of what stands in the column: ``"{thing}-paper"``."""
    thing_is: str = ""
    property_is: str = ""
    properties: dict[str, str] = {}
    """Property by what stands in the column, where that is something else."""
    unit: str = ""
    units: dict[str, str] = {}
    """UCUM code by property, where they differ."""
    quality: str = ""
    """Column of QARTOD flags; without one results are tested against the property's range."""
    derived: str = ""
    result_time: str = ""
    revision: str = ""
    coverage: str = ""
    samples: str = ""

    def columns(self) -> list[str]:
        """Name all columns that are read."""
        named = (
            "" if self.thing_is else self.thing,
            "" if self.property_is else self.property,
            *(self.value, self.quality, self.derived, self.result_time, self.revision, self.coverage, self.samples),
        )
        return [name for name in named if name]


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole mapping file."""

    time: Time = Time()
    file: Text = Text()
    wide: tuple[Wide, ...] = ()
    long: Long | None = None
    doubted: Doubted | None = None

    @property
    def own(self) -> bool:
        """Whether it means what ``smilecity export`` writes."""
        return self is OWN

    @property
    def flags(self) -> bool:
        """Whether the file itself tells the quality of every row."""
        return self.long is not None and bool(self.long.quality)


OWN = Mapping(
    long=Long(
        quality="quality",
        derived="derived",
        result_time="result_time",
        revision="revision",
        coverage="coverage",
        samples="samples",
    )
)


def read_mapping(file: Path) -> Mapping:
    """Read a mapping file. Raises ValueError, with a sentence, for one that is wrong."""
    try:
        return checked(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"the mapping '{file}' cannot be used: {error}") from None


def checked(said: dict[str, Any]) -> Mapping:
    """Make a mapping of what was said. Raises ValueError for what cannot be meant."""
    mapping = msgspec.convert(said, Mapping)
    if bool(mapping.wide) == (mapping.long is not None):
        raise ValueError("say either [[wide]], columns that are series, or [long], a row per observation")
    _check_time(mapping.time)
    for series in mapping.wide:
        _check_pattern(series.pattern)
        scaling(series.property, series.unit, foreseen="{" in series.property)
    if mapping.long is not None:
        _check_long(mapping.long)
    return mapping


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern '{pattern}' is none: {error}. Write for example '(?P<thing>.+)_kWh'") from None


def _check_time(time: Time) -> None:
    if time.format not in {"unix", "unix_ms"}:
        pattern_of(time.format)
    if time.zone:
        try:
            ZoneInfo(time.zone)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            raise ValueError(f"'{time.zone}' is no time zone: give a name such as Europe/Berlin or UTC") from None


def _check_long(table: Long) -> None:
    for name in (table.property_is, *table.properties.values(), *table.units):
        if name:
            scaling(name, table.units.get(name, table.unit))


def scaling(observed: str, unit: str, *, foreseen: bool = False) -> tuple[float, float]:
    """Give scale and offset from a unit to that of a property. Raises ValueError where there is no such property."""
    if foreseen:
        return 1.0, 0.0
    known = properties()
    if observed not in known:
        raise ValueError(f"no observed property is called '{observed}'.{did_you_mean(observed, known)}")
    return conversion(unit, known[observed].unit) if unit else (1.0, 0.0)


def require(names: Iterable[str], there: Sequence[str]) -> None:
    """Raise ValueError where a column that a mapping names is not there."""
    for name in names:
        if name not in there:
            some = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
            raise ValueError(
                f"there is no column '{name}'.{did_you_mean(name, there) if there else ''} It has: {some}."
            )
