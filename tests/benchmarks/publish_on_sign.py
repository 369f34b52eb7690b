"""A publisher in a process of its own: says that it is ready, waits for a line, and publishes at a rate."""

from __future__ import annotations

import sys
import threading

from simulators.load import Load, publish


def main(broker: str, rate: float, sensors: int, messages: int) -> None:
    print("ready", flush=True)  # noqa: T201 - the sign that the parent waits for
    sys.stdin.readline()
    for _ in publish(broker, Load(rate=rate, sensors=sensors, messages=messages), threading.Event()):
        pass


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
