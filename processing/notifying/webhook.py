"""A webhook: each change by itself, as the JSON that MQTT carries, signed after Standard Webhooks.

Source: https://www.standardwebhooks.com, version 1: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``,
HMAC-SHA256 in Base64 over ``id.timestamp.body``. The id is the same whenever a change is sent again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from processing.announcing.messages import encode
from processing.notifying.receiver import Terms, UndeliveredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.announcing.messages import AlertMessage

PREFIX = "whsec_"
LONGEST_WAIT = 3600.0
"""Seconds that a receiver may ask us to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a webhook is, and what its messages are signed with."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    """``whsec_`` and Base64, or any text; empty: nothing is signed."""
    timeout_s: float = 10.0
    authorities: str = ""
    """A file with the certificates to trust; empty for those that the system trusts."""


class Webhook:
    """A receiver that is told by HTTP POST."""

    at_once = 1

    def __init__(self, terms: Terms, address: Address) -> None:
        self.terms = terms
        self.place = urlsplit(address.url).hostname or ""
        self._address = address
        self._key = key_of(address.secret)
        self._client = httpx.Client(
            timeout=address.timeout_s,
            verify=ssl.create_default_context(cafile=address.authorities or None),
            trust_env=False,
            headers={"user-agent": "smilecity", "content-type": "application/json"},
        )

    def tell(self, messages: Sequence[AlertMessage]) -> None:
        """Send each; raises UndeliveredError for whatever is no 2xx."""
        for message in messages:
            self._send(f"smilecity-{message.sequence}", encode(message))

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _send(self, identity: str, body: bytes) -> None:
        headers = signed(self._key, identity, round(time.time()), body)
        try:
            # Its answer is not read: what it says beyond the status concerns nobody, however long it is.
            with self._client.stream("POST", self._address.url, content=body, headers=headers) as answer:
                _judge(answer)
        except httpx.HTTPError as error:
            raise UndeliveredError(f"it does not answer ({type(error).__name__})") from None


def signed(key: bytes, identity: str, moment: int, body: bytes) -> dict[str, str]:
    """Give the headers of a message at an instant, seconds since 1970; unsigned where the key is empty."""
    headers = {"webhook-id": identity, "webhook-timestamp": str(moment)}
    if key:
        digest = hmac.digest(key, f"{identity}.{moment}.".encode() + body, "sha256")
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def key_of(secret: str) -> bytes:
    """Read a secret. Raises ValueError for one that begins as Standard Webhooks' do and is no Base64."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"its secret begins with {PREFIX} and is no Base64") from None


def _judge(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    if answer.is_redirect:
        raise UndeliveredError(f"it sends us elsewhere (HTTP {answer.status_code}): give its new address")
    told = answer.headers.get("retry-after", "")
    wait = min(float(told), LONGEST_WAIT) if told.isdecimal() and len(told) < 10 else 0.0
    raise UndeliveredError(f"it answers HTTP {answer.status_code}", wait)
