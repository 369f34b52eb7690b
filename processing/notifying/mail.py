"""E-mail: several changes that wait are one mail, handed to a mail server by SMTP (RFC 5321, RFC 8314)."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from processing.notifying.receiver import Terms, UndeliveredError
from processing.notifying.writing import LANGUAGES, letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from processing.announcing.messages import AlertMessage

log = logging.getLogger(__name__)


class Security(StrEnum):
    """How a connection is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """By nothing: for a server on this machine or one without a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mails."""

    host: str
    port: int
    security: Security
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""
    """A file with the certificates to trust; empty for those that the system trusts."""
    timeout_s: float = 10.0

    def connect(self) -> smtplib.SMTP:
        """Connect and log in; the caller quits. Raises what smtplib and the network raise."""
        context = ssl.create_default_context(cafile=self.authorities or None)
        if self.security is Security.TLS:
            line: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.security is Security.STARTTLS:
                line.starttls(context=context)
            if self.username:
                line.login(self.username, self.password)
        except BaseException:
            line.close()
            raise
        return line


class Mail:
    """A receiver that is told by e-mail."""

    at_once = 50

    def __init__(
        self,
        terms: Terms,
        server: MailServer,
        to: Sequence[str],
        *,
        languages: Sequence[str] = LANGUAGES,
        zone: str = "Europe/Berlin",
    ) -> None:
        self.terms = terms
        self.place = f"{', '.join(to)} by {server.host}:{server.port}"
        self._server = server
        self._to = tuple(to)
        self._languages = tuple(languages)
        self._zone = zone

    def tell(self, messages: Sequence[AlertMessage]) -> None:
        """Send one mail of all; raises UndeliveredError unless the server has taken it for somebody."""
        sender, name = self._server.sender, self.terms.name
        mail = letter(messages, self._languages, self._zone, sender=sender, to=self._to, name=name)
        try:
            refused = self._send(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise UndeliveredError(_sentence(error)) from None
        if refused:  # others have it: sent again they would have it twice
            log.warning("the mail server does not take mails of '%s' for %s", name, ", ".join(refused))

    def close(self) -> None:
        """Nothing is kept open between mails."""

    def _send(self, mail: EmailMessage) -> list[str]:
        line = self._server.connect()
        try:
            refused = line.send_message(mail, self._server.sender, self._to)
        except BaseException:
            line.close()
            raise
        try:
            line.quit()
        except (smtplib.SMTPException, OSError):  # it was taken before
            line.close()
        return sorted(refused)


def _sentence(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"the mail server takes none of its addresses ({_said(next(iter(error.recipients.values()))[1])})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answers {error.smtp_code} {_said(error.smtp_error)}"
    return f"the mail server does not answer ({type(error).__name__}: {str(error)[:200]})"


def _said(answer: bytes | str) -> str:
    return (answer.decode(errors="replace") if isinstance(answer, bytes) else answer)[:200]
