from __future__ import annotations

import pytest

from sensors.discovery import module_names
from smilecity import commands
from storage.catalogue import Catalogue
from tests.smilecity.running import smilecity


def test_help_names_every_command():
    answer = smilecity("--help")
    assert answer.returncode == 0
    for name in module_names(commands):
        assert name in answer.stdout


@pytest.mark.parametrize("name", module_names(commands))
def test_every_command_explains_itself(name: str):
    answer = smilecity(name, "--help")
    assert answer.returncode == 0
    assert len(answer.stdout.split()) > 25


def test_a_wrong_file_is_a_sentence(tmp_path):
    wrong = tmp_path / "city.geojson"
    wrong.write_text("[1, 2]")
    answer = smilecity("things", "add", str(wrong), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "FeatureCollection" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_query_for_what_is_not_there_says_so(tmp_path):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    answer = smilecity("query", "bin-7", "filling_level", "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "bin-7" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_wrong_moment_names_the_forms(tmp_path):
    answer = smilecity("query", "bin-7", "filling_level", "--from", "gestern", "--data", str(tmp_path))
    assert answer.returncode == 2
    assert "-24h" in answer.stderr


def test_boards_of_a_store_that_grafana_cannot_read_lead_to_the_web_page(tmp_path):
    answer = smilecity("boards", "export", str(tmp_path / "grafana"), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "Grafana has no data source for the store 'duckdb://'. The page of 'smilecity up'" in answer.stderr
