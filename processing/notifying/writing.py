"""What a mail says of changes: the alerts' own sentences, in German, English or both."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from storage.alert import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from processing.announcing.messages import AlertMessage

LANGUAGES = ("de", "en")
LONGEST_SUBJECT = 180
"""Characters in each language."""

_SEVERITY = {
    "de": {"info": "Hinweis", "warning": "Warnung", "critical": "Kritisch"},
    "en": {"info": "Info", "warning": "Warning", "critical": "Critical"},
}
_CHANGE = {
    "de": {
        Kind.ACKNOWLEDGED: "Quittiert",
        Kind.ESCALATED: "Nicht quittiert",
        Kind.UPDATED: "Mehr davon",
        Kind.GROUPED: "Zusammengefasst",
        Kind.SILENCED: "Stummgeschaltet",
        Kind.RESOLVED: "Vorbei",
    },
    "en": {
        Kind.ACKNOWLEDGED: "Acknowledged",
        Kind.ESCALATED: "Not acknowledged",
        Kind.UPDATED: "More of it",
        Kind.GROUPED: "Put together",
        Kind.SILENCED: "Silenced",
        Kind.RESOLVED: "Over",
    },
}
"""What has changed, where that is more than that it fires."""
_FACTS = {
    "de": {"thing": "Objekt", "operator": "Betreiber", "district": "Ortsteil", "since": "Seit", "ended": "Bis"},
    "en": {"thing": "Thing", "operator": "Operator", "district": "District", "since": "Since", "ended": "Until"},
}
_BY = {"de": "Quittiert von {who}: {comment}", "en": "Acknowledged by {who}: {comment}"}
_SEVERAL = {"de": "{count} Meldungen: {first}", "en": "{count} messages: {first}"}


def letter(
    messages: Sequence[AlertMessage], languages: Sequence[str], zone: str, *, sender: str, to: Sequence[str], name: str
) -> EmailMessage:
    """Write one mail of one or more changes; ``name`` is the receiver's, by which a mail sent again is known."""
    domain, first = sender.rpartition("@")[2], messages[0]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " / ".join(_subject(messages, language) for language in languages)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Message-ID"] = f"<{messages[-1].sequence}.{name}@{domain}>"
    if len(messages) == 1 and first.incident != first.sequence:
        mail["References"] = f"<{first.incident}.{name}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Smilecity-Sequence"] = ", ".join(str(message.sequence) for message in messages)
    bodies = ["\n\n".join(_told(message, language, zone) for message in messages) for language in languages]
    mail.set_content("\n\n-- \n\n".join(bodies) + "\n", cte="quoted-printable")
    return mail


def _subject(messages: Sequence[AlertMessage], language: str) -> str:
    first = _headline(messages[0], language)
    if len(messages) > 1:
        first = _SEVERAL[language].format(count=len(messages), first=first)
    return first if len(first) <= LONGEST_SUBJECT else f"{first[: LONGEST_SUBJECT - 1]}…"


def _headline(message: AlertMessage, language: str) -> str:
    changed = _CHANGE[language].get(message.change)
    marks = [_SEVERITY[language][message.severity], *([changed] if changed else [])]
    return _plain(f"{', '.join(marks)}: {_reason(message, language)}")


def _told(message: AlertMessage, language: str, zone: str) -> str:
    """Tell one change in some lines."""
    said = {
        "thing": message.thing,
        "operator": message.operator,
        "district": message.district,
        "since": _local(message.since, zone),
        "ended": _local(message.ended, zone),
    }
    lines = [_headline(message, language)]
    lines += [f"  {_FACTS[language][name]}: {plain}" for name, value in said.items() if (plain := _plain(value))]
    if message.acknowledged is not None:
        known = message.acknowledged
        lines.append(f"  {_plain(_BY[language].format(who=known.who, comment=known.comment))}")
    return "\n".join([*lines, *([f"  {message.link}"] if message.link else [])])


def _reason(message: AlertMessage, language: str) -> str:
    return message.reason.de if language == "de" else message.reason.en


def _local(instant: datetime | None, zone: str) -> str:
    return "" if instant is None else f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def _plain(text: str) -> str:
    """Leave out what could end a line or a header: a sentence may name what a stranger has written."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
