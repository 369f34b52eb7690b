"""The command line on a catalogue in PostgreSQL, which the data folders of two machines share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sensors.model import Message, Rejected
from storage.catalogue import Catalogue, Counts
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers import PostgreSQL

BIN = {"type": "Feature", "id": "bin-8", "geometry": {"type": "Point", "coordinates": [12.1, 54.09]}}


def test_two_folders_share_a_catalogue(postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = postgresql.database()
    bare = url.replace(f":{postgresql.password}@", "@")
    (tmp_path / "secret").write_text(postgresql.password)
    monkeypatch.setenv("SMILECITY_CATALOGUE_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SMILECITY_CATALOGUE", bare)
    said = {"name": "Bin", "kind": "waste_container", "distance_empty_mm": 1500, "distance_full_mm": 300}
    (tmp_path / "bin.geojson").write_text(json.dumps({**BIN, "properties": said}))
    added = smilecity("things", "add", str(tmp_path / "bin.geojson"), "--data", str(tmp_path / "one"))
    assert added.returncode == 0, added.stderr
    catalogue = Catalogue(url)
    why = Rejected(Message("city", "t", b"x", 1), "unknown_device", "who?", "d")
    catalogue.settle("city", "w", Counts(received=1, quarantined=1), [why])
    catalogue.close()
    listed = smilecity("ledger", "--json", "--catalogue", bare, "--data", str(tmp_path / "two"))
    assert json.loads(listed.stdout)["entries"][0]["quarantined"] == 1
    with up(tmp_path) as running:
        assert [thing["id"] for thing in running.get("/v1/things")["things"]] == ["bin-8"]
    assert not list(tmp_path.rglob("catalogue.sqlite"))


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMILECITY_CATALOGUE", "postgresql://me:geheim@127.0.0.1:1/city")
    answer = smilecity("ledger", "--data", str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.startswith("smilecity: the catalogue 'postgresql://me:***@127.0.0.1:1/city")
    assert "geheim" not in answer.stderr
    assert "Traceback" not in answer.stderr
