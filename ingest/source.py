"""A source: one broker connection with its topics and credentials, read from a URL; secrets are never shown again."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
OPTIONS = {"protocol"}
PROTOCOLS = ("auto", "5", "3.1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a broker proves who it is, and how we do."""

    ca: Path | None = None
    """Certificates to trust instead of the system's."""
    certificate: Path | None = None
    """Our own, where the broker asks for one."""
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Read the files. Raises OSError for those that cannot be read or are no certificates."""
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where messages come from."""

    name: str
    host: str
    port: int
    topics: tuple[str, ...]
    tls: Tls | None = None
    websocket: str = ""
    """Path of the WebSocket; without one plain MQTT is spoken."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    protocol: str = "auto"
    """``5``, ``3.1.1``, or ``auto``: 5 first, 3.1.1 where the broker refuses it."""
    qos: int = 1
    """Quality of service asked for; at 0 the broker holds nothing back for us."""
    group: str = ""
    """Workers that name the same group share the messages (MQTT 5 shared subscription)."""
    window: int = 20_000
    """How many unacknowledged messages the broker may have under way to us: several batches, so that it sends the next
    ones while one is written."""
    clean: bool = False
    """Begin every connection without what the broker has kept, for one that keeps nothing."""
    spool: int = 0
    """Bytes that may wait on our own disk; with any, what came is safe there before it is acknowledged or stored."""

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        name: str,
        topics: tuple[str, ...],
        username: str | None = None,
        password: str | None = None,
        tls: Tls | None = None,
        qos: int = 1,
        group: str = "",
        clean: bool = False,
        spool: int = 0,
    ) -> Self:
        """Read ``mqtt[s]://[user[:password]@]host[:port][?protocol=auto|5|3.1.1]``, or ``ws[s]://host/path``.

        What is given beside the URL wins. Raises ValueError with a sentence that repeats no secret.
        """
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.hostname or ''}"
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"'{place}' is no broker address. Use mqtt://host, mqtts://host, ws://host or wss://host")
        secure = parts.scheme in {"mqtts", "wss"}
        if tls is not None and not secure:
            raise ValueError(f"{place}: certificates need mqtts:// or wss://")
        try:
            port = PORTS[parts.scheme] if parts.port is None else parts.port
        except ValueError:
            port = 0
        if not port:
            raise ValueError(f"{place}: the port must be a number from 1 to 65535")
        return cls(
            name=name,
            host=parts.hostname,
            port=port,
            topics=topics,
            tls=(tls or Tls()) if secure else None,
            websocket=(parts.path or "/mqtt") if parts.scheme in {"ws", "wss"} else "",
            username=username or (unquote(parts.username) if parts.username else None),
            password=password or (unquote(parts.password) if parts.password else None),
            protocol=_protocol(parts.query, place),
            qos=qos,
            group=group,
            clean=clean,
            spool=spool,
        )

    @property
    def kept(self) -> bool:
        """Whether the broker keeps for us what we have not acknowledged."""
        return bool(self.qos) and not self.clean

    @property
    def place(self) -> str:
        """Where the broker is, fit for a log: no user, no password."""
        scheme = {"": "mqtt", "s": "mqtts"} if not self.websocket else {"": "ws", "s": "wss"}
        return f"{scheme['s' if self.tls else '']}://{self.host}:{self.port}{self.websocket}"

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        return tuple(f"$share/{self.group}/{topic}" if self.group else topic for topic in self.topics)


def _protocol(query: str, place: str) -> str:
    options = parse_qs(query)
    if unknown := set(options) - OPTIONS:
        raise ValueError(f"{place}: unknown option {sorted(unknown)}. Known: {sorted(OPTIONS)}")
    protocol = options.get("protocol", ["auto"])[-1]
    if protocol not in PROTOCOLS:
        raise ValueError(f"{place}: protocol '{protocol}' is not one of {', '.join(PROTOCOLS)}")
    return protocol
