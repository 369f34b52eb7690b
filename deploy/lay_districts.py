"""Draws the page's calm base map: one area per district, laid around its known building points. Run by hand, once.

    pip install shapely
    python deploy/lay_districts.py simulators/places.csv simulators/carparks.csv api/web/districts.geojson

Facts: the 134 building points of OpenData.HRO ``bundestagswahl_2017`` (Hansestadt Rostock, CC BY 4.0). The areas are
ours: Voronoi cells (each place belongs to its nearest point) joined per district and kept near points and car parks, so
that river, forest and sea stay empty. They are no official boundaries. Lengths are metres on a plane around the city.
"""  # noqa: INP001 - a folder of single programs, no package

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.ops import unary_union

METRES_PER_DEGREE = 111_320.0
MIDDLE = (12.11, 54.12)
REACH = 680.0
"""How far an area reaches from its points."""
CARPARK_REACH = 260.0
ROUND = 180.0
"""Radius that softens corners and closes small gaps."""
STREET = 5.0
"""Half the width of the gap between two districts."""
DETAIL = 12.0
SMALLEST = 60_000.0
"""Square metres: shreds below this are left out."""
SOURCE = "OpenData.HRO bundestagswahl_2017, Hansestadt Rostock, CC BY 4.0"
NOTE = "approximate areas around building points, not official boundaries"

Plane = tuple[float, float]
"""Metres east and north of the middle of the city."""

East = METRES_PER_DEGREE * math.cos(math.radians(MIDDLE[1]))


def to_plane(longitude: float, latitude: float) -> Plane:
    """Lay degrees on the plane."""
    return (longitude - MIDDLE[0]) * East, (latitude - MIDDLE[1]) * METRES_PER_DEGREE


def to_degrees(x: float, y: float) -> list[float]:
    """Give longitude and latitude, rounded to about 5 m."""
    return [round(MIDDLE[0] + x / East, 5), round(MIDDLE[1] + y / METRES_PER_DEGREE, 5)]


def read_points(path: Path) -> dict[str, list[Plane]]:
    """Give the distinct points of each district on the plane; those of a file without districts under no name."""
    points = defaultdict(set)
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            points[row.get("district", "")].add(to_plane(float(row["longitude"]), float(row["latitude"])))
    return {district: sorted(places) for district, places in sorted(points.items())}


def cells(points: dict[str, list[Plane]]) -> dict[str, Any]:
    """Join the Voronoi cells of each district's points; a point shared by districts goes to the one with the fewest."""
    by_size = sorted(points, key=lambda district: -len(points[district]))
    owner = {place: district for district in by_size for place in points[district]}
    sites = MultiPoint(list(owner))
    found = shapely.voronoi_polygons(sites, extend_to=sites.buffer(4 * REACH)).geoms
    cell_of = defaultdict(list)
    for cell in found:
        inside = next(place for place in owner if cell.covers(Point(place)))
        cell_of[owner[inside]].append(cell)
    return {district: unary_union(parts) for district, parts in cell_of.items()}


def settled(points: dict[str, list[Plane]], carparks: list[Plane]) -> Any:
    """Give the ground near any point, its small gaps closed and its corners softened."""
    around_points = [Point(place).buffer(REACH) for places in points.values() for place in places]
    near = unary_union([*around_points, *(Point(place).buffer(CARPARK_REACH) for place in carparks)])
    return near.buffer(ROUND).buffer(-2 * ROUND).buffer(ROUND)


def drawn(area: Any) -> list[Polygon]:
    """Soften an area, draw it with few corners, and drop its shreds."""
    soft = area.buffer(-STREET - 60).buffer(60).simplify(DETAIL)
    parts = getattr(soft, "geoms", [soft])
    return [Polygon(part.exterior) for part in parts if part.area > SMALLEST]


def group_of(district: str) -> str:
    """Give the short name that a district shares with its neighbours: ``Südstadt II`` belongs to ``Südstadt``."""
    return re.sub(r" I+$", "", district).removeprefix("Seebad ")


def feature(district: str, parts: list[Polygon], places: list[Plane]) -> dict[str, Any]:
    """Write one district as a GeoJSON feature, with the place for its name."""
    rings = [[[to_degrees(*corner) for corner in part.exterior.coords]] for part in parts]
    label = max(parts, key=lambda part: part.area).representative_point()
    properties = {
        "name": district,
        "group": group_of(district),
        "label": to_degrees(label.x, label.y),
        "points": len(places),
    }
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiPolygon", "coordinates": rings},
    }


def lay(points: dict[str, list[Plane]], carparks: list[Plane]) -> dict[str, Any]:
    """Draw the whole map."""
    ground = settled(points, carparks)
    areas = {district: drawn(cell.intersection(ground)) for district, cell in cells(points).items()}
    features = [feature(district, areas[district], points[district]) for district in sorted(areas) if areas[district]]
    return {"type": "FeatureCollection", "source": SOURCE, "note": NOTE, "features": features}


def main(places: str, carparks: str, target: str) -> None:
    """Read points and car parks from two files and write the map to a third."""
    parks = read_points(Path(carparks))[""]
    document = json.dumps(lay(read_points(Path(places)), parks), ensure_ascii=False, separators=(",", ":"))
    Path(target).write_text(document.replace('{"type":"Feature"', '\n{"type":"Feature"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
