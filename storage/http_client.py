"""The only file that knows httpx: requests to a store's server, and its refusals as the answers of a store."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
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


class HttpClient:
    """Keeps connections to one endpoint; safe to use from several threads."""

    def __init__(self, endpoint: Endpoint, what: str) -> None:
        self._what = f"{what} at {endpoint.url}"
        auth = (endpoint.user, endpoint.password) if endpoint.user else None
        self._client = httpx.Client(base_url=endpoint.url, timeout=_TIMEOUT, auth=auth, trust_env=False)

    def get(self, path: str, **parameters: str) -> bytes:
        """Ask for something. Raises as ``post`` does."""
        return self._send("GET", path, params=parameters)

    def post(self, path: str, content: bytes, **parameters: str) -> bytes:
        """Send bytes. Raises StoreBusyError when the server is away or has no room, OSError when it refuses."""
        return self._send("POST", path, params=parameters, content=content)

    def ask(self, path: str, form: Mapping[str, Any]) -> bytes:
        """Ask for something with a form, which has no limit of length. Raises as ``post`` does."""
        return self._send("POST", path, data=form)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _send(self, method: str, path: str, **options: Any) -> bytes:
        with self._told(), self._client.stream(method, path, **options) as response:
            answer = self._taken(response)
        if response.status_code in _BUSY:
            raise StoreBusyError(f"{self._what} is busy: {_sentence(response.status_code, answer)}", _wait(response))
        if response.status_code >= 400:
            raise OSError(f"{self._what} would not answer {path}: {_sentence(response.status_code, answer)}")
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
