"""Vendors' codecs are read from their folder: those that a device model names, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sensors import devices
from sensors.codec import CodecError, codec, know
from sensors.device import DeviceModel, Field
from smilecity.codecs import MAX_BYTES, know_codecs
from smilecity.rooms import open_catalogue
from smilecity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = "function decodeUplink(input) { return {data: {distance: input.bytes[0], name: 'Müll'}}; }"


def model(name: str, file: str) -> DeviceModel:
    fields = {"distance": Field(property="distance")}
    return DeviceModel(name=name, vendor="v", model="m", source="made up", fields=fields, codec=file)


@pytest.fixture(autouse=True)
def harbour() -> Iterator[None]:
    devices.know([model("harbour_bin", "harbour/bin.js"), model("harbour_lid", "lid.js")])
    yield
    know({})
    devices.know(())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "codecs" / "harbour").mkdir(parents=True)
    return tmp_path / "codecs"


def test_the_folder_is_in_the_data_folder_where_nothing_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("codecs", "ours"):
        (tmp_path / name).mkdir()
    assert Settings(data=tmp_path).folder("codecs") == tmp_path / "codecs"
    monkeypatch.setenv("SMILECITY_CODECS", str(tmp_path / "ours"))
    assert Settings(data=tmp_path).folder("codecs") == tmp_path / "ours"


def test_a_codec_that_a_model_names_is_known_and_no_other(tmp_path: Path, folder: Path):
    (folder / "harbour" / "bin.js").write_text(f"\ufeff{SOURCE}", encoding="utf-8")
    (folder / "other.js").write_text(SOURCE, encoding="utf-8")
    know_codecs(Settings(data=tmp_path))
    found = codec("harbour/bin.js")
    assert found is not None
    assert found.decode(b"\x05", 1, 0) == {"distance": 5, "name": "Müll"}
    assert codec("lid.js") is codec("other.js") is None


def test_without_a_folder_no_codec_is_known(tmp_path: Path):
    know_codecs(Settings(data=tmp_path))
    assert codec("lid.js") is None


def test_a_folder_that_was_named_must_be_there(tmp_path: Path):
    with pytest.raises(ValueError, match="is not there: make it, or leave SMILECITY_CODECS out"):
        know_codecs(Settings(data=tmp_path, codecs=tmp_path / "nowhere"))


def test_every_file_that_cannot_be_a_codec_is_named_with_its_sentence(tmp_path: Path, folder: Path):
    (folder / "harbour" / "bin.js").write_bytes(b"\xff\xfe")
    (folder / "lid.js").write_text("/" * (MAX_BYTES + 1), encoding="utf-8")
    devices.know([*map(devices.models().get, ("harbour_bin", "harbour_lid")), model("thief", "../secret.js")])  # type: ignore[list-item]
    with pytest.raises(CodecError) as caught:
        know_codecs(Settings(data=tmp_path))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "within the folder of codecs" in lines[0]
    assert "bin.js': it is not UTF-8 text." in lines[1]
    assert "lid.js': it is larger than 2 MiB" in lines[2]


def test_whoever_opens_the_catalogue_knows_the_codecs(tmp_path: Path, folder: Path):
    own = tmp_path / "models"
    own.mkdir()
    (own / "crate.toml").write_text('name = "crate"\ncodec = "lid.js"\n[fields]\nd = "distance"\n', encoding="utf-8")
    (folder / "lid.js").write_text(SOURCE, encoding="utf-8")
    open_catalogue(Settings(data=tmp_path), begins=True).close()
    assert codec("lid.js") is not None
