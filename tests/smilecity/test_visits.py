"""``smilecity visits`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.visits import VisitList
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

BINS = tuple(
    Thing(id=name, name=f"Bin {name}", kind="waste_container", longitude=12.1, latitude=54.1, district=district)
    for name, district in (("a", "Mitte"), ("b", "Nord"), ("c", "Mitte"))
)
AT = ("--at", "2026-06-01T12:00:00Z")


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    """Let one container have spoken a minute ago, one ten days ago, and one never."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    store = open_store(f"duckdb://{tmp_path}/city.duckdb")
    catalogue.put(BINS)
    times = np.array(["2026-06-01T11:59", "2026-05-22T12:00"], dtype="datetime64[ms]")
    store.write(Batch.of([Datastream(one.id, "filling_level") for one in BINS[:2]], [0, 1], times, [40.0, 50.0]))
    catalogue.close()
    store.close()
    return "--data", str(tmp_path)


def test_who_is_silent_is_listed_with_the_reason(data: tuple[str, str]):
    done = smilecity("visits", *AT, *data)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "2 sensors" in said
    assert "silent for 20" in said
    assert "was never heard" in said
    assert "Bin a" not in said


def test_it_is_json_for_other_programs_and_says_it_in_german(data: tuple[str, str]):
    document = VisitList.model_validate_json(smilecity("visits", *AT, "--json", *data).stdout)
    found = document.visits
    assert [(one.thing, one.state) for one in found] == [("b", "visit"), ("c", "visit")]
    assert found[0].silent_times == pytest.approx(20)
    assert (found[1].reasons, found[1].reasons_de) == (["was never heard"], ["wurde noch nie gehört"])
    assert "noch nie" in smilecity("visits", *AT, "--german", *data).stdout


def test_it_is_the_same_from_a_running_platform(data: tuple[str, str], tmp_path: Path):
    asked = ("visits", "--json", "--watch", "--district", "Mitte", *AT, *data)
    alone = json.loads(smilecity(*asked).stdout)
    assert [one["thing"] for one in alone["visits"]] == ["c"]
    with up(tmp_path):
        assert json.loads(smilecity(*asked).stdout) == alone
        assert "1 sensor" in smilecity("visits", "--district", "Mitte", *AT, *data).stdout


def test_nobody_to_be_visited_is_said(tmp_path: Path):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    assert smilecity("visits", "--data", str(tmp_path)).stdout.strip() == "No sensor needs a visit."
