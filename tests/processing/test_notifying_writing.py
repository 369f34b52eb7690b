"""What a mail says."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processing.announcing.messages import AlertMessage, alert_message
from processing.notifying.writing import LANGUAGES, LONGEST_SUBJECT, letter
from storage.alert import Change, Kind, State
from tests.alerting import alert, resolved

SINCE = 1_774_764_000_000
"""2026-03-29T06:00:00Z: eight o'clock in Rostock, which has set its clocks that night."""


def message(kind: Kind = Kind.FIRED, **said: Any) -> AlertMessage:
    told = replace(alert(since=SINCE), reason="97 % full", reason_de="zu 97 % voll", sequence=7, incident=7)
    change = Change(change=kind, at=SINCE, alert=replace(told, **said))
    return alert_message(change, 0, "http://city.example")


def written(*messages: AlertMessage, languages: tuple[str, ...] = LANGUAGES):
    """Write a mail, and read what would be sent."""
    mail = letter(messages, languages, "Europe/Berlin", sender="a@city.example", to=["d@x", "e@x"], name="duty")
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def test_one_alert_in_both_languages():
    mail = written(message())
    assert mail["Subject"] == "Warnung: zu 97 % voll / Warning: 97 % full"
    assert (mail["To"], mail["From"]) == ("d@x, e@x", "a@city.example")
    assert (mail["Message-ID"], mail["References"]) == ("<7.duty@city.example>", None)
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "  Seit: 2026-03-29 08:00 CEST" in text
    assert "  Since: 2026-03-29 08:00 CEST" in text
    assert "  Betreiber: SR" in text
    assert "http://city.example/v1/alerts/overflow/bin-7" in text


def test_one_language():
    mail = written(message(Kind.ESCALATED, severity="critical"), languages=("de",))
    assert mail["Subject"] == "Kritisch, Nicht quittiert: zu 97 % voll"
    assert "Warning" not in mail.get_content()


def test_the_end_refers_to_the_beginning():
    over = alert_message(resolved(replace(alert(since=SINCE), sequence=9, incident=7)), 7)
    mail = written(over, languages=("en",))
    assert mail["Subject"] == "Warning, Over: 97 % full"
    assert (mail["Message-ID"], mail["References"]) == ("<9.duty@city.example>", "<7.duty@city.example>")
    assert "Until: " in mail.get_content()


def test_who_has_it_in_hand_is_named():
    said = {"state": State.ACKNOWLEDGED, "who": "Ada", "comment": "on my way", "acknowledged": SINCE}
    assert "Acknowledged by Ada: on my way" in written(message(Kind.ACKNOWLEDGED, **said)).get_content()


def test_several_are_one_mail():
    mail = written(message(), message(Kind.RESOLVED), languages=("de",))
    assert mail["Subject"] == "2 Meldungen: Warnung: zu 97 % voll"
    assert mail.get_content().count("zu 97 % voll") == 2


@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_a_stranger_has_written_ends_no_line(reason: str, operator: str):
    said: dict[str, Any] = {
        "reason": reason.encode(errors="replace").decode(),
        "operator": operator.encode(errors="replace").decode(),
    }
    mail = written(message(**said), languages=("en",))
    assert mail.get_all("To") == ["d@x, e@x"]
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) <= LONGEST_SUBJECT + 1
    lines = mail.get_content().splitlines()
    assert len(lines) == 5 + any(mark.isprintable() and not mark.isspace() for mark in operator)
