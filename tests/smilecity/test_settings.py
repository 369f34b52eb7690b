from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from holidays import country_holidays
from pydantic import ValidationError

from processing.region import LANDS
from smilecity import options
from smilecity.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_data_folder_holds_store_and_catalogue(tmp_path: Path):
    settings = Settings(data=tmp_path)
    assert settings.store_url() == f"duckdb://{tmp_path}/city.duckdb"
    assert settings.catalogue_url() == f"sqlite:///{tmp_path}/catalogue.sqlite"


def test_servers_listen_on_this_machine_only():
    assert Settings().host == "127.0.0.1"


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMILECITY_PORT", "9000")
    monkeypatch.setenv("SMILECITY_HOST", "::1")
    settings = options.settings(port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "::1")


def test_a_password_comes_from_the_environment_or_a_file_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SMILECITY_BROKER_PASSWORD", "geheim")
    assert Settings().password() == "geheim"
    assert "geheim" not in repr(Settings())
    (tmp_path / "secret").write_text("anders\n")
    monkeypatch.setenv("SMILECITY_BROKER_PASSWORD_FILE", str(tmp_path / "secret"))
    assert Settings().password() == "anders"


def test_no_password_is_none():
    assert Settings().password() is None


def test_a_port_that_cannot_be_is_refused():
    with pytest.raises(ValidationError):
        Settings(port=70_000)


def test_the_catalogues_password_is_given_apart_and_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SMILECITY_CATALOGUE", "postgresql://me:geheim@host/city")
    assert Settings().password_of_catalogue() is None
    monkeypatch.setenv("SMILECITY_CATALOGUE_PASSWORD", "geheim")
    assert Settings().password_of_catalogue() == "geheim"
    assert "geheim" not in repr(Settings())
    (tmp_path / "secret").write_text("anders\n")
    monkeypatch.setenv("SMILECITY_CATALOGUE_PASSWORD_FILE", str(tmp_path / "secret"))
    assert Settings().password_of_catalogue() == "anders"


@pytest.mark.parametrize("url", ["postgresql://me:geheim@host/city", "postgresql://host/city?user=me&password=geheim"])
def test_a_password_in_an_option_is_refused(url: str):
    with pytest.raises(ValueError, match="SMILECITY_CATALOGUE_PASSWORD") as told:
        options.settings(catalogue=url)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize("url", ["postgresql://me@host:5432/city", "sqlite:///folder/a.sqlite", "postgresql:///city"])
def test_a_catalogue_without_a_password_is_an_option(url: str):
    assert options.settings(catalogue=url).catalogue_url() == url


@pytest.mark.parametrize("name", ["", "../../evil", ".hidden", "a/b", "x" * 65, "a b"])
def test_a_worker_s_name_names_files_and_sessions_so_it_is_bounded(name: str):
    with pytest.raises(ValueError, match="--worker cannot be"):
        options.settings(worker=name)


@pytest.mark.parametrize(("name", "value"), [("PORT", "abc"), ("MQTT_PORT", "70000")])
def test_a_wrong_setting_is_one_sentence_with_its_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"SMILECITY_{name}", value)
    with pytest.raises(ValueError, match=f"SMILECITY_{name} cannot be '{value}'") as refused:
        options.settings()
    assert "pydantic" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "said", "known"), [("LAND", "XX", "MV, NI, NW"), ("ZONE", "Mars/Olympus", "Europe/Berlin")]
)
def test_a_land_or_a_zone_that_is_none_is_told_when_settings_are_read(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str, known: str
):
    monkeypatch.setenv(f"SMILECITY_{name}", said)
    with pytest.raises(ValueError, match=rf"SMILECITY_{name} cannot be '{said}': no .* is called so\..*{known}"):
        options.settings()


def test_every_land_that_the_calendar_knows_may_be_set():
    assert set(LANDS) == set(country_holidays("DE").subdivisions)
    assert {Settings(land=land).region().land for land in LANDS} == set(LANDS)
