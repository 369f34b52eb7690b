"""The receivers of an installation out of one TOML text, and a sentence for every mistake in it.

::

    [smtp]
    host = "mail.city.example"
    port = 587
    security = "starttls"                  # or "tls" (port 465), or "none" for a server without a password
    username = "alerts"
    password_env = "SMTP_PASSWORD"         # or password_file = "/run/secrets/smtp"
    from = "alerts@city.example"

    [[email]]
    name = "duty"
    to = ["duty@city.example"]
    languages = ["de"]                     # both where nothing is said
    changes = ["fired", "escalated", "resolved"]
    severity = "warning"                   # from this one on
    operators = ["Stadtentsorgung Rostock"]

    [[webhook]]
    name = "dispatch"
    url = "https://dispatch.example/alerts"  # or url_env, url_file, where the address itself is a secret
    secret_file = "/run/secrets/dispatch"    # or secret_env
    domains = ["waste"]

A secret itself never stands in the file. What is named by a relative path lies beside it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from processing.alert import Severity
from processing.notifying.choice import Choice
from processing.notifying.mail import Mail, MailServer, Security
from processing.notifying.receiver import Receiver, Terms
from processing.notifying.webhook import Address, Webhook
from processing.notifying.writing import LANGUAGES
from sensors.hint import did_you_mean
from storage.alert import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DAY_MS = 86_400_000
MOST = 100
"""Receivers: each has a thread."""
MAIL_CHANGES = (Kind.FIRED, Kind.ESCALATED, Kind.RESOLVED)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Seconds = Annotated[float, Meta(ge=0.1, le=60)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Port = Annotated[int, Meta(ge=1, le=65_535)]


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class _Smtp(_Part, kw_only=True):
    host: str
    sender: str = msgspec.field(name="from")
    port: Port = 587
    security: Security = Security.STARTTLS
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ca: str = ""
    timeout: Seconds = 10.0


class _Receiver(_Part, kw_only=True):
    name: str
    severity: Severity = Severity.INFO
    operators: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class _Email(_Receiver, kw_only=True):
    to: tuple[str, ...]
    languages: tuple[str, ...] = LANGUAGES
    changes: tuple[Kind, ...] = MAIL_CHANGES
    silenced: bool = False
    members: bool = False
    oldest_days: Days = 7


class _Webhook(_Receiver, kw_only=True):
    url: str = ""
    url_env: str = ""
    url_file: str = ""
    secret_env: str = ""
    secret_file: str = ""
    ca: str = ""
    timeout: Seconds = 10.0
    changes: tuple[Kind, ...] = tuple(Kind)
    silenced: bool = True
    members: bool = True
    oldest_days: Days = 0


class _File(_Part, kw_only=True):
    smtp: _Smtp | None = None
    email: list[_Email] = []
    webhook: list[_Webhook] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a file refers to."""

    folder: Path
    """Where it lies."""
    zone: str = "Europe/Berlin"
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def secret(self, variable: str, file: str) -> str:
        """Read a secret from a variable or a file; empty where neither is named. Raises ValueError."""
        if variable and file:
            raise ValueError(f"both a variable ('{variable}') and a file ('{file}') are named for one secret: name one")
        if file:
            return self.text(file)
        if variable and not self.environment.get(variable):
            raise ValueError(f"the variable {variable} is not set")
        return self.environment[variable] if variable else ""

    def text(self, file: str) -> str:
        """Read a file of one secret. Raises ValueError."""
        try:
            return (self.folder / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"the file '{file}' cannot be read") from None

    def path(self, file: str) -> str:
        """Name a file of certificates. Raises ValueError where it is not there."""
        if file and not (self.folder / file).is_file():
            raise ValueError(f"there is no file '{file}'")
        return str(self.folder / file) if file else ""


def receivers_of(text: str, around: Surroundings) -> list[Receiver]:
    """Read receivers; none of them is spoken to. Raises ValueError, a sentence that names the receiver."""
    try:
        said = msgspec.toml.decode(text, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no list of receivers: {error}. Begin each with [[email]] or [[webhook]]") from None
    entries = [*said.email, *said.webhook]
    names = [entry.name for entry in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two receivers are called '{twice[0][:60]}': each is known by its name")
    if len(entries) > MOST:
        raise ValueError(f"there are {len(entries)} receivers, of at most {MOST}")
    server = None if said.smtp is None else _named("[smtp]", _server, said.smtp, around)
    mails = [_named(f"receiver '{one.name[:60]}'", _mail, one, around, server) for one in said.email]
    return [*mails, *(_named(f"receiver '{one.name[:60]}'", _webhook, one, around) for one in said.webhook)]


def _named(what: str, make: Callable[..., Any], *of: Any) -> Any:
    try:
        return make(*of)
    except (ValueError, OSError) as error:
        raise ValueError(f"{what}: {error}") from None


def _server(said: _Smtp, around: Surroundings) -> MailServer:
    if not _ADDRESS.fullmatch(said.sender):
        raise ValueError(f"'from' is '{said.sender[:60]}', which is no address: write alerts@city.example")
    password = around.secret(said.password_env, said.password_file)
    if bool(password) != bool(said.username):
        raise ValueError("a username and its password belong together: name both or neither")
    if password and said.security is Security.NONE and said.host not in _LOOPBACK:
        raise ValueError("the password would go over the network for everybody to read: choose starttls or tls")
    return MailServer(
        host=said.host,
        port=said.port,
        security=said.security,
        sender=said.sender,
        username=said.username,
        password=password,
        authorities=around.path(said.ca),
        timeout_s=said.timeout,
    )


def _mail(said: _Email, around: Surroundings, server: MailServer | None) -> Mail:
    if server is None:
        raise ValueError("no mail server is named: write [smtp] with host and from")
    if not said.to:
        raise ValueError("'to' is empty: name at least one address")
    for address in said.to:
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"'{address[:60]}' is no address: write duty@city.example")
    for language in said.languages or ("",):
        if language not in LANGUAGES:
            raise ValueError(f"'{language[:60]}' is no language of ours.{did_you_mean(language, LANGUAGES)}")
    return Mail(_terms(said), server, said.to, languages=said.languages, zone=around.zone)


def _webhook(said: _Webhook, around: Surroundings) -> Webhook:
    url = said.url or around.secret(said.url_env, said.url_file)
    _refuse_url(url, secret=not said.url)
    address = Address(
        url=url,
        secret=around.secret(said.secret_env, said.secret_file),
        timeout_s=said.timeout,
        authorities=around.path(said.ca),
    )
    return Webhook(_terms(said), address)


def _refuse_url(url: str, *, secret: bool) -> None:
    shown = "its address" if secret else f"'{url[:100]}'"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(f"{shown} is no address of a webhook") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{shown} is no address of a webhook: write https://host/path")
    if parts.username or parts.password:
        raise ValueError("its address names a user, which others could read: use url_file, or a secret")


def _terms(said: _Email | _Webhook) -> Terms:
    if not _NAME.fullmatch(said.name):
        raise ValueError("its name must be 1 to 40 letters, digits, '-' or '_'")
    if not said.changes:
        raise ValueError(f"'changes' is empty: name some of {', '.join(Kind)}")
    choice = Choice(
        changes=frozenset(said.changes),
        severity=said.severity,
        operators=said.operators,
        domains=said.domains,
        districts=said.districts,
        rules=said.rules,
        silenced=said.silenced,
        members=said.members,
    )
    terms = Terms(name=said.name, choice=choice)
    return replace(terms, oldest_ms=said.oldest_days * DAY_MS) if said.oldest_days else terms
