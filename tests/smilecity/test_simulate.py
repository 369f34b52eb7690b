"""``smilecity simulate`` as a person runs it: a load, faults and their books, and sentences for what cannot be."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sensors.geojson import things_from_geojson
from simulators.fault import Fault
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import Mosquitto


def counts(folder: Path) -> dict[str, int]:
    document: dict[str, Any] = json.loads((folder / "faults.json").read_text(encoding="utf-8"))
    messages: dict[str, int] = document["messages"]
    return messages


def adds_up(found: dict[str, int]) -> bool:
    faults = sum(found[fault] for fault in Fault)
    headings = found["told"] == found["untouched"] + found["after_reset"] + faults
    return headings and found["sent"] + found["held"] == found["told"] + found["duplicate"] - found["silent"]


def test_a_load_is_published_at_its_rate(mosquitto: Mosquitto):
    done = smilecity("simulate", "--broker", mosquitto.url, "--load", "2000", "--sensors", "100", "--duration", "0.01")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1,200 messages published and acknowledged, " in done.stderr


def test_a_rate_that_is_not_reached_is_told(mosquitto: Mosquitto):
    done = smilecity("simulate", "--broker", mosquitto.url, "--load", "1e9", "--sensors", "9", "--duration", "0.000005")
    assert done.returncode == 0
    assert "300,000 messages published" in done.stderr
    assert "1,000,000,000 messages/s were asked for and not reached" in done.stderr


def test_ctrl_c_ends_a_load_cleanly(mosquitto: Mosquitto, tmp_path: Path):
    options = ["--load", "500", "--faults", "--truth", str(tmp_path)]
    process = subprocess.Popen(
        [*COMMAND, "simulate", "--broker", mosquitto.url, *options], stderr=subprocess.PIPE, text=True
    )
    # Rows are written when there are some thousand bytes of them.
    wait_until(lambda: (tmp_path / "faults.csv").exists() and (tmp_path / "faults.csv").stat().st_size > 100)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    found = counts(tmp_path)
    assert f"{found['sent']:,} messages published and acknowledged" in said
    assert found["held"] == 0
    assert adds_up(found)


def test_the_city_with_faults_is_counted(mosquitto: Mosquitto, tmp_path: Path):
    story = ("--start", "2026-06-17T12:00Z", "--history", "3", "--duration", "0.05", "--faults", "--seed", "3")
    done = smilecity("simulate", "--broker", mosquitto.url, *story, "--truth", str(tmp_path))
    found = counts(tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{found['sent']:,} messages published" in done.stderr
    assert "out of order" in done.stdout
    assert found["told"] > 1000
    assert adds_up(found)
    assert (tmp_path / "energy.csv").exists()


def test_the_platform_books_what_the_faults_were(mosquitto: Mosquitto, tmp_path: Path):
    data, truth = str(tmp_path / "city"), tmp_path / "truth"
    things = smilecity("simulate", "--geojson", "--sensors", "200").stdout
    (tmp_path / "load.geojson").write_text(things, encoding="utf-8")
    assert smilecity("things", "add", str(tmp_path / "load.geojson"), "--data", data).returncode == 0
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen([*COMMAND, "ingest", "--data", data, "--broker", mosquitto.url], stderr=log)
    try:
        wait_until(lambda: "messages ·" in (tmp_path / "log").read_text(), timeout=60, what="the worker")
        load = ("--load", "5000", "--sensors", "200", "--duration", "0.02", "--faults", "--truth", str(truth))
        done = smilecity("simulate", "--broker", mosquitto.url, *load)
        assert done.returncode == 0, done.stderr
        found = counts(truth)
        wait_until(lambda: book(data)["received"] == found["sent"], timeout=60, what="every message")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
    ledger = book(data)
    assert adds_up(found)
    assert ledger["quarantined"] == found["truncated"] + found["wrong"] > 0
    assert ledger["received"] == found["sent"]
    assert ledger["duplicate"] >= found["duplicate"] > 0


def book(data: str) -> dict[str, int]:
    entries: list[dict[str, int]] = json.loads(smilecity("ledger", "--json", "--data", data).stdout)["entries"]
    return entries[0] if entries else {"received": 0}


@pytest.mark.parametrize("options", [("--load", "10"), ("--load", "10", "--faults"), ("--history", "1"), ("--faults",)])
def test_an_absent_broker_is_a_sentence(options: tuple[str, ...]):
    port = free_port()
    done = smilecity("simulate", "--broker", f"mqtt://user:secret@127.0.0.1:{port}", "--duration", "0.02", *options)
    assert (done.returncode, done.stdout) == (1, "")
    sentence = f"the broker at 127.0.0.1:{port} cannot be reached: Connection refused. Start one, or name another"
    assert sentence in done.stderr
    assert "secret" not in done.stderr


def test_a_broker_that_goes_away_during_a_load_is_a_sentence(mosquitto: Mosquitto, tmp_path: Path):
    command = [*COMMAND, "simulate", "--broker", mosquitto.url, "--load", "500", "--faults", "--truth", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (tmp_path / "faults.csv").exists() and (tmp_path / "faults.csv").stat().st_size > 100)
    mosquitto.kill()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"the connection to the broker at 127.0.0.1:{mosquitto.port} broke after" in said
    assert adds_up(counts(tmp_path))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--sensors", "10"), "--sensors does not go with the city, only with --load"),
        (("--load", "10", "--start", "-1d"), "--start does not go with --load, only with the city"),
        (("--load", "10", "--speed", "2"), "--speed does not go with --load, only with the city"),
        (("--load", "10", "--history", "2"), "say how long the load lasts with --duration"),
        (("--load", "10", "--truth", "somewhere"), "add --faults"),
        (("--load", "10", "--broker", "mqtts://host"), "is no address for a load"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(options: tuple[str, ...], sentence: str):
    done = smilecity("simulate", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [("--load", "5"), ("--sensors", "30"), ("--load", "5", "--sensors", "30")])
def test_the_things_of_a_load_can_be_printed(options: tuple[str, ...]):
    found = things_from_geojson(json.loads(smilecity("simulate", "--geojson", *options).stdout))
    assert len(found.things) == (30 if "--sensors" in options else 20_000)
    assert {thing.kind for thing in found.things} == {"parking_spot", "energy_meter"}
