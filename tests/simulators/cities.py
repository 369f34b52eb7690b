"""Small cities for tests: a few things of each kind, cut out of the simulated Rostock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from sensors.decode import decode
from sensors.geojson import things_from_geojson
from sensors.model import Message
from simulators.city import City
from simulators.places import ROSTOCK
from simulators.run import rostock

if TYPE_CHECKING:
    from sensors.decode import Decoded
    from simulators.uplink import Uplinks

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
"""A Wednesday in summer."""
FEW = (0, 8, 12, 18, 23, 60, 72, 73, 74, 75, 76, 77, 78, 142, 145, 149)
"""Car parks of the centre and the beach, spaces of every use, containers and meters over every network."""


@cache
def few_things() -> Path:
    """Write the GeoJSON of a few things."""
    document = json.loads(ROSTOCK.read_text(encoding="utf-8"))
    document["features"] = [document["features"][i] for i in FEW]
    path = Path(mkdtemp()) / "few.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def small_city(seed: int = 1) -> City:
    """Build a city of a few things."""
    return City(few_things(), seed=seed)


@cache
def whole_city() -> City:
    """Build the whole of Rostock once."""
    return City(seed=1)


def written(city: City, uplinks: Uplinks) -> list[tuple[str, bytes]]:
    """Write uplinks as messages."""
    return [city.message(uplinks, row) for row in range(len(uplinks))]


def decoded(city: City, uplinks: Uplinks) -> Decoded:
    """Read uplinks as a platform would that knows the city's things."""
    devices = {device.id: (device,) for device in things_from_geojson(rostock()).devices}
    letters = zip(written(city, uplinks), uplinks.time.tolist(), strict=True)
    return decode([Message("city", topic, payload, time) for (topic, payload), time in letters], devices)
