"""The examples of docs/sensorthings.md, asked as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.city import Client

DOCUMENT = (Path(__file__).parents[3] / "docs" / "sensorthings.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"(?P<query>[^\n]+)\n(?P<expected>(?:-> [^\n]+\n)+)")
EXAMPLES = [
    (example["query"], example["expected"].splitlines())
    for block in re.findall(r"```sta\n(.*?)```", DOCUMENT, re.DOTALL)
    for example in EXAMPLE.finditer(block)
]


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
@pytest.mark.parametrize(("query", "expected"), EXAMPLES)
def test_an_example_gives_what_it_says(client: Client, query, expected):
    answer = client.get(f"/sta/v1.1/{query}")
    for line in expected:
        path, _, wanted = line.removeprefix("-> ").partition(" ")
        relation, _, wanted = wanted.partition(" ")
        found = str(answer.status_code) if path == "status" else told(answer.json(), path)
        assert found.startswith(wanted) if relation == "begins" else found == wanted, answer.text


def told(document: Any, path: str) -> str:
    """Follow a path of the page: members behind points, places in brackets."""
    for place, name in re.findall(r"\[(\d+)\]|\.(@iot\.\w+|\w+)", path):
        document = document[int(place)] if place else document[name]
    return "null" if document is None else str(document)


def test_there_are_examples():
    assert len(EXAMPLES) >= 8
