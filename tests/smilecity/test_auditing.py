"""What is administered at a terminal stands in the audit log, with who did it and whose things it concerns."""

from __future__ import annotations

import getpass
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from sensors.geojson import geojson_from_things
from sensors.model import Thing
from smilecity.cli import app
from storage.catalogue import Catalogue
from tests.alerting import alert, fired

if TYPE_CHECKING:
    from pathlib import Path

    from storage.audit import Deed

SITE = {"distance_empty_mm": 1000, "distance_full_mm": 0}
BINS = [
    Thing(id=f"bin-{n}", name="", kind="waste_container", longitude=12, latitude=54, operator=who, properties=SITE)
    for n, who in ((1, "SR"), (2, "WR"))
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, things in (("both", BINS), ("one", BINS[:1])):
        (tmp_path / f"{name}.geojson").write_text(json.dumps(geojson_from_things(things)))
    return tmp_path


def run(folder: Path, *words: str, status: int = 0) -> None:
    done = CliRunner().invoke(app, [*words, "--data", str(folder / "city")])
    assert done.exit_code == status, done.output


def deeds(folder: Path) -> list[Deed]:
    with closing(Catalogue(f"sqlite:///{folder}/city/catalogue.sqlite")) as catalogue:
        return list(reversed(catalogue.audit.deeds()))


def test_what_changes_the_register_is_noted(folder: Path):
    run(folder, "things", "add", str(folder / "both.geojson"), "--dry-run")
    run(folder, "things", "add", str(folder / "both.geojson"))
    run(folder, "things", "add", str(folder / "one.geojson"))
    run(folder, "things", "calibrate", "bin-1", "distance_full_mm=100", "--since", "2026-03-01T00:00:00Z")
    run(folder, "devices", "assign", "dev-1", "bin-1", "--model", "plain")
    run(folder, "devices", "assign", "dev-1", "bin-2", "--since", "2026-03-01T12:00:00Z")
    run(folder, "devices", "end", "dev-1", "--at", "2026-04-01T12:00:00Z")
    run(folder, "devices", "assign", "dev-2", "nowhere", "--model", "plain", status=1)
    noted = deeds(folder)
    assert [(deed.action, deed.operator) for deed in noted] == [
        ("things add 'both.geojson': 2 things, 0 devices", ""),
        ("things add 'one.geojson': 1 things, 0 devices", "SR"),
        ("things calibrate bin-1 distance_full_mm=100 --since 2026-03-01T00:00:00Z", "SR"),
        ("devices assign dev-1 bin-1", "SR"),
        ("devices assign dev-1 bin-2 since 2026-03-01 12:00:00 UTC", "WR"),
        ("devices end dev-1 at 2026-04-01 12:00:00 UTC", "WR"),
    ]
    assert {deed.who for deed in noted} == {getpass.getuser()}
    assert all(deed.whence.startswith("terminal of ") for deed in noted)


def test_what_is_done_about_alerts_and_quarantine_is_noted(folder: Path):
    run(folder, "things", "add", str(folder / "one.geojson"))
    with closing(Catalogue(f"sqlite:///{folder}/city/catalogue.sqlite")) as catalogue:
        catalogue.alerts.note([fired("bin-1", rule="container_overflow", operator="SR")], known=0)
    key = alert("bin-1", rule="container_overflow").key
    run(folder, "alerts", "acknowledge", key, "--who", "Ada")
    run(folder, "alerts", "silence", "--operator", "SR", "--until", "+2h", "--who", "Ada")
    run(folder, "alerts", "unsilence", "1")
    run(folder, "quarantine", "replay", "--device", "dev-1")
    assert [(deed.action.partition(" until ")[0], deed.operator) for deed in deeds(folder)[1:]] == [
        ("alerts acknowledge container_overflow/bin-1 as 'Ada'", "SR"),
        ("alerts silence 1 --operator 'SR'", "SR"),
        ("alerts unsilence 1", "SR"),
        ("quarantine replay --device 'dev-1'", ""),
    ]
