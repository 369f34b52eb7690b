from __future__ import annotations

import pytest

from api.form import all_forms, chosen_form, offered
from api.problem import ProblemError

OFFERED = ("json", "csv", "arrow", "parquet")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.5, application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.stream, text/csv;q=0.9, */*;q=0.1", "arrow"),
        ("application/json;q=0, */*", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("application/json;q=nonsense, text/csv", "csv"),
    ],
)
def test_what_is_liked_best_is_given(accept, form):
    assert chosen_form(None, accept, OFFERED) == form


def test_format_goes_before_accept():
    assert chosen_form("arrow", "text/csv", OFFERED) == "arrow"


def test_what_is_not_there_is_named():
    with pytest.raises(ProblemError, match="here is 'application/json', 'text/csv'") as refusal:
        chosen_form(None, "application/xml", OFFERED)
    assert refusal.value.code == "not-acceptable"


def test_every_form_is_found_and_named_as_its_file():
    assert list(all_forms()) == ["arrow", "csv", "geojson", "json", "ndjson", "parquet"]
    assert offered()[0] == "json"
