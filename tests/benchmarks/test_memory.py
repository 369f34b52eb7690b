"""What a worker holds in memory while a million messages go through it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from simulators.load import things
from storage.catalogue import Catalogue
from tests.benchmarks.test_ingest import SENSORS
from tests.loading import AT_ONCE, publisher
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, resident, smilecity
from tests.smilecity.test_ingest import get

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Figures
    from tests.servers import Mosquitto

MESSAGES = 1_000_000
STEPS = 10
TOPIC = (
    f"Resident memory of smilecity ingest into DuckDB, before and while {MESSAGES:,} messages of {SENSORS:,} sensors"
)


@pytest.mark.timeout(600)
def test_memory(mosquitto: Mosquitto, tmp_path: Path, figures: Figures):
    folder, port = tmp_path / "city", free_port()
    (tmp_path / "load.geojson").write_text(json.dumps(things(SENSORS)))
    added = smilecity("things", "add", str(tmp_path / "load.geojson"), "--data", str(folder))
    assert added.returncode == 0, added.stderr
    options = ["--broker", mosquitto.url, "--data", str(folder), "--metrics", str(port)]
    process = subprocess.Popen([*COMMAND, "ingest", *options], stderr=subprocess.DEVNULL)
    wait_until(lambda: get(port, "/health")[0] == 200, timeout=60, what="the worker to receive")
    catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite")
    held = [resident(process.pid)]
    with publisher(mosquitto.url, AT_ONCE, SENSORS, MESSAGES) as begin:
        begin()
        for step in range(1, STEPS + 1):
            wait_for(catalogue, step * MESSAGES // STEPS)
            held.append(resident(process.pid))
    process.terminate()
    assert process.wait(60) == 0
    figures.facts[TOPIC].append("  ".join(f"{megabytes:.0f}" for megabytes in held) + " MB")


def wait_for(catalogue: Catalogue, messages: int) -> None:
    def booked() -> int:
        return sum(entry.counts.received for entry in catalogue.ledger())

    wait_until(lambda: booked() >= messages, timeout=180, what=f"{messages} messages in the books")
