"""The command itself: killed and begun again, refused, and what it says and how it ends."""

from __future__ import annotations

import csv
import subprocess
import uuid
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest

from sensors.model import Batch, Datastream
from storage.store import open_store
from tests.servers import Nodes, VictoriaMetrics, wait_until
from tests.smilecity.running import COMMAND, smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

RAW, DERIVED = Datastream("bin-7", "filling_level"), Datastream("bin-7", "filling_level_hour", derived=True)
DAY = 86_400_000
YEAR = 50 * 365 * DAY


def filled(path: Path, rows: int = 1000, first: float = 0, step: int = 3_600_000) -> str:
    url = f"duckdb://{path}"
    with closing(open_store(url)) as store:
        times = YEAR + np.tile(np.arange(rows // 2) * step, 2)
        store.write(Batch.of([RAW, DERIVED], np.repeat([0, 1], rows // 2), times, first + np.arange(rows) / 7))
    return url


def held(url: str) -> int:
    with closing(open_store(url)) as store:
        return int(store.spans().count.sum())


def has_grown(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size > size


def test_there_and_back_again(tmp_path: Path, victoriametrics: VictoriaMetrics):
    old, new = filled(tmp_path / "old.duckdb"), f"duckdb://{tmp_path}/new.duckdb"
    server = victoriametrics.url(uuid.uuid4().hex)
    for source, target in ((old, server), (server, new), (old, new)):
        answer = smilecity("migrate", "--from", source, "--to", target)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "Every datastream agrees" in answer.stdout
    assert "0 rows copied" in answer.stdout
    assert held(new) == 1000


def test_a_store_is_spread_over_another_node_beside_what_it_was(
    tmp_path: Path, victoriametrics: VictoriaMetrics, victoriametrics_nodes: Nodes
):
    """As docs/storage.md says it is done: another database on the same servers, then the old one is taken away."""
    city, wider = uuid.uuid4().hex, uuid.uuid4().hex
    one, two = victoriametrics.url(city), victoriametrics_nodes.url(wider)
    with closing(open_store(one)) as store:
        two_things = [RAW, Datastream("meter-1", "power")]
        store.write(Batch.of(two_things, np.arange(200) % 2, YEAR + np.arange(200), np.arange(200) / 7))
    answer = smilecity("migrate", "--from", one, "--to", two)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Every datastream agrees" in answer.stdout
    assert [held(node.url(wider)) for node in victoriametrics_nodes.servers] == [100, 100]
    api = f"http://127.0.0.1:{victoriametrics.port}/api/v1/admin/tsdb/delete_series"
    assert httpx.post(api, data={"match[]": f'{{db="{city}"}}'}).status_code == 204
    assert (held(one), held(two)) == (0, 200)


def test_killed_and_begun_again_it_goes_on(tmp_path: Path):
    old, new = filled(tmp_path / "old.duckdb", 2_000_000, step=60_000), f"duckdb://{tmp_path}/new.duckdb"
    there, wanted = 0, 2_000_000
    while not there:  # killed amid the first commit, it has brought nothing yet
        process = subprocess.Popen([*COMMAND, "migrate", "--from", old, "--to", new], stdout=subprocess.DEVNULL)
        wait_until(partial(has_grown, tmp_path / "new.duckdb.wal", wanted), what="the first pieces")
        process.kill()
        process.wait(timeout=10)
        there, wanted = held(new), wanted + 2_000_000
    assert 0 < there < 2_000_000
    answer = smilecity("migrate", "--from", old, "--to", new)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{2_000_000 - there:,} rows copied" in answer.stdout
    assert held(new) == 2_000_000


def test_what_differs_is_told_and_the_exit_status_is_1(tmp_path: Path):
    old, new = filled(tmp_path / "old.duckdb"), filled(tmp_path / "new.duckdb", first=1)
    report = tmp_path / "differences.csv"
    answer = smilecity("migrate", "--from", old, "--to", new, "--check", "--report", str(report))
    assert answer.returncode == 1
    assert "bin-7/filling_level 2019-12-20: 24 rows in the source, 24 in the target" in answer.stdout
    assert "holds 1,000 otherwise" in answer.stdout
    rows = list(csv.DictReader(report.open()))
    assert len(rows) == 42
    assert sum(int(row["different"]) for row in rows) == 1000


def test_what_the_target_has_besides_is_said(tmp_path: Path):
    old, new = filled(tmp_path / "old.duckdb", 100), f"duckdb://{tmp_path}/new.duckdb"
    with closing(open_store(new)) as store:
        store.write(Batch.of([Datastream("bin-8", "filling_level")], [0, 0], [5, 6], [1, 2]))
    answer = smilecity("migrate", "--from", old, "--to", new)
    assert answer.returncode == 0
    assert "holds 2 rows more" in answer.stdout


def test_what_retention_refuses_is_told(tmp_path: Path):
    server = VictoriaMetrics(tmp_path / "server", flags=("-retentionPeriod=30d",))
    server.start()
    try:
        answer = smilecity("migrate", "--from", filled(tmp_path / "old.duckdb", 100), "--to", server.url())
    finally:
        server.stop()
    assert answer.returncode == 1
    assert "Refused by the target: 100 rows (VictoriaMetrics keeps nothing before" in answer.stdout


def test_a_store_that_a_platform_holds_is_refused(tmp_path: Path):
    with up(tmp_path):
        answer = smilecity(
            "migrate", "--from", f"duckdb://{tmp_path}/city/city.duckdb", "--to", f"duckdb://{tmp_path}/b"
        )
    assert answer.returncode == 1
    assert "Stop it first" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("duckdb://{tmp}/none.duckdb", "memory://", "there is no store"),
        ("memory://", "duckdb://{tmp}/b.duckdb", "holds nothing"),
        ("memory://", "memory://", "name two stores"),
        ("mongodb://x", "memory://", "no store engine"),
        ("memory://", "victoriametrics://127.0.0.1:1", "127.0.0.1"),
    ],
)
def test_what_cannot_be_is_a_sentence(tmp_path: Path, source: str, target: str, said: str):
    answer = smilecity("migrate", "--from", source.format(tmp=tmp_path), "--to", target.format(tmp=tmp_path))
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
