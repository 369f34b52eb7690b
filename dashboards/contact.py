"""Contact points: who is told when a rule of Grafana's own fires. The platform's alerts need none."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

TOPIC = "smilecity/grafana/alerts"
_BROKERS = ("mqtt", "mqtts", "ssl", "tcp")
_PAGES = ("http", "https")
_OURS = frozenset({"brokerUrl", "topic", "url"})
"""Settings that are told to us, hence hold no variables of Grafana."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact point of Grafana."""

    type: str
    where: str
    """The address that it was made of."""
    settings: dict[str, Any]

    @property
    def uid(self) -> str:
        """Name it so that it is the same one each time, and another one than that of any other address."""
        return f"smilecity-{self.type}-{sha256(self.where.encode()).hexdigest()[:8]}"

    def written(self) -> dict[str, Any]:
        """Describe it as Grafana's files do; a dollar sign of an address is none of a variable."""
        settings = {name: _literal(value) if name in _OURS else value for name, value in self.settings.items()}
        receiver = {"uid": self.uid, "type": self.type, "settings": settings}
        return {"orgId": 1, "name": _literal(f"Smile City, {self.where}"), "receivers": [receiver]}


def _literal(text: str) -> str:
    return text.replace("$", "$$")


def contact(url: str) -> Contact:
    """Make a contact point of an address: ``mqtt://host:1883[/topic]`` (Grafana 11.3 and later) or ``https://...``.

    User and password of a broker are Grafana's to know: it reads them from SMILECITY_GRAFANA_MQTT_USERNAME and
    SMILECITY_GRAFANA_MQTT_PASSWORD. Raises ValueError for what is no such address, or holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in (*_BROKERS, *_PAGES) or not parts.hostname:
        raise ValueError(f"'{url[:80]}' is nowhere to send alerts: write mqtt://host:1883/topic or https://host/path")
    if parts.username or parts.password:
        raise ValueError(
            "a contact point's address stands in a file: leave user and password out. Grafana reads those of a broker "
            "from its variables SMILECITY_GRAFANA_MQTT_USERNAME and SMILECITY_GRAFANA_MQTT_PASSWORD"
        )
    if parts.scheme in _PAGES:
        return Contact("webhook", url, {"url": url, "httpMethod": "POST"})
    secure = parts.scheme in {"mqtts", "ssl"}
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    settings = {
        "brokerUrl": f"{'ssl' if secure else 'tcp'}://{host}:{parts.port or (8883 if secure else 1883)}",
        "topic": parts.path.strip("/") or TOPIC,
        "messageFormat": "json",
        "qos": "1",
        "retain": False,
        "username": "$SMILECITY_GRAFANA_MQTT_USERNAME",
        "password": "$SMILECITY_GRAFANA_MQTT_PASSWORD",
    }
    return Contact("mqtt", url, settings)
