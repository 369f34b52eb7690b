"""``smilecity up`` as a person runs it."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from processing.worker import WORK
from sensors.geojson import geojson_from_things
from smilecity.settings import Settings
from storage.catalogue import Catalogue
from storage.clock import now_ms
from storage.presence import Runner
from tests.publishing import publish, reading, spaces
from tests.servers import Mosquitto, free_port, wait_until
from tests.smilecity.running import Running, smilecity, up

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

MESSAGES = 12_000


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Register 200 spaces in the data folder of a platform."""
    document = tmp_path / "spaces.geojson"
    document.write_text(json.dumps(geojson_from_things(*spaces())))
    added = smilecity("things", "add", str(document), "--data", str(tmp_path / "city"))
    assert added.returncode == 0, added.stderr
    assert "200 things and 200 devices" in added.stdout
    return tmp_path


def received(running: Running) -> int:
    count: int = running.get("/v1/ledger")["total"]["received"]
    return count


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_the_embedded_broker_acknowledged_is_stored_after_a_clean_stop(city: Path, number: int):
    port = free_port()
    with up(city, "--mqtt-port", str(port)) as running:
        assert publish(port, [reading(space, second) for second in range(5) for space in range(200)]) == 1000
        assert running.stop(number) == 0
        assert "1,000 new observations are stored" in running.output()
    with up(city, "--mqtt-port", str(port)) as again:
        ledger = again.get("/v1/ledger")
        assert ledger["balanced"]
        assert ledger["total"]["stored"] == 1000
        newest = again.get("/v1/latest?thing=space-7&property=occupied")["observations"]
        assert [row["phenomenon_time"] for row in newest] == ["2026-01-01T00:00:04.000Z"]


def test_a_second_up_on_the_same_data_is_one_sentence(tmp_path: Path):
    with up(tmp_path, "--mqtt-port", str(free_port())) as running:
        second = smilecity("up", "--data", str(tmp_path / "city"), "--port", str(free_port()), "--mqtt-port", "0")
        assert second.returncode == 1
        assert (
            f"in use by 'smilecity up' (process {running.process.pid}) at http://127.0.0.1:{running.port}/"
            in second.stderr
        )
        assert len(second.stderr.strip().splitlines()) == 1


def test_a_page_port_in_use_is_one_sentence(tmp_path: Path):
    with up(tmp_path, "--mqtt-port", str(free_port())) as running:
        second = smilecity("up", "--data", str(tmp_path / "other"), "--port", str(running.port))
        assert second.returncode == 1
        assert "--port" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1


def test_a_broker_port_in_use_is_one_sentence(tmp_path: Path):
    port = free_port()
    with up(tmp_path, "--mqtt-port", str(port)):
        second = smilecity("up", "--data", str(tmp_path / "other"), "--port", "0", "--mqtt-port", str(port))
        assert second.returncode == 1
        assert "--mqtt-port" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1


def test_one_whose_work_another_process_does_under_its_name_ends(tmp_path: Path):
    with up(tmp_path, "--mqtt-port", str(free_port())) as running:
        with closing(Catalogue(f"sqlite:///{tmp_path}/city/catalogue.sqlite")) as catalogue:
            catalogue.shares.of(WORK, Runner(Settings().worker), now_ms())
        assert running.process.wait(timeout=30) == os.EX_CONFIG
    assert "another process goes by the name 'ingest-1'" in running.output()
    assert "Traceback" not in running.output()


def test_query_asks_the_running_platform_and_the_store_alike(city: Path):
    port = free_port()
    question = ["query", "space-7", "occupied", "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z"]
    with up(city, "--mqtt-port", str(port)) as running:
        publish(port, [reading(7, second, occupied=second % 2 == 0) for second in range(100)])
        wait_until(lambda: running.get("/v1/ledger")["total"]["stored"] == 100, what="100 stored messages")
        while_up = smilecity(*question, "--data", str(city / "city"))
        running.stop()
    afterwards = smilecity(*question, "--data", str(city / "city"))
    assert while_up.returncode == 0, while_up.stderr
    assert while_up.stdout.splitlines()[0].startswith('"phenomenon_time"')
    assert len(while_up.stdout.splitlines()) == 101
    assert while_up.stdout == afterwards.stdout


def test_killed_under_load_against_mosquitto_every_message_is_stored_once(city: Path, mosquitto: Mosquitto):
    """1 000 messages a second at QoS 1, two kills -9 amid them, and not one lost or doubled."""
    messages = [reading(number % 200, number // 200) for number in range(MESSAGES)]
    options = ("--broker", mosquitto.url)
    with ThreadPoolExecutor(1) as pool:
        with up(city, *options) as first:
            wait_until(lambda: connected(first), what="the worker to be connected")
            publishing = pool.submit(publish, mosquitto.port, messages, rate=1000)
            kill_amid(first, publishing, stored=1000)
        with up(city, *options) as second:
            kill_amid(second, publishing, stored=3000)
        with up(city, *options) as last:
            assert publishing.result(timeout=60) == MESSAGES
            wait_until(lambda: stored_rows(last) >= MESSAGES, timeout=60, what=f"{MESSAGES} observations")
            ledger = last.get("/v1/ledger")
            assert ledger["balanced"]
            assert last.stop() == 0
        with up(city, *options) as after:
            assert [stream["count"] for stream in occupied(after)] == [MESSAGES // 200] * 200
    print(f"{MESSAGES} published at 1 000/s, killed twice amid them: {ledger['total']}")  # noqa: T201 - a person reads it


def kill_amid(running: Running, publishing: Future[int], *, stored: int) -> None:
    """Kill -9 once some observations are stored, while others are still being published."""
    wait_until(lambda: stored_rows(running) >= stored, timeout=60, what=f"{stored} observations")
    running.process.kill()
    running.process.wait()
    assert not publishing.done()


def connected(running: Running) -> bool:
    with urlopen(f"http://127.0.0.1:{running.port}/metrics", timeout=10) as answer:
        return 'smilecity_ingest_connected{source="city",worker="ingest-1"} 1.0' in answer.read().decode()


def occupied(running: Running) -> list[dict[str, int]]:
    page, found = "/v1/datastreams?kind=parking_spot&limit=5000", []
    while page:
        answer = running.get(page)
        found += [stream for stream in answer["datastreams"] if stream["observed_property"] == "occupied"]
        page = answer["next"]
    return found


def stored_rows(running: Running) -> int:
    return sum(stream["count"] for stream in occupied(running))
