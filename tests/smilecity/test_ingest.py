"""``smilecity ingest`` as a person runs it: several sources, metrics and health, then serve over what is stored."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from sensors.geojson import geojson_from_things
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "spaces.geojson").write_text(json.dumps(geojson_from_things(*spaces(10))))
    added = smilecity("things", "add", str(tmp_path / "spaces.geojson"), "--data", str(tmp_path / "city"))
    assert added.returncode == 0, added.stderr
    return tmp_path


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def health(port: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(get(port, "/health")[1] or "{}")
    return document


def test_two_sources_one_of_them_absent_at_the_start(city: Path, mosquitto: Mosquitto):
    other_port, port = free_port(), free_port()
    (city / "sources.toml").write_text(
        f'[[source]]\nname = "one"\nurl = "{mosquitto.url}"\ntopics = ["city/parking/+"]\n'
        f'[[source]]\nname = "two"\nurl = "mqtt://127.0.0.1:{other_port}"\nenvelope = "plain"\n'
    )
    options = ["--data", str(city / "city"), "--sources", str(city / "sources.toml"), "--metrics", str(port)]
    with (city / "log").open("w") as log:
        process = subprocess.Popen([*COMMAND, "ingest", *options], stdout=log, stderr=log)
    try:
        wait_until(lambda: health(port).get("connected") == {"one": True, "two": False}, what="the first source")
        assert health(port)["balanced"] is True
        assert get(port, "/health")[0] == 503
        publish(mosquitto.port, [reading(space, 0) for space in range(10)])
        folder = city / "other"
        folder.mkdir()
        other = Mosquitto(folder, other_port).start()
        wait_until(lambda: get(port, "/health")[0] == 200, timeout=60, what="both sources")
        publish(other.port, [reading(space, 1) for space in range(10)])
        wait_until(lambda: 'messages_total{heading="stored",source="two"' in get(port, "/metrics")[1], what="metrics")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        other.stop()
    finally:
        process.kill()
    assert "20 messages came in, 20 new observations are stored" in (city / "log").read_text()
    assert get(port, "/nothing") == (0, "")


def test_a_worker_taken_out_of_service_leaves_nothing_behind(city: Path, mosquitto: Mosquitto):
    """Killed, its share waits at the broker; a machine elsewhere takes it under its name, and ends by itself."""
    (city / "sources.toml").write_text(
        f'[[source]]\nname = "one"\nurl = "{mosquitto.url}"\ntopics = ["city/parking/+"]\ngroup = "g"\n'
    )
    options = ["--data", str(city / "city"), "--sources", str(city / "sources.toml"), "--worker", "gone"]
    port = free_port()
    killed = subprocess.Popen([*COMMAND, "ingest", *options, "--metrics", str(port)], stderr=subprocess.DEVNULL)
    wait_until(lambda: get(port, "/health")[0] == 200, what="the worker to be connected")
    killed.kill()
    killed.wait()
    publish(mosquitto.port, [reading(space, 0) for space in range(10)])
    done = smilecity("ingest", *options, "--leave")
    assert done.returncode == 0, done.stderr
    assert "10 new observations are stored" in done.stderr
    assert "Nothing waits for the worker 'gone' any more" in done.stderr
    publish(mosquitto.port, [reading(space, 1) for space in range(10)])
    again = smilecity("ingest", *options, "--leave")
    assert "0 messages came in" in again.stderr


def test_a_log_in_a_file_has_whole_lines(city: Path):
    """A terminal's columns in a file would cut sentences where nobody finds them again."""
    unknown = city / ("a-folder-whose-name-makes-the-line-longer-than-any-terminal-is-wide-" * 2)
    (unknown / "spool" / "w").mkdir(parents=True)
    (unknown / "spool" / "w" / "gone.sqlite").touch()
    options = ["--data", str(unknown), "--broker", f"mqtt://127.0.0.1:{free_port()}", "--worker", "w"]
    process = subprocess.Popen([*COMMAND, "ingest", *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = next(line for line in process.stderr if "is no source any more" in line)
    process.kill()
    process.communicate()
    assert f"WARNING 'gone' has a spool in '{unknown / 'spool' / 'w'}' and is no source any more" in line


def test_without_any_source_it_says_so(city: Path):
    done = smilecity("ingest", "--data", str(city / "city"))
    assert done.returncode == 1
    assert "name a broker with --broker" in done.stderr


def test_a_wrong_source_is_one_sentence(city: Path):
    (city / "city" / "sources.toml").write_text('[[source]]\nname = "a"\nurl = "http://h"\n')
    done = smilecity("ingest", "--data", str(city / "city"))
    assert done.returncode == 1
    assert "source 'a': 'http://h' is no broker address" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_silent_client_holds_up_neither_health_nor_the_end(city: Path, mosquitto: Mosquitto):
    port = free_port()
    options = ["--data", str(city / "city"), "--broker", mosquitto.url, "--metrics", str(port)]
    process = subprocess.Popen([*COMMAND, "ingest", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: get(port, "/health")[0] == 200, what="the worker to be connected")
        with socket.create_connection(("127.0.0.1", port)):
            assert get(port, "/health")[0] == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


def test_a_worker_that_has_died_ends_its_process_at_once(city: Path, mosquitto: Mosquitto):
    """The ledger is taken away from it, so that its thread ends in the midst of work."""
    options = ["--data", str(city / "city"), "--broker", mosquitto.url, "--metrics", str(port := free_port())]
    process = subprocess.Popen([*COMMAND, "ingest", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: get(port, "/health")[0] == 200, what="the worker to be connected")
        with closing(sqlite3.connect(city / "city" / "catalogue.sqlite")) as catalogue:
            catalogue.execute("ALTER TABLE ledger RENAME TO gone")
        publish(mosquitto.port, [reading(1, 1)])
        began = time.monotonic()
        assert process.wait(timeout=20) == 1
        assert time.monotonic() - began < 15
    finally:
        process.kill()
        process.wait()


def test_help_shows_what_a_file_of_sources_looks_like():
    shown = smilecity("ingest", "--help").stdout
    assert "[[source]]" in shown
