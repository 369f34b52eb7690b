"""A broker with the documented passwords and ACL, an announcer on it, and ``mosquitto_sub`` as a utility runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from processing.announcing.announcer import Announcer
from processing.announcing.line import Broker
from processing.announcing.session import Terms
from tests.servers import Mosquitto, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.alerts import Alerts

ACL = Path(__file__).parents[2] / "deploy" / "mosquitto-acl.conf"
USERS = ("smilecity", "sensors", "stadtentsorgung", "stadtwerke")
SWIFT = Terms(link="http://city.example/", version="1", patience_s=(0.02, 0.2))


def guarded(folder: Path) -> Mosquitto:
    """Start a Mosquitto with the ACL that we ship, and a password for each user in it, which is the user's name."""
    passwords, acl = folder / "passwords", folder / "acl.conf"
    passwords.touch(mode=0o600)
    for user in USERS:
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, user], check=True, capture_output=True)
    shutil.copy(ACL, acl)
    acl.chmod(0o600)
    extra = f"password_file {passwords}\nacl_file {acl}\n"
    return Mosquitto(folder, anonymous=False, extra=extra).start()


def broker(mosquitto: Mosquitto, user: str | None = None, *, protocol: str = "auto") -> Broker:
    return Broker(host="127.0.0.1", port=mosquitto.port, username=user, password=user, protocol=protocol)


@contextmanager
def announcing(alerts: Alerts, to: Broker, terms: Terms = SWIFT, worker: str = "one") -> Iterator[Announcer]:
    announcer = Announcer(alerts, to, worker=worker, terms=terms)
    announcer.start()
    try:
        yield announcer
    finally:
        announcer.stop()


def credentials(user: str | None) -> list[str]:
    return ["-u", user, "-P", user] if user else []


class Listener:
    """A ``mosquitto_sub`` that runs, and what it has printed: topics and payloads in their order."""

    def __init__(self, mosquitto: Mosquitto, *topics: str, user: str | None = None, session: str = "") -> None:
        filters = [part for topic in topics for part in ("-t", topic)]
        stays = ["-c", "-i", session] if session else []
        command = [
            "stdbuf",
            "-oL",
            "mosquitto_sub",
            "-p",
            str(mosquitto.port),
            "-q",
            "1",
            *credentials(user),
            *stays,
            *filters,
        ]
        self._file = mosquitto.folder / f"heard-{id(self)}"
        with self._file.open("wb") as out:
            self._process = subprocess.Popen([*command, "-d", "-F", "> %r %t %p"], stdout=out, stderr=out)

    def __enter__(self) -> Self:
        """Wait until the broker has granted the subscription, or has refused the connection."""
        wait_until(lambda: "Subscribed (" in self._file.read_text() or self.refused, what="a subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    @property
    def refused(self) -> bool:
        return self._process.poll() is not None

    @property
    def heard(self) -> list[tuple[bool, str, dict[str, Any]]]:
        """Whether it was retained, the topic, and the message, empty where it was let go of."""
        found = []
        with suppress(ValueError):  # the last line is being written
            for line in self._file.read_text().splitlines():
                if not line.startswith("> "):
                    continue
                _, retained, topic, payload = line.split(" ", maxsplit=3)
                found.append((retained == "1", topic, json.loads(payload) if payload else {}))
        return found

    def alerts(self) -> list[dict[str, Any]]:
        return [said for _, _, said in self.heard if said.get("schema", "").endswith("/alert")]

    def wait(self, count: int) -> list[tuple[bool, str, dict[str, Any]]]:
        wait_until(lambda: len(self.heard) >= count, what=f"{count} messages, of which {self.heard} came")
        return self.heard


def publish(
    mosquitto: Mosquitto,
    topic: str,
    said: dict[str, Any],
    *,
    user: str | None = None,
    retain: bool = False,
    name: str = "",
) -> None:
    """Publish as a utility would, with ``mosquitto_pub``."""
    options = [*credentials(user), *(["-r"] if retain else []), *(["-i", name] if name else [])]
    command = ["mosquitto_pub", "-p", str(mosquitto.port), "-q", "1", *options, "-t", topic]
    subprocess.run([*command, "-m", json.dumps(said)], check=False, capture_output=True, timeout=20)
