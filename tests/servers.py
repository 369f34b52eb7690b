"""Starts the real servers that tests talk to: on free loopback ports, in temporary folders, ended with the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VICTORIAMETRICS = shutil.which("victoria-metrics")
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Ask the system for a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], *, timeout: float = 20.0, what: str = "") -> None:
    """Poll a condition until it holds; fail with a sentence when it does not within ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s for {what or condition}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Tell whether something accepts connections on a loopback port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass
class Mosquitto:
    """A Mosquitto of its own: persistent, with a queue that holds what an absent worker has not acknowledged."""

    folder: Path
    port: int = field(default_factory=free_port)
    anonymous: bool = True
    extra: str = ""
    """Further lines of configuration."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> Mosquitto:
        assert MOSQUITTO is not None
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous {str(self.anonymous).lower()}\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {self.folder}/\nset_tcp_nodelay true\n{self.extra}"
        )
        # Run as root, Mosquitto would change to a user who may not read a test's folder.
        user = "user root\n" if os.geteuid() == 0 else ""
        configuration.write_text(configuration.read_text() + user)
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(configuration)], stderr=subprocess.DEVNULL)
        wait_until(lambda: answers(self.port), what="Mosquitto to listen")
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None


@dataclass
class VictoriaMetrics:
    """A VictoriaMetrics of its own, that keeps what is as old as 1970."""

    folder: Path
    port: int = field(default_factory=free_port)
    flags: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "smilecity") -> str:
        return f"victoriametrics://127.0.0.1:{self.port}?database={database}"

    def start(self) -> VictoriaMetrics:
        assert VICTORIAMETRICS is not None
        self.process = subprocess.Popen(
            [
                VICTORIAMETRICS,
                f"-storageDataPath={self.folder}",
                f"-httpListenAddr=127.0.0.1:{self.port}",
                "-retentionPeriod=100y",
                "-memory.allowedBytes=256MB",
                "-loggerLevel=PANIC",
                *self.flags,
            ]
        )
        wait_until(lambda: answers(self.port), what="VictoriaMetrics to listen")
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None
