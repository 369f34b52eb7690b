from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from smilecity import options
from smilecity.cli import app
from smilecity.rooms import open_catalogue, rooms
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from pathlib import Path

    from smilecity.settings import Settings

LOOKING = (
    ("process",),
    ("process", "--backfill", "-7d", "now"),
    ("explain", "lot", "occupancy_hour"),
    ("query", "lot", "occupancy_hour"),
    ("export", "out.csv"),
    ("plot", "lot", "occupancy_hour"),
    ("rehearse", "car_park_full"),
    ("collection",),
    ("visits",),
    ("blocked",),
    ("compact",),
    ("backup", "copy"),
    ("ledger",),
    ("audit",),
    ("things", "list"),
    ("things", "export"),
    ("things", "calibrate", "lot", "capacity=1", "--since", "-1d"),
    ("devices", "list"),
    ("devices", "assign", "d", "lot", "--model", "plain"),
    ("quarantine", "list"),
    ("alerts", "list"),
    ("alerts", "silence", "--until", "+1h", "--rule", "car_park_full"),
    ("keys", "list"),
)


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_what_looks_at_a_city_says_that_there_is_none_and_leaves_the_place_alone(
    command: tuple[str, ...], tmp_path: Path
):
    data = tmp_path / "typo" / "city"
    written = [str(tmp_path / each) if each in ("out.csv", "copy") else each for each in command]
    done = CliRunner().invoke(app, [*written, "--data", str(data)])
    assert isinstance(done.exception, ValueError)
    assert str(data) in str(done.exception)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["process", "serve"])
def test_at_the_terminal_it_is_one_sentence(command: str, tmp_path: Path):
    done = smilecity(command, "--data", str(tmp_path / "typo"))
    assert done.returncode == 1
    assert "nothing is there yet" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_the_sentence_says_how_to_begin(tmp_path: Path):
    begin = "'smilecity up', 'smilecity things add FILE'"
    with pytest.raises(ValueError, match=begin), rooms(_settings(tmp_path), "a test"):
        pass


def test_what_begins_makes_what_others_then_look_at(tmp_path: Path):
    with rooms(_settings(tmp_path), "a test", begins=True):
        pass
    with rooms(_settings(tmp_path), "a test") as (_, catalogue):
        assert not catalogue.things()


def test_a_catalogue_is_enough_and_so_is_a_store_that_is_named(tmp_path: Path):
    open_catalogue(_settings(tmp_path), begins=True).close()
    with rooms(_settings(tmp_path), "a test"):
        pass
    store = f"duckdb://{tmp_path}/city/city.duckdb"
    with rooms(options.settings(data=tmp_path / "other", store=store), "a test"):
        pass
    away = options.settings(data=tmp_path / "third", store=f"duckdb://{tmp_path}/typo.duckdb")
    with pytest.raises(ValueError, match="nothing is there"), rooms(away, "a test"):
        pass


def test_a_catalogue_elsewhere_is_looked_for_there(tmp_path: Path):
    elsewhere = options.settings(data=tmp_path / "a", catalogue=f"sqlite:///{tmp_path}/shared.sqlite")
    with pytest.raises(ValueError, match="nothing is there"):
        open_catalogue(elsewhere)
    open_catalogue(elsewhere, begins=True).close()
    with closing(open_catalogue(elsewhere)) as catalogue:
        assert not catalogue.things()


def _settings(folder: Path) -> Settings:
    return options.settings(data=folder / "city")
