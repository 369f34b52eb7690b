"""Receivers of notifications as they run elsewhere: an HTTP server, and a mail server with a password and TLS."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path


@dataclass
class Hooked:
    """What an HTTP server was sent, and what it answers next; 204 when nothing is said."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers and bodies that it took."""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    refused: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts"

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        status, more = self.answers.pop(0) if self.answers else (204, {})
        if 200 <= status < 300:
            self.got.append((headers, body))
        else:
            self.refused += 1
        return status, more


@contextmanager
def hook(port: int = 0) -> Iterator[Hooked]:
    """Run an HTTP server."""
    hooked = Hooked()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers = hooked.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in ({"content-length": "0"} | headers).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Taking)
    hooked.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hooked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


USER, PASSWORD = "alerts", "geheim-42"


@dataclass
class Posted:
    """The mails that a server took."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    """Addresses."""
    busy: int = 0
    """How many mails it does not take next."""

    async def handle_RCPT(self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's word for it
        if address in self.refuses:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.busy:
            self.busy -= 1
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"


class Authority:
    """A certificate of 127.0.0.1, and who vouches for it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.file)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)


@contextmanager
def mailbox(authority: Authority | None = None, *, tls: bool = False, port: int = 0) -> Iterator[Posted]:
    """Run a mail server; with an authority it asks for STARTTLS, or TLS from the start, and for the password."""
    posted = Posted(port or free_port())

    def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, said: LoginPassword) -> AuthResult:
        right = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    guarded: dict[str, Any] = {} if authority is None else {"authenticator": knows, "auth_required": True}
    if authority is not None and tls:
        guarded |= {"ssl_context": authority.context, "auth_require_tls": False}
    elif authority is not None:
        guarded |= {"tls_context": authority.context, "require_starttls": True}
    server = Controller(posted, hostname="127.0.0.1", port=posted.port, **guarded)
    server.start()
    try:
        yield posted
    finally:
        server.stop()
