"""A source: one broker connection with its topics and credentials, read from a URL; secrets are never shown again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}
OPTIONS = {"protocol"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where messages come from. ``window`` is how many unacknowledged messages the broker may have under way to us."""

    name: str
    host: str
    port: int
    topics: tuple[str, ...]
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    protocol: str = "auto"
    """``5``, ``3.1.1``, or ``auto``: 5 first, 3.1.1 where the broker refuses it."""
    window: int = 5000

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        name: str,
        topics: tuple[str, ...],
        username: str | None = None,
        password: str | None = None,
    ) -> Self:
        """Read ``mqtt[s]://[user[:password]@]host[:port][?protocol=auto|5|3.1.1]``; what is given beside it wins.

        Raises ValueError with a sentence that repeats no secret.
        """
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.hostname or ''}"
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"'{place}' is no broker address. Use mqtt://host, mqtt://host:port or mqtts://host")
        options = parse_qs(parts.query)
        if unknown := set(options) - OPTIONS:
            raise ValueError(f"{place}: unknown option {sorted(unknown)}. Known: {sorted(OPTIONS)}")
        protocol = options.get("protocol", ["auto"])[-1]
        if protocol not in {"auto", "5", "3.1.1"}:
            raise ValueError(f"{place}: protocol '{protocol}' is not one of auto, 5, 3.1.1")
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ValueError(f"{place}: the port must be a number from 1 to 65535") from None
        return cls(
            name=name,
            host=parts.hostname,
            port=port,
            topics=topics,
            tls=parts.scheme == "mqtts",
            username=username or (unquote(parts.username) if parts.username else None),
            password=password or (unquote(parts.password) if parts.password else None),
            protocol=protocol,
        )

    @property
    def place(self) -> str:
        """Where the broker is, fit for a log: no user, no password."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
