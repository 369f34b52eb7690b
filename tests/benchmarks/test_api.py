"""How fast the API answers beside 1 000 messages a second, and how fast it exports beside DuckDB's own COPY."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest

from sensors.model import TIME, Batch, Datastream
from simulators.load import things
from storage.engines.duckdb import DuckDB
from tests.loading import publisher
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity, up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.conftest import Figures
    from tests.servers import Mosquitto

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("SMILECITY_BENCH_EXPORT_ROWS", "10000000"))
STREAMS = 1000
EXPORTS = "Export of {rows:,} rows over HTTP, beside DuckDB's own COPY of the same rows"
REQUESTS = "Requests while 1 000 messages a second come in, 8 connections of wrk on loopback"
PLAIN = {"accept-encoding": "identity"}
SECONDS = 10
SENSORS = 2000
RATE = 1000


def _history(path: Path) -> None:
    """Write a month of regular sensors into a store, and put it into order."""
    streams = tuple(Datastream(f"bin-{n // 2:04}", ("filling_level", "temperature")[n % 2]) for n in range(STREAMS))
    each, chance = ROWS // STREAMS, np.random.default_rng(8)
    start, step = np.datetime64("2026-03-01", "ms").astype(TIME), 31 * 86_400_000 // each
    with closing(DuckDB(path)) as store:
        for first in range(0, each, 200):
            turn = np.repeat(np.arange(first, min(first + 200, each)), STREAMS)
            code = np.tile(np.arange(STREAMS), len(turn) // STREAMS)
            time_ = start + turn * step + code % 977
            result = np.round(chance.random(len(turn)) * 100, 1)
            known = time_ + np.timedelta64(1500, "ms")
            store.write(Batch.of(streams, code, time_, result, result_time=known, revision=turn))
        for _ in store.tend(np.datetime64("2026-05-01", "ms")):
            pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, Path]]:
    """Serve the history; gives the address, the process and a folder."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "city").mkdir()
    _history(folder / "city" / "city.duckdb")
    port = free_port()
    command = [*COMMAND, "serve", "--data", str(folder / "city"), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(url), timeout=60, what="smilecity serve to answer")
        yield url, process.pid, folder
        process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/health").status_code == 200
    except httpx.TransportError:
        return False


def _peak(process: int, *, anew: bool = False) -> float:
    """Read the most memory that a process has held since it was asked anew. [MiB]"""
    if anew:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", ["parquet", "arrow", "csv", "ndjson"])
def test_exports(served: tuple[str, int, Path], figures: Figures, form):
    url, process, folder = served
    rows = folder / "rows.parquet"
    if not rows.exists():
        _fetched(url, "parquet", rows)  # also warms the file's pages up, for both
    before = _peak(process, anew=True)
    began = time.perf_counter()
    size = _fetched(url, form, folder / f"ours.{form}")
    seconds, peak = time.perf_counter() - began, _peak(process)
    ours = f"{seconds:6.1f} s {size / seconds / 1e6:7.0f} MB/s {size / 1e6:8.0f} MB, peak {peak:5.0f} MiB"
    for other in (form, "plain") if form == "arrow" else (form,):
        command = [sys.executable, "-m", "tests.benchmarks.peer_copy", str(rows), other, str(folder)]
        peer = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        theirs = f"{peer['seconds']:6.1f} s {peer['bytes'] / 1e6:8.0f} MB, peak {peer['peak']:5.0f} MiB"
        copy = "not packed" if other == "plain" else "COPY"
        told = f"{form:<8} {ours} ({before:.0f} before) | {copy} {theirs} | {seconds / peer['seconds']:.2f} times"
        figures.facts[EXPORTS.format(rows=ROWS)].append(told)


def _fetched(url: str, form: str, into: Path) -> int:
    query = "from=2026-02-01&to=2026-05-01"
    with httpx.stream("GET", f"{url}/v1/observations?{query}&format={form}", timeout=600, headers=PLAIN) as answer:
        assert answer.status_code == 200, answer.read()
        with into.open("wb") as sink:
            for part in answer.iter_raw():
                sink.write(part)
    place = answer.links["cite-as"]["url"]
    assert httpx.get(f"{url}{place}").json()["rows"] == ROWS // STREAMS * STREAMS
    return into.stat().st_size


@pytest.mark.timeout(300)
def test_requests(mosquitto: Mosquitto, figures: Figures, tmp_path: Path):
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed: apt-get install wrk")
    register = tmp_path / "load.geojson"
    register.write_text(json.dumps(things(SENSORS)), encoding="utf-8")
    added = smilecity("things", "add", str(register), "--data", str(tmp_path / "city"))
    assert added.returncode == 0, added.stderr
    questions = {
        "latest of a domain": "/v1/latest?domain=parking&property=occupied",
        "one series of 7 days": "/v1/observations?thing=load-1&property=occupied&from=-7d",
        "SensorThings, 100 Things with their newest": "/sta/v1.1/Things?$top=100&$expand=Datastreams("
        "$expand=Observations($top=1;$orderby=phenomenonTime%20desc))",
    }
    with (
        up(tmp_path, "--broker", mosquitto.url) as platform,
        publisher(mosquitto.url, RATE, SENSORS, RATE * (SECONDS + 5) * (len(questions) + 1)) as publish,
    ):
        publish()
        wait_until(lambda: platform.get("/v1/health")["datastreams"] >= SENSORS, timeout=60, what="all to speak")
        for name, question in questions.items():
            url = f"http://127.0.0.1:{platform.port}{question}"
            if httpx.get(url, timeout=60).status_code == 404:
                continue  # this version has no SensorThings
            figures.facts[REQUESTS].append(f"{name:<44} {_asked(url)}")
        booked = platform.get("/v1/ledger")["total"]
    figures.facts[REQUESTS].append(
        f"messages booked meanwhile: {booked['stored']:,} stored, {booked['in_flight']:,} in flight"
    )


def _asked(url: str) -> str:
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", "--timeout", "30s", "--latency", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    worst = re.search(r"99%\s+(\S+)", told)
    assert rate, told
    assert worst, told
    assert "Non-2xx" not in told, told
    return f"{float(rate[1]):8.0f} requests/s, 99 % within {worst[1]}"
