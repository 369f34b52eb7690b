"""A load from a process of its own, that waits for a sign and publishes distinct readings at a rate."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.load import Load, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 1e9
"""A rate beyond what any broker takes."""


@contextmanager
def publisher(broker: str, rate: float, sensors: int, messages: int) -> Iterator[Callable[[], float]]:
    """Start a publisher; gives what lets it begin and tells when. Ends when the broker has acknowledged everything."""
    arguments = [broker, str(rate), str(sensors), str(messages)]
    command = [sys.executable, "-m", "tests.loading", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    sign = process.stdin

    def publish_now() -> float:
        sign.write("\n")
        sign.flush()
        return time.perf_counter()

    try:
        yield publish_now
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def main(broker: str, rate: float, sensors: int, messages: int) -> None:
    print("ready", flush=True)  # noqa: T201 - the sign that the parent waits for
    sys.stdin.readline()
    for _ in publish(broker, Load(rate=rate, sensors=sensors, messages=messages), threading.Event()):
        pass


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
