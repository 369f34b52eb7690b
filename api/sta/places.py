"""Geometries: well-known text read, and points of the city beside it. The only file that knows shapely.

Coordinates are degrees of WGS 84, longitude first; a distance is one in degrees, as OData has it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

MOST_VERTICES = 10_000

RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "geo.intersects": shapely.intersects,
    "st_intersects": shapely.intersects,
    "st_within": shapely.within,
    "st_contains": shapely.contains,
    "st_equals": shapely.equals,
    "st_disjoint": shapely.disjoint,
    "st_touches": shapely.touches,
    "st_overlaps": shapely.overlaps,
    "st_crosses": shapely.crosses,
}
"""Which of two geometries relates how to the other, by the names that SensorThings gives (OGC 18-088, 9.3.3.5.2)."""


@lru_cache(maxsize=64)
def geometry(text: str) -> Any:
    """Read well-known text; an ``SRID=4326;`` before it is understood. Raises ValueError with a sentence."""
    reference, _, rest = text.rpartition(";")
    if reference.replace(" ", "").upper() not in {"", "SRID=4326"}:
        raise ValueError(f"{reference[:30]!r} is another reference system than SRID=4326")
    try:
        read = shapely.from_wkt(rest)
    except shapely.errors.GEOSException as error:  # type: ignore[attr-defined]
        raise ValueError(f"{rest[:60]!r} is no well-known text ({str(error)[:80]})") from None
    if shapely.get_num_coordinates(read) > MOST_VERTICES:
        raise ValueError(f"the geometry has more than {MOST_VERTICES} vertices")
    shapely.prepare(read)
    return read


def points(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.object_]:
    """Make points; shape (n,)."""
    made: NDArray[np.object_] = shapely.points(longitude, latitude)
    return made


def related(name: str, one: Any, other: Any) -> NDArray[np.bool_]:
    """Tell which of some geometries relate so to others; shapes as numpy broadcasts them."""
    return np.asarray(RELATIONS[name](one, other), dtype=bool)


def distance(one: Any, other: Any) -> NDArray[np.float64]:
    """Give the distance between geometries. [degrees]."""
    return np.asarray(shapely.distance(one, other), dtype=np.float64)
