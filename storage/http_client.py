"""Knows httpx: requests to a store's server, and its refusals as the answers of a store."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST_ANSWER = 2 << 30
"""Bytes. A larger answer would not fit beside everything else; the caller asks for less at a time."""
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. The credentials never appear in a sentence."""

    url: str
    user: str = ""
    password: str = ""
    token: str = field(default="", repr=False)
    authorities: str = ""
    """A file with the certificates to trust; empty for those that the system trusts."""


class RequestRefusedError(OSError):
    """The server would not answer; trying again will not help."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class HttpClient:
    """Keeps connections to one endpoint; safe to use from several threads."""

    def __init__(self, endpoint: Endpoint, what: str) -> None:
        self._what = f"{what} at {endpoint.url}"
        auth = (endpoint.user, endpoint.password) if endpoint.user else None
        headers = {"Authorization": f"Token {endpoint.token}"} if endpoint.token else {}
        trusted = ssl.create_default_context(cafile=endpoint.authorities or None)
        self._client = httpx.Client(
            base_url=endpoint.url, timeout=_TIMEOUT, auth=auth, headers=headers, verify=trusted, trust_env=False
        )

    def get(self, path: str, **parameters: str) -> bytes:
        """Ask for something. Raises as ``post`` does."""
        return self._send("GET", path, params=parameters)

    def post(self, path: str, content: bytes, **parameters: str) -> bytes:
        """Send bytes. Raises StoreBusyError when the server is away or full, RequestRefusedError when it refuses."""
        return self._send("POST", path, params=parameters, content=content)

    def ask(self, path: str, form: Mapping[str, Any], accept: str = "*/*") -> bytes:
        """Ask for something with a form, which has no limit of length. Raises as ``post`` does."""
        return self._send("POST", path, data=form, headers={"Accept": accept})

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _send(self, method: str, path: str, **options: Any) -> bytes:
        with self._told(), self._client.stream(method, path, **options) as response:
            answer = self._taken(response)
        if response.status_code in _BUSY:
            raise StoreBusyError(f"{self._what} is busy: {_sentence(response.status_code, answer)}", _wait(response))
        if response.status_code >= 400:
            told = _sentence(response.status_code, answer)
            raise RequestRefusedError(f"{self._what} would not answer {path}: {told}", response.status_code)
        return answer

    def _taken(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                raise OSError(f"{self._what} answers with more than {LARGEST_ANSWER >> 30} GiB: ask for a shorter span")
        return b"".join(parts)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise StoreBusyError(
                f"{self._what} does not answer ({reason}): start it, or give the store's right address", retry_after=2.0
            ) from None


def _sentence(status: int, answer: bytes) -> str:
    return f"HTTP {status} {answer[:_SHOWN].decode(errors='replace').strip()}"


def _wait(response: httpx.Response) -> float:
    told = response.headers.get("Retry-After", "")
    return float(min(int(told), 60)) if told.isdecimal() else 2.0
