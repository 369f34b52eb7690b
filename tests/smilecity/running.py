"""Runs the real command line in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.servers import free_port, wait_until
from tests.smilecity.ahead import run_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "smilecity"]


def smilecity(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    with TemporaryDirectory() as folder:
        return run_ahead(arguments, environment, timeout, Path(folder))


def resident(process: int) -> float:
    """Read how much memory of a process is resident. [MB]"""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@dataclass
class Running:
    """A ``smilecity up`` under way."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def get(self, path: str) -> Any:
        """Ask its API."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.output()
        with suppress(URLError, OSError):
            return bool(self.get("/v1/health")["status"] == "ok")
        return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def output(self) -> str:
        return self.log.read_text()


@contextmanager
def up(folder: Path, *arguments: str) -> Iterator[Running]:
    """Start ``smilecity up`` on a free port with its data in ``folder`` and wait until it answers."""
    port = free_port()
    log = folder / f"up-{port}.log"
    command = [*COMMAND, "up", "--data", str(folder / "city"), "--port", str(port), *arguments]
    with log.open("w") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, text=True)
    running = Running(process, port, log)
    try:
        wait_until(running.answers, timeout=60, what="smilecity up to answer")
        yield running
    finally:
        process.kill()
        process.wait(timeout=10)
