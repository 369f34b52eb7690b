"""What a city declares itself is read from its folders before anything else is opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sensors.clock import city_milliseconds, milliseconds
from sensors.devices import models
from sensors.own_models import know
from sensors.topics import envelope_of, listen_also
from smilecity.commands.things import add
from smilecity.own import MAX_BYTES, know_own
from smilecity.settings import Settings
from smilecity.sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = 'name = "harbour_bin"\n[fields.abstand]\nproperty = "distance"\nunit = "cm"\n'


@pytest.fixture(autouse=True)
def nothing_stays_known() -> Iterator[None]:
    yield
    know(())
    listen_also(())


def test_the_folder_is_in_the_data_folder_where_nothing_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert Settings(data=tmp_path).folder("models") is None
    for name in ("models", "ours"):
        (tmp_path / name).mkdir()
    assert Settings(data=tmp_path).folder("models") == tmp_path / "models"
    monkeypatch.setenv("SMILECITY_MODELS", str(tmp_path / "ours"))
    assert Settings(data=tmp_path).folder("models") == tmp_path / "ours"


def test_without_a_folder_there_are_no_models_of_the_citys_own(tmp_path: Path):
    know_own(Settings(data=tmp_path))
    assert "harbour_bin" not in models()


def test_a_folder_that_was_named_must_be_there(tmp_path: Path):
    with pytest.raises(ValueError, match="is not there: make it, or leave SMILECITY_MODELS out"):
        know_own(Settings(data=tmp_path, models=tmp_path / "nowhere"))


def test_every_wrong_file_is_named_with_its_sentence(tmp_path: Path):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "good.toml").write_text(MODEL)
    (folder / "bytes.toml").write_bytes(b"\xff\xfe")
    (folder / "large.toml").write_text("#" * (MAX_BYTES + 1))
    (folder / "unit.toml").write_text(MODEL.replace("cm", "cmm"))
    (folder / "notes.txt").write_text("no model")
    with pytest.raises(ValueError, match=r"\.toml") as caught:
        know_own(Settings(data=tmp_path))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "bytes.toml': it is not UTF-8 text." in lines[0]
    assert "large.toml': it is larger than 1 MiB" in lines[1]
    assert "unit.toml': field 'abstand': 'cmm' is no UCUM unit" in lines[2]


def test_a_thing_may_be_observed_by_a_model_of_the_citys_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "bin.toml").write_text(MODEL)
    bin_7 = {
        "type": "Feature",
        "id": "bin-7",
        "geometry": {"type": "Point", "coordinates": [12.1, 54.09]},
        "properties": {
            "kind": "waste_container",
            "distance_empty_mm": 1500,
            "distance_full_mm": 200,
            "devices": [{"id": "24e124713c401925", "model": "harbour_bin"}],
        },
    }
    file = tmp_path / "city.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [bin_7]}))
    add(file, data=tmp_path / "data")
    assert "1 things and 1 devices added" in capsys.readouterr().out


FORMAT = """
name = "bins"
topics = ["stadt/abfall/+"]
device = "topic:-1"
values = { filling_level = "messwert.fuellstand" }
"""


def test_a_format_of_the_citys_own_is_listened_to(tmp_path: Path):
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "bins.toml").write_text(FORMAT)
    know_own(Settings(data=tmp_path))
    (uplink,) = envelope_of("stadt/abfall/b7").open(b'{"messwert": {"fuellstand": 40}}', "stadt/abfall/b7")
    assert (uplink.device, uplink.fields) == ("b7", {"filling_level": 40})
    (source,) = sources(Settings(data=tmp_path), "mqtt://127.0.0.1")
    assert "stadt/abfall/+" in source.topics


def test_a_wrong_format_is_named_with_its_sentence(tmp_path: Path):
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "bins.toml").write_text(FORMAT.replace("device", "gadget"))
    with pytest.raises(ValueError, match=r"message formats: '.*bins.toml': this is no format"):
        know_own(Settings(data=tmp_path))


def test_times_without_a_zone_are_read_in_the_citys(tmp_path: Path):
    know_own(Settings(data=tmp_path, zone="UTC"))
    assert city_milliseconds("2026-06-01T12:00:00") == milliseconds("2026-06-01T12:00:00Z")
    know_own(Settings(data=tmp_path))
    assert city_milliseconds("2026-06-01T12:00:00") == milliseconds("2026-06-01T10:00:00Z")
