"""Which columns of a table tell where a thing stands, and in what: degrees, or metres of UTM zone 33N.

The name of a column declares the unit. ``x`` and ``y`` are metres, unless a column ``crs`` says otherwise; degrees that
stand there by mistake are refused, never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensors.cells import number
from sensors.coordinates import PositionError, Reference, position, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PAIRS = (
    ("longitude", "latitude", Reference.DEGREES),
    ("lon", "lat", Reference.DEGREES),
    ("lng", "lat", Reference.DEGREES),
    ("laengengrad", "breitengrad", Reference.DEGREES),
    ("längengrad", "breitengrad", Reference.DEGREES),
    ("rechtswert", "hochwert", Reference.UTM33),
    ("ostwert", "nordwert", Reference.UTM33),
    ("easting", "northing", Reference.UTM33),
    ("koordinate_x", "koordinate_y", Reference.UTM33),
    ("x_koordinate", "y_koordinate", Reference.UTM33),
    ("x", "y", Reference.UTM33),
)
GEOMETRIES = ("geometrie", "geometry", "geom", "wkt")
"""Columns with a point as text; ``geometrie`` is what Rostock's registers call it, in metres of UTM zone 33N."""

_POINT = re.compile(r"(?:SRID=(\d+);)?\s*POINT\s*Z?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+)?\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Where:
    """The columns that tell the position: two with a number each, or one with a point as text."""

    columns: tuple[str, ...]
    told: Reference | None
    """None where every position has to declare it."""
    declares: str = ""
    """The column that declares the reference system, ``""`` where there is none."""

    @property
    def used(self) -> frozenset[str]:
        """Every column that is no property of the site."""
        return frozenset({*self.columns, self.declares})

    def read(self, said: Mapping[str, str]) -> tuple[float, float]:
        """Give longitude and latitude of a row, or raise PositionError."""
        declared = said.get(self.declares, "").strip() if self.declares else ""
        told = reference(declared) if declared else self.told
        if len(self.columns) == 1:
            return self._of_point(said.get(self.columns[0], ""), told)
        first, second = (_number(name, said.get(name, "")) for name in self.columns)
        return self._placed(first, second, told, f"column '{self.columns[0]}' first, then '{self.columns[1]}'")

    def _of_point(self, text: str, told: Reference | None) -> tuple[float, float]:
        name = self.columns[0]
        found = _POINT.fullmatch(text.strip())
        if found is None:
            raise PositionError(f"its '{name}' is '{text:.60}', but must be a point such as POINT (307845 6005103)")
        told = reference(found[1]) if found[1] else told
        return self._placed(_number(name, found[2]), _number(name, found[3]), told, "POINT (longitude latitude)")

    def _placed(self, first: float, second: float, told: Reference | None, order: str) -> tuple[float, float]:
        if told is None:
            name = self.columns[0]
            raise PositionError(f"'{name}' does not say in what: add a column 'crs' with EPSG:4326 or EPSG:25833")
        return position(first, second, told, order)


def where_of(header: Iterable[str], *, own: bool) -> Where:
    """Find the columns that tell the position; a table that has all of our ``own`` columns needs no search.

    Raises PositionError where there are none.
    """
    header = tuple(header)
    written = {name.lower(): name for name in reversed(header)}
    declares = "crs" if "crs" in header else ""
    for first, second, told in PAIRS[:1] if own else PAIRS:
        if first in written and second in written:
            return Where((written[first], written[second]), told, declares)
    for name in GEOMETRIES:
        if name in written:
            return Where((written[name],), Reference.UTM33 if name == "geometrie" else None, declares)
    raise PositionError(
        "no columns tell where things stand: call them 'longitude' and 'latitude' (degrees), "
        "or 'rechtswert' and 'hochwert' (metres of UTM zone 33N)"
    )


def _number(name: str, cell: str) -> float:
    value = number(cell)
    if value is None:
        raise PositionError(f"its '{name}' is '{cell:.60}', but must be a number")
    return value
