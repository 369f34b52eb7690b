from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smilecity.lock import DataInUseError, hold

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_held_once_and_let_go(tmp_path: Path):
    data = tmp_path / "new" / "folder"
    with hold(data, "'a test'", "http://127.0.0.1:1/"), pytest.raises(DataInUseError, match="'a test'") as refused:
        hold(data, "'another'")
    assert refused.value.url == "http://127.0.0.1:1/"
    hold(data, "'another'").close()
