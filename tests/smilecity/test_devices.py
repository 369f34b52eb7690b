"""``smilecity devices`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sensors.geojson import geojson_from_things
from sensors.model import Thing
from tests.publishing import publish
from tests.servers import free_port, wait_until
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Register two containers without devices."""
    things = [
        Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, properties=SITE)
        for name in ("bin-1", "bin-2")
    ]
    (tmp_path / "bins.geojson").write_text(json.dumps(geojson_from_things(things)))
    assert smilecity("things", "add", str(tmp_path / "bins.geojson"), "--data", str(tmp_path / "city")).returncode == 0
    return tmp_path


SITE = {"distance_empty_mm": 1000, "distance_full_mm": 0}


def devices(folder: Path, *arguments: str) -> tuple[int, str]:
    done = smilecity("devices", *arguments, "--data", str(folder / "city"))
    return done.returncode, done.stdout + done.stderr


def test_a_device_is_assigned_moved_and_ended_and_late_readings_find_their_thing(folder: Path):
    assert devices(folder, "assign", "24-E1-24-71-3C-40-19-25", "bin-1", "--model", "plain")[0] == 0
    assert devices(folder, "assign", "24e124713c401925", "bin-2", "--since", "2026-03-01T12:00:00Z")[0] == 0
    assert devices(folder, "end", "24e124713c401925", "--at", "2026-04-01T12:00:00Z")[0] == 0
    shown = devices(folder, "list")[1]
    assert shown.count("24e124713c401925") == 2
    assert "2026-03-01 12:00:00 UTC" in shown
    port = free_port()
    with up(folder, "--mqtt-port", str(port)) as running:
        times = ("2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z", "2026-05-01T00:00:00Z")
        topic = "city/waste/24e124713c401925"
        publish(port, [(topic, json.dumps({"time": time, "distance": 400})) for time in times])
        wait_until(lambda: running.get("/v1/ledger")["total"]["stored"] == 2, what="two messages to be stored")
        for thing, time in zip(("bin-1", "bin-2"), times, strict=False):
            rows = running.get(f"/v1/observations?thing={thing}&property=filling_level&from=2026-01-01")["observations"]
            assert [(row["phenomenon_time"], row["result"]) for row in rows] == [(time.replace("Z", ".000Z"), 60)]
        (waiting,) = running.get("/v1/quarantine")["quarantine"]
        assert waiting["reason"] == "unassigned_device"
        shown = running.get("/v1/devices?thing=bin-2")["devices"]
    assert shown == [
        {
            "id": "24e124713c401925",
            "model": "plain",
            "thing": "bin-2",
            "valid_from": "2026-03-01T12:00:00.000Z",
            "valid_to": "2026-04-01T12:00:00.000Z",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("assign", "x", "bin-1"), "say which model it is"),
        (("assign", "x", "bin-1", "--model", "plane"), "Did you mean 'plain'?"),
        (("assign", "x", "bin-3", "--model", "plain"), "Did you mean 'bin-"),
        (("end", "x"), "observes nothing"),
        (("assign", "x", "bin-1", "--model", "plain", "--since", "soon"), "'soon' is no moment"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder: Path, arguments: tuple[str, ...], sentence: str):
    status, said = devices(folder, *arguments)
    assert status == (2 if "moment" in sentence else 1)
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
