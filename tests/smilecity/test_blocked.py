"""``smilecity blocked`` as a person runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.blocked import BlockedDocument
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

PLACES = tuple(
    Thing(id=name, name=f"Gate {name}", kind="fire_access_zone", longitude=12.1, latitude=54.1, district="Mitte")
    for name in ("a", "b", "c")
)
AT = ("--at", "2026-06-01T12:00:00Z")


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    """Let one zone be blocked for an hour, one be free, and one never have spoken."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    store = open_store(f"duckdb://{tmp_path}/city.duckdb")
    catalogue.put(PLACES)
    times = np.array(["2026-06-01T08:00", "2026-06-01T11:00", "2026-06-01T11:59"], dtype="datetime64[ms]")
    streams = [Datastream(one.id, "occupied") for one in PLACES[:2]]
    store.write(Batch.of(streams, [0, 0, 1], times, [0.0, 1.0, 0.0]))
    catalogue.close()
    store.close()
    return "--data", str(tmp_path)


def test_what_is_blocked_is_listed_with_the_reason(data: tuple[str, str]):
    done = smilecity("blocked", *AT, *data)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "BLOCKED" in said
    assert "CHECK" in said
    assert "1 of 3 places blocked, 2026-06-01 12:00 UTC." in said
    assert "Gate b" not in said
    assert "blockiert" in smilecity("blocked", "--german", *AT, *data).stdout


def test_it_is_json_and_the_same_from_a_running_platform(data: tuple[str, str], tmp_path: Path):
    alone = json.loads(smilecity("blocked", "--json", "--district", "Mitte", *AT, *data).stdout)
    document = BlockedDocument.model_validate(alone)
    assert [(place.thing, place.minutes) for place in document.blocked] == [("a", 60.0), ("c", None)]
    with up(tmp_path):
        beside = json.loads(smilecity("blocked", "--json", "--district", "Mitte", *AT, *data).stdout)
    assert beside == alone


def test_nothing_blocked_is_said(tmp_path: Path):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    said = smilecity("blocked", *AT, "--data", str(tmp_path)).stdout
    assert said.strip() == "0 of 0 places blocked, 2026-06-01 12:00 UTC."
