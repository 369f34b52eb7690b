"""Lays the simulated city out: places from our two files of facts, assumptions for the rest, into ``rostock.geojson``.

Run ``python -m simulators.lay`` after changing ``places.csv``, ``carparks.csv`` or this file.
"""

from __future__ import annotations

import csv
import json
from itertools import cycle
from math import cos, hypot, pi, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

from simulators.places import ROSTOCK

HERE = Path(__file__).parent
METRE_NORTH = 1 / 111_200
METRE_EAST = METRE_NORTH / cos(radians(54.1))

SOURCES = {
    "points": """
        Districts and building points: OpenData.HRO bundestagswahl_2017, Hansestadt Rostock, CC BY 4.0, as told in
        michamilz/btw17-mv mv.geojson.js. Only district and coordinates were taken.""",
    "carparks": """
        Names, operators and capacities: wiro.de press releases of 2017 and 2022, ostsee-zeitung.de 2019-11 and 2021-10,
        svz.de 2017-07-28. Where capacity_source is 'assumed' the capacity is ours. Coordinates are estimates; the
        district is that of the nearest building point.""",
    "operators": """
        PGR runs the city's car parks and its parking guidance system. Stadtentsorgung Rostock and Stadtwerke Rostock as
        waste and power companies are general knowledge.""",
    "assumed": """
        All else: single spaces, containers, meters and gateways, their devices, sizes and loads. They stand for things
        of their kind and are no record of real ones. Device EUIs carry the locally administered bit.""",
}
"""What is taken from where, and what is ours."""


class Point(NamedTuple):
    """Where something stands, and in which district."""

    longitude: float
    latitude: float
    district: str

    def moved(self, east: float, north: float) -> Point:
        """Move by metres."""
        return Point(self.longitude + east * METRE_EAST, self.latitude + north * METRE_NORTH, self.district)

    def near(self, turn: float, metres: float) -> Point:
        """Move some metres away; ``turn`` is a share of the full circle."""
        return self.moved(metres * cos(2 * pi * turn), metres * sin(2 * pi * turn))


class Street(NamedTuple):
    """A row of single spaces: where it begins, how one space follows the other in metres, and who parks there."""

    name: str
    longitude: float
    latitude: float
    east: float
    north: float
    rhythm: str
    stay_min: float


class Bin(NamedTuple):
    """A size of container and how it is used; depths in mm from the sensor."""

    fraction: str
    word: str
    capacity_l: int
    empty: int
    full: int
    model: str
    percent_per_day: float
    weekdays: tuple[int, ...]
    every_weeks: int


STREETS = (
    Street("Lange Straße", 12.1318, 54.0893, 13, 1.5, "centre", 45),
    Street("Am Strande", 12.1352, 54.0919, 12, -2, "centre", 70),
    Street("Doberaner Platz", 12.1190, 54.0889, 10, 5, "centre", 40),
    Street("KTV", 12.1143, 54.0902, 11, 4, "residential", 240),
    Street("Warnemünde, Am Strom", 12.0880, 54.1772, 4, 11, "beach", 110),
)
SPECIAL = {0: ("disabled", "centre", 90.0), 6: ("loading", "loading", 14.0), 11: ("fire_lane", "fire_lane", 9.0)}
"""Number in the row: use, rhythm, mean stay in minutes."""
ZONES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "loading": ("loading_zone", "Ladezone", {"max_stay_min": 20, "hours": "Mo-Sa 07:00-18:00; PH off"}),
    "fire_lane": ("fire_access_zone", "Feuerwehrzufahrt", {"max_stay_min": 3}),
}
"""By use: kind, name and what the site says of those that are no parking spaces."""
BARRIERS = {
    "hro-tg-city": {"stay_min": 110, "misses_in": 0.0, "misses_out": 0.0},
    "hro-ph-gericht": {"stay_min": 75, "misses_in": 0.001, "misses_out": 0.012},
    "hro-ph-uniklinik": {"stay_min": 150, "misses_in": 0.006, "misses_out": 0.006},
}
"""Car parks whose barriers count: mean stay, and the shares of vehicles that are not counted. Assumed."""
SPACES_PER_STREET = 12

GLASS = Bin("glass", "Glas", 3000, 1550, 280, "milesight_em400_udl", 5.2, (1,), 2)
PAPER = Bin("paper", "Papier", 3000, 1500, 260, "milesight_em400_udl", 11.0, (3,), 1)
RESIDUAL = Bin("residual", "Restabfall", 1100, 1180, 250, "milesight_em310_udl", 11.5, (0,), 1)
LITTER = Bin("litter", "Papierkorb", 120, 820, 160, "milesight_em310_udl", 29.0, (0, 2, 4), 1)
SEASIDE_LITTER = LITTER._replace(percent_per_day=55.0, weekdays=(0, 1, 2, 3, 4, 5, 6))
EVEN_WEEK = "2025-01-13"
"""A Monday of the weeks in which fortnightly rounds come; rounds are told by the hour of the clock in winter."""
NETWORKS = (("chirpstack", True), ("chirpstack", False), ("tts", True))
"""Network, and whether its codec delivers fields."""

BUILDINGS = (("school", 3500, 21_000, 4200), ("office", 5000, 17_000, 2600), ("hall", 2200, 26_000, 1800))
"""Rhythm, base load and working load in W, heated floor area in m2."""
MORE_METERS = 10
HOMES = {"KTV I": 6, "Lütten Klein II": 7, "Hinrichshagen": 3}
"""Meters of households by district; in the last one there are too few of them to be told of together."""
SEASIDE = "Seebad"


def lay() -> dict[str, Any]:
    """Lay out the whole city as a GeoJSON FeatureCollection with sources and gateways as foreign members."""
    points = _points()
    features = [*_lots(points), *_spaces(points), *_containers(points), *_meters(points), *_homes(points)]
    return {
        "type": "FeatureCollection",
        "name": "A simulated Rostock",
        "license": "CC BY 4.0 for the points of the Hansestadt Rostock",
        "sources": {topic: " ".join(text.split()) for topic, text in SOURCES.items()},
        "gateways": _gateways(points),
        "features": features,
    }


def write(path: Path = ROSTOCK) -> None:
    """Write the city to its file, one feature a line."""
    city = lay()
    features = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in city.pop("features"))
    head = json.dumps(city, ensure_ascii=False, indent=1).removesuffix("\n}")
    path.write_text(f'{head},\n "features": [\n{features}\n]}}\n', encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _points() -> list[Point]:
    """Read the building points; a building that stands there twice counts for the last district."""
    rows = {(row["longitude"], row["latitude"]): row for row in _rows("places.csv")}
    return [Point(float(row["longitude"]), float(row["latitude"]), row["district"]) for row in rows.values()]


def _district(points: list[Point], longitude: float, latitude: float) -> str:
    shrink = METRE_NORTH / METRE_EAST
    return min(points, key=lambda p: hypot((p.longitude - longitude) * shrink, p.latitude - latitude)).district


def _by_district(points: list[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.district, []).append(point)
    return dict(sorted(found.items()))


def _feature(
    id: str,  # noqa: A002 - GeoJSON's own word
    point: Point,
    properties: dict[str, Any],
    simulation: dict[str, Any],
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": id,
        "geometry": {"type": "Point", "coordinates": [round(point.longitude, 6), round(point.latitude, 6)]},
        "properties": {**properties, "district": point.district},
        "simulation": simulation,
    }


def _lots(points: list[Point]) -> list[dict[str, Any]]:
    return [
        _lot(row, _district(points, float(row["longitude"]), float(row["latitude"]))) for row in _rows("carparks.csv")
    ]


def _lot(row: dict[str, str], district: str) -> dict[str, Any]:
    properties = {
        "name": row["name"],
        "kind": "parking_lot",
        "operator": row["operator"],
        "public": True,
        "capacity": int(row["capacity"]),
        "capacity_source": row["capacity_source"],
        "form": row["form"],
        "location_source": "estimate",
        "source": row["source"],
        "devices": [{"id": f"parkleitsystem-{row['id'].removeprefix('hro-')}", "model": "plain"}],
    }
    point = Point(float(row["longitude"]), float(row["latitude"]), district)
    simulation: dict[str, Any] = {"network": "plain", "rhythm": row["profile"]}
    if row["id"] in BARRIERS:
        properties["counts_start_anew"] = 1
        simulation["barriers"] = BARRIERS[row["id"]]
    return _feature(row["id"], point, properties, simulation)


def _spaces(points: list[Point]) -> list[dict[str, Any]]:
    row = [(street, number) for street in STREETS for number in range(SPACES_PER_STREET)]
    return [_space(points, street, number, count) for count, (street, number) in enumerate(row, start=1)]


def _space(points: list[Point], street: Street, number: int, count: int) -> dict[str, Any]:
    use, rhythm, stay = SPECIAL.get(number, ("standard", street.rhythm, street.stay_min))
    kind, word, site = ZONES.get(use, ("parking_spot", "Stellplatz", {}))
    district = _district(points, street.longitude, street.latitude)
    properties = {
        "name": f"{word} {street.name} {number + 1}",
        "kind": kind,
        "operator": "PGR",
        "public": True,
        "street": street.name,
        "use": use,
        "no_stopping": use == "fire_lane",
        **site,
        "location_source": "assumed",
        "devices": [{"id": _eui(1, count), "model": "bosch_parking_lot_sensor"}],
    }
    point = Point(street.longitude, street.latitude, district).moved(street.east * number, street.north * number)
    simulation = {"network": "tts", "decoded": False, "rhythm": rhythm, "stay_min": stay}
    return _feature(f"hro-space-{count:03d}", point, properties, simulation)


def _containers(points: list[Point]) -> list[dict[str, Any]]:
    """Set two containers in every district: alternately glass and litter, or paper and residual."""
    sites = [found for found in _by_district(points).values() for _ in range(2)]
    return [_container(found, count) for count, found in enumerate(sites, start=1)]


def _container(found: list[Point], count: int) -> dict[str, Any]:
    seaside = found[0].district.startswith(SEASIDE)
    size = (GLASS, SEASIDE_LITTER if seaside else LITTER, PAPER, RESIDUAL)[(count - 1) % 4]
    point = found[(count - 1) // 2 % len(found)].near(count * 0.382 % 1, 60 + count * 37 % 60)
    network, decoded = NETWORKS[count % len(NETWORKS)]
    weekdays = [(day + count) % 6 if size.every_weeks * len(size.weekdays) < 3 else day for day in size.weekdays]
    round_hour = 5 + count % 7
    properties = {
        "name": f"{size.word} {point.district} {count}",
        "kind": "waste_container",
        "operator": "Stadtentsorgung Rostock",
        "public": size is not RESIDUAL,
        "fraction": size.fraction,
        "capacity_l": size.capacity_l,
        "distance_empty_mm": size.empty,
        "distance_full_mm": size.full,
        "location_source": "assumed, near a public building",
        "emptying_weekdays": [day + 1 for day in weekdays],
        "emptying_every_weeks": size.every_weeks,
        "emptying_week_of": EVEN_WEEK,
        "emptying_hour": round_hour + 1,
        "devices": [{"id": _eui(2, count), "model": size.model}],
    }
    simulation = {
        "network": network,
        "decoded": decoded,
        "rhythm": ("promenade" if seaside else "street") if size.fraction == "litter" else "household",
        "percent_per_day": round(size.percent_per_day * (0.75 + count * 0.618 % 0.5), 2),
        "weekdays": weekdays,
        "every_weeks": size.every_weeks,
        "round_hour": round_hour,
        "period_min": (30, 40, 60)[count % 3],
    }
    return _feature(f"hro-container-{count:03d}", point, properties, simulation)


def _meters(points: list[Point]) -> list[dict[str, Any]]:
    """Put a meter into one building of every district, and more of them where the city is largest."""
    districts = _by_district(points)
    largest = sorted(districts, key=lambda name: -len(districts[name]))[:MORE_METERS]
    sites = [(districts[name][0], 1) for name in districts] + [(districts[name][1], 2) for name in largest]
    walk = enumerate(zip(sites, cycle(BUILDINGS)), start=1)
    return [_meter(point, number, count, building) for count, ((point, number), building) in walk]


def _meter(point: Point, number: int, count: int, building: tuple[str, int, int, int]) -> dict[str, Any]:
    rhythm, base, work, area = building
    size = 0.55 + count * 0.618 % 1
    lorawan = count % 4 == 0
    device = _eui(3, count) if lorawan else f"zaehler-{count:03d}"
    properties = {
        "name": f"Gebäudezähler {point.district} {number}",
        "kind": "energy_meter",
        "operator": "Stadtwerke Rostock",
        "public": True,
        "floor_area_m2": round(area * size, -1),
        "max_power_kw": round(2 * (base + work) * size / 1000),
        "devices": [{"id": device, "model": "yobiiq_em4301" if lorawan else "plain"}],
    }
    simulation = {
        "network": "chirpstack" if lorawan else "plain",
        "decoded": lorawan,
        "rhythm": rhythm,
        "base_w": round(base * size),
        "work_w": round(work * size),
    }
    return _feature(f"hro-meter-{count:03d}", point, properties, simulation)


def _homes(points: list[Point]) -> list[dict[str, Any]]:
    """Put meters into dwellings of some districts."""
    districts = _by_district(points)
    where = [districts[name][at % len(districts[name])] for name, several in HOMES.items() for at in range(several)]
    return [_home(point.near(count * 0.382 % 1, 90 + count * 41 % 80), count) for count, point in enumerate(where, 1)]


def _home(point: Point, count: int) -> dict[str, Any]:
    size = 0.6 + count * 0.618 % 1
    properties = {
        "name": f"Haushaltszähler {point.district} {count}",
        "kind": "energy_meter",
        "operator": "Stadtwerke Rostock",
        "public": False,
        "household": True,
        "max_power_kw": 14,
        "location_source": "assumed, near a public building",
        "devices": [{"id": f"haushalt-{count:03d}", "model": "plain"}],
    }
    base, work = round(110 * size), round(1900 * size)
    simulation = {"network": "plain", "decoded": False, "rhythm": "dwelling", "base_w": base, "work_w": work}
    return _feature(f"hro-home-{count:03d}", point, properties, simulation)


def _gateways(points: list[Point]) -> list[dict[str, Any]]:
    """Set ten gateways on buildings spread over the list of points."""
    chosen = points[:: len(points) // 10][:10]
    return [
        {"id": f"hro-gateway-{i:02d}", "eui": _eui(9, i), "longitude": point.longitude, "latitude": point.latitude}
        for i, point in enumerate(chosen, start=1)
    ]


def _eui(block: int, number: int) -> str:
    """Make an EUI-64 that no maker owns: the second bit of the first byte says locally administered (IEEE)."""
    return f"02534d43{block:04x}{number:04x}"


if __name__ == "__main__":
    write()
