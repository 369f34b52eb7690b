"""``smilecity collection`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.collection import CollectionDocument
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

AT = ("--at", "2026-06-01T12:00:00Z")
SITE = {"distance_empty_mm": 1500, "distance_full_mm": 300, "emptying_weekdays": [2], "emptying_hour": 14}
BINS = tuple(
    Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, operator=operator, properties=SITE)
    for name, operator in (("over", "sr"), ("calm", "sr"), ("mute", "[red]other"))
)
LEVELS = {"over": (96.0, 97.0, 98.0, 99.0), "calm": (20.0, 20.3, 20.6, 21.0)}


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    store = open_store(f"duckdb://{tmp_path}/city.duckdb")
    catalogue.put(BINS)
    times = np.array(["2026-06-01T03:00", "2026-06-01T06:00", "2026-06-01T09:00", "2026-06-01T11:50"], dtype="M8[ms]")
    for name, levels in LEVELS.items():
        store.write(Batch.of([Datastream(name, "filling_level")], np.zeros(4), times, levels))
    catalogue.close()
    store.close()
    return "--data", str(tmp_path)


def test_the_list_is_a_table_for_each_operator(data: tuple[str, str]):
    done = smilecity("collection", *AT, *data)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.replace("│", " ").split())
    assert "sr" in said
    assert "[red]other" in said
    assert "over" in said
    assert "calm" not in said
    assert "2 of 3 containers, 2026-06-01 12:00 UTC." in said


def test_one_operator_is_told_alone_and_in_german(data: tuple[str, str]):
    said = smilecity("collection", *AT, "--operator", "sr", "--german", *data).stdout
    assert "1 of 2 containers" in said
    assert "läuft" in said
    assert "other" not in said


def test_it_is_json_for_other_programs(data: tuple[str, str]):
    document = json.loads(smilecity("collection", *AT, "--likely", "0.001", "--json", *data).stdout)
    CollectionDocument.model_validate(document)
    assert (document["time"], document["likely"], document["containers"]) == ("2026-06-01T12:00:00.000Z", 0.001, 3)
    assert [(stop["thing"], stop["why"]) for stop in document["stops"]] == [("mute", "check"), ("over", "overflow")]
    mute, over = document["stops"]
    assert (mute["risk"], mute["level"], mute["heard"]) == (None, None, None)
    assert (over["risk"], over["level"], over["heard"]) == (1.0, 97.5, "2026-06-01T11:50:00.000Z")
    assert (over["round_in_hours"], over["round_known_by"]) == (24.0, "day")
    assert over["reason"] == "overflows, 98 %; next round in 24 h"


def test_it_is_the_same_from_a_running_platform(data: tuple[str, str], tmp_path: Path):
    asked = ("collection", *AT, "--likely", "0.001", "--operator", "sr", "--json", *data)
    alone = json.loads(smilecity(*asked).stdout)
    with up(tmp_path):
        beside = json.loads(smilecity(*asked).stdout)
    assert (beside, alone["containers"]) == (alone, 2)


@pytest.mark.parametrize("wrong", [("--likely", "2"), ("--at", "soon")])
def test_what_cannot_be_is_a_sentence(data: tuple[str, str], wrong: tuple[str, str]):
    done = smilecity("collection", *wrong, *data)
    assert done.returncode == (2 if "--at" in wrong else 1)
    assert done.stderr.startswith("smilecity: ")
    assert "Traceback" not in done.stderr
