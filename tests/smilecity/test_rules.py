"""The alerts of ``deploy/prometheus-rules.yml``: asked of a real VictoriaMetrics that scrapes a real worker."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from storage.catalogue import Catalogue, Counts
from tests.publishing import publish, reading
from tests.servers import VICTORIAMETRICS, Mosquitto, VictoriaMetrics, free_port, wait_until
from tests.smilecity.running import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus-rules.yml"


def rules() -> dict[str, str]:
    """Give the condition of each alert by its name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


@pytest.fixture
def watched(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[VictoriaMetrics]:
    """Run a worker with one broker that is there and one that is not, watched by a VictoriaMetrics."""
    if VICTORIAMETRICS is None:
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    port = free_port()
    (tmp_path / "sources.toml").write_text(
        f'[[source]]\nname = "here"\nurl = "{mosquitto.url}"\n'
        f'[[source]]\nname = "away"\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
    )
    (tmp_path / "scrape.yml").write_text(
        f'scrape_configs: [{{job_name: s, scrape_interval: 1s, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]\n'
    )
    options = ["--data", str(tmp_path / "city"), "--sources", str(tmp_path / "sources.toml"), "--metrics", str(port)]
    worker = subprocess.Popen([*COMMAND, "ingest", *options], stderr=subprocess.DEVNULL)
    folder = tmp_path / "victoria"
    server = VictoriaMetrics(
        folder, flags=(f"-promscrape.config={tmp_path / 'scrape.yml'}", "-search.latencyOffset=0s")
    )
    server.start()
    yield server
    server.stop()
    worker.kill()
    worker.wait()


def asked(server: VictoriaMetrics, query: str) -> list[dict[str, Any]]:
    """Ask for what a condition holds now."""
    where = f"http://127.0.0.1:{server.port}/api/v1/query?{urlencode({'query': query, 'nocache': 1})}"
    with urlopen(where, timeout=10) as answer:
        document = json.load(answer)
    assert document["status"] == "success"
    found: list[dict[str, Any]] = document["data"]["result"]
    return found


def test_alerts_fire_for_what_they_name_and_for_nothing_else(
    watched: VictoriaMetrics, mosquitto: Mosquitto, tmp_path: Path
):
    conditions = rules()
    wait_until(lambda: asked(watched, "smilecity_ingest_connected == 1"), timeout=60, what="the worker to be seen")
    wait_until(lambda: asked(watched, conditions["BrokerNotConnected"]), what="the broker that is away to be seen")
    firing = {name: asked(watched, condition) for name, condition in conditions.items()}
    assert {name for name, found in firing.items() if found} == {"BrokerNotConnected"}
    assert [one["metric"]["source"] for one in firing["BrokerNotConnected"]] == ["away"]
    with closing(Catalogue(f"sqlite:///{tmp_path / 'city' / 'catalogue.sqlite'}")) as catalogue:
        catalogue.settle("here", "ingest-1", Counts(received=11, stored=3, dropped=1))
    wait_until(lambda: asked(watched, conditions["LedgerDoesNotBalance"]), what="the difference to be seen")
    (difference,) = asked(watched, conditions["LedgerDoesNotBalance"])
    assert difference["value"][1] == "7"
    with closing(sqlite3.connect(tmp_path / "city" / "catalogue.sqlite")) as books:
        books.execute("BEGIN IMMEDIATE")  # nothing can be booked, so nothing is acknowledged
        publish(mosquitto.port, [reading(1, 1)])
        wait_until(lambda: asked(watched, conditions["NothingIsStored"]), what="the message that waits to be seen")
        (waiting,) = asked(watched, conditions["NothingIsStored"])
    assert (waiting["metric"]["source"], waiting["value"][1]) == ("here", "1")


def test_every_metric_that_a_condition_names_is_told():
    """A misspelt name would never fire: each must stand in the worker's own declarations."""
    sources = "".join(
        (RULES.parents[1] / room / "metrics.py").read_text(encoding="utf-8") for room in ("ingest", "storage")
    )
    for condition in rules().values():
        for word in condition.replace("{", " ").replace("(", " ").replace("[", " ").split():
            if word.startswith("smilecity_"):
                assert f'"{word.removesuffix("_total")}"' in sources, word
