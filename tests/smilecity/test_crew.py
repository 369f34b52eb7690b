from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smilecity.crew import crew_of
from tests.servers import wait_until

GATHERED = """
import os, sys
from smilecity.crew import crew_of
if __name__ == "__main__":
    with crew_of(2, None) as crew:
        print(crew.executor.submit(os.getpid).result(), flush=True)
        sys.stdin.read()
"""


def test_a_crew_computes_in_processes_of_its_own():
    with crew_of(2, None) as crew:
        assert crew is not None
        assert crew.executor.submit(os.getppid).result() == os.getpid()


def test_one_job_is_done_here():
    with crew_of(1, None) as crew:
        assert crew is None


def test_a_crew_ends_with_who_gathered_it(tmp_path: Path):
    """Killed so that nobody could send it home."""
    (tmp_path / "gathered.py").write_text(GATHERED)
    command, environment = (
        [sys.executable, str(tmp_path / "gathered.py")],
        {**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        one = Path("/proc", process.stdout.readline().decode().strip())
        assert one.exists()
        process.kill()
    wait_until(lambda: not one.exists() or " Z " in (one / "stat").read_text(), what="the crew to end")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere"])
def test_a_scheduler_that_is_away_is_told_with_what_to_start(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("smilecity.crew.PATIENCE_S", 0.2)
    with (
        pytest.raises(OSError, match=rf"at {address}: .*'dask scheduler'.*'dask worker {address}'"),
        crew_of(2, address),
    ):
        pass
