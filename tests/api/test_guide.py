"""The examples of docs/api.md run as they stand there, against a real server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.app import create_app
from tests.api.listening import serving

if TYPE_CHECKING:
    from api.app import Services

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_every_example_of_the_guide(services: Services):
    assert len(EXAMPLES) >= 4
    with serving(create_app(services)) as url:
        for example in EXAMPLES:
            exec(compile(example, str(GUIDE), "exec"), {"BASE": url.rstrip("/")})  # noqa: S102 - our own page


def test_paths_in_the_guide_exist(services: Services):
    paths = create_app(services).openapi()["paths"]
    named = set(re.findall(r"`(/v1/[a-z/{}]+)", GUIDE.read_text(encoding="utf-8")))
    assert {name.rstrip("/") for name in named} - set(paths) == set()
