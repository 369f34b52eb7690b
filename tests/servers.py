"""Starts the real servers that tests talk to: on free loopback ports, in temporary folders, ended with the test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
VICTORIAMETRICS = shutil.which("victoria-metrics")
INFLUXD = shutil.which("influxd")
MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is kept there
ROOM = 4 << 30
"""Bytes: some hundred megabytes are used."""
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Ask the system for a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], *, timeout: float = 20.0, what: str = "") -> None:
    """Poll a condition until it holds; fail with a sentence when it does not within ``timeout`` seconds.

    The longer it has waited the longer it pauses: a question costs the platform that is waited for some time, too.
    """
    begun = time.monotonic()
    while not condition():
        waited = time.monotonic() - begun
        if waited > timeout:
            raise TimeoutError(f"waited {timeout} s for {what or condition}")
        time.sleep(min(max(0.01, waited / 10), 0.25))


@contextmanager
def swift_folder(otherwise: Path) -> Iterator[Path]:
    """Give a folder in memory, where there is room for one: a kill tells it from a disk no more than a page cache.

    Servers sync every commit, and on a disk that others use, too, most of a suite would be waiting for that.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="smilecity-", dir=MEMORY) as folder:
        yield Path(folder)


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


@dataclass
class Nodes:
    """Several VictoriaMetrics that are one store."""

    servers: tuple[VictoriaMetrics, ...]

    def url(self, database: str = "smilecity") -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        return f"victoriametrics://{hosts}?database={database}"


@dataclass
class Influxd:
    """An InfluxDB 1.x of its own, that asks nobody who he is."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Influxd:
        assert INFLUXD is not None
        configuration = self.folder / "influxdb.conf"
        configuration.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{self.folder}/meta"\n'
            f'[data]\ndir = "{self.folder}/data"\nwal-dir = "{self.folder}/wal"\nindex-version = "tsi1"\n'
            f"query-log-enabled = false\n[monitor]\nstore-enabled = false\n"
            f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n'
            f"[continuous_queries]\nenabled = false\n[subscriber]\nenabled = false\n"
        )
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([INFLUXD, "-config", str(configuration)], stdout=log, stderr=log)
        log.close()
        wait_until(lambda: answers(self.port), what="InfluxDB to listen")
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


class PostgreSQL:
    """A PostgreSQL of its own, without regard for power cuts, that sorts as German does and asks for a password."""

    user, password = "smilecity", "geheim"

    def __init__(self) -> None:
        self.port = free_port()
        # Not pytest's folder: PostgreSQL refuses to be root, and another user may not look into that.
        self.folder = Path(tempfile.mkdtemp(prefix="smilecity-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._other: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._other = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")

    def make(self) -> PostgreSQL:
        """Make the files of a server."""
        assert POSTGRES is not None
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        sorting = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=de", "--encoding=UTF8")
        who = (f"--username={self.user}", "--auth=scram-sha-256", f"--pwfile={secret}")
        command = [str(POSTGRES.with_name("initdb")), "--no-sync", *who, *sorting, str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=100, **self._other)
        return self

    def start(self) -> PostgreSQL:
        assert POSTGRES is not None
        said = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder}
        swift = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 100}
        options = [part for name, value in {**said, **swift}.items() for part in ("-c", f"{name}={value}")]
        command = [str(POSTGRES), "-D", str(self.folder / "data"), *options]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._other)
        log.close()
        wait_until(self._ready, what="PostgreSQL to listen")
        return self

    def _ready(self) -> bool:
        assert POSTGRES is not None
        command = [str(POSTGRES.with_name("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """End every connection and the server; its files stay."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)
            self.process = None

    def remove(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # at once, and without a last checkpoint
            self.process.wait(timeout=30)
        shutil.rmtree(self.folder)

    def database(self) -> str:
        """Make an empty schema, which is as good as a database and smaller; gives its URL, with the password."""
        self._databases += 1
        self.ask(f"CREATE SCHEMA city{self._databases}")
        place = f"127.0.0.1:{self.port}/postgres?options=-csearch_path%3Dcity{self._databases}"
        return f"postgresql://{self.user}:{self.password}@{place}"

    def ask(self, statement: str) -> None:
        assert POSTGRES is not None
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", self.user, "-d", "postgres")
        command = [str(POSTGRES.with_name("psql")), "-q", "-v", "ON_ERROR_STOP=1", *where, "-c", statement]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PGPASSWORD": self.password})
