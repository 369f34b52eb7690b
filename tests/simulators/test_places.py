from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulators.places import read_places

if TYPE_CHECKING:
    from pathlib import Path


def test_a_feature_without_simulation_is_not_simulated(tmp_path: Path):
    feature = {
        "type": "Feature",
        "id": "p1",
        "geometry": {"type": "Point", "coordinates": [12.1, 54.1]},
        "properties": {"name": "P1", "kind": "parking_lot", "capacity": 9, "devices": [{"id": "d1", "model": "plain"}]},
    }
    simulated = {**feature, "id": "p2", "simulation": {"network": "plain", "rhythm": "centre", "stay_min": 5}}
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, simulated]}), encoding="utf-8")
    [place] = read_places(path).places
    assert (place.thing, place.device, place.model, place.network) == ("p2", "d1", "plain", "plain")
    assert place.site == {"capacity": 9}
    assert place.habit == {"stay_min": 5}


def test_no_place_and_no_gateway_are_a_city_too(tmp_path: Path):
    path = tmp_path / "empty.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    read = read_places(path)
    assert (read.places, read.gateways) == ((), ())
