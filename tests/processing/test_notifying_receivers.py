"""Receivers out of a file, and every mistake as a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from processing.alert import Severity
from processing.notifying.mail import Mail
from processing.notifying.receivers import DAY_MS, Surroundings, receivers_of
from processing.notifying.webhook import Webhook
from storage.alert import Kind

if TYPE_CHECKING:
    from pathlib import Path

SMTP = """
[smtp]
host = "mail.example"
from = "alerts@city.example"
"""
MAIL = """
[[email]]
name = "duty"
to = ["duty@city.example"]
"""
HOOK = """
[[webhook]]
name = "dispatch"
url = "https://dispatch.example/alerts"
"""


def read(text: str, folder: Path, **environment: str):
    return receivers_of(text, Surroundings(folder=folder, environment=environment))


def test_what_is_said_and_what_is_not(tmp_path: Path):
    (tmp_path / "secret").write_text("0123456789abcdef\n")
    more = 'secret_file = "secret"\nseverity = "warning"\nchanges = ["fired"]\ndomains = ["waste"]\noldest_days = 2'
    mail, plain, chosen = read(SMTP + MAIL + HOOK + HOOK.replace('dispatch"', 'second"') + more, tmp_path)
    assert isinstance(mail, Mail)
    assert isinstance(plain, Webhook)
    assert mail.terms.choice.changes == {Kind.FIRED, Kind.ESCALATED, Kind.RESOLVED}
    assert (mail.terms.choice.silenced, mail.terms.choice.members, mail.terms.oldest_ms) == (False, False, 7 * DAY_MS)
    assert (plain.terms.choice.changes, plain.terms.choice.silenced) == (frozenset(Kind), True)
    assert (plain.terms.oldest_ms, plain.place) == (None, "dispatch.example")
    assert chosen.terms.choice.severity is Severity.WARNING
    assert (chosen.terms.choice.changes, chosen.terms.choice.domains) == ({Kind.FIRED}, ("waste",))
    assert chosen.terms.oldest_ms == 2 * DAY_MS
    for one in (mail, plain, chosen):
        one.close()


def test_nobody_is_no_mistake(tmp_path: Path):
    assert read("", tmp_path) == []


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("nonsense", "this is no list of receivers"),
        ("[[pager]]", "unknown field `pager`"),
        (MAIL, "receiver 'duty': no mail server is named"),
        (SMTP + MAIL + MAIL, "two receivers are called 'duty'"),
        (SMTP + MAIL.replace("duty@city.example", "duty"), "'duty' is no address"),
        (SMTP + MAIL.replace("duty@city.example", "a@b, c@d\\nBcc: e@f"), "is no address"),
        (SMTP + MAIL.replace('["duty@city.example"]', "[]"), "'to' is empty"),
        (SMTP + MAIL + 'languages = ["fr"]', "'fr' is no language of ours"),
        (SMTP + MAIL + 'changes = ["fires"]', "Invalid enum value 'fires'"),
        (SMTP + MAIL + "changes = []", "'changes' is empty"),
        (SMTP + MAIL + 'severity = "bad"', "Invalid enum value 'bad'"),
        (SMTP.replace("alerts@city.example", "alerts") + MAIL, "[smtp]: 'from' is 'alerts'"),
        (SMTP + 'username = "u"', "a username and its password belong together"),
        (SMTP + 'username = "u"\npassword_env = "GIVEN"\nsecurity = "none"', "for everybody to read"),
        (SMTP + 'password_env = "MISSING"', "the variable MISSING is not set"),
        (SMTP + 'password_file = "none"', "the file 'none' cannot be read"),
        (SMTP + 'password_env = "GIVEN"\npassword_file = "x"', "name one"),
        (SMTP + 'ca = "none.pem"', "there is no file 'none.pem'"),
        (SMTP + "timeout = 0", ">= 0.1"),
        (HOOK.replace('dispatch"', 'a b"'), "its name must be 1 to 40 letters"),
        (HOOK.replace("https://dispatch.example/alerts", "ftp://x"), "'ftp://x' is no address of a webhook"),
        (HOOK.replace("https://", "https://u:p@"), "its address names a user"),
        (HOOK.replace('url = "https://dispatch.example/alerts"', ""), "is no address of a webhook"),
        (HOOK + 'secret_env = "BROKEN"', "is no Base64"),
    ],
)
def test_a_mistake_is_a_sentence(tmp_path: Path, text: str, say: str):
    with pytest.raises(ValueError, match=re.escape(say)) as told:
        read(text, tmp_path, GIVEN="geheim", BROKEN="whsec_!")
    assert "geheim" not in str(told.value)


def test_an_address_that_is_a_secret_is_not_repeated(tmp_path: Path):
    with pytest.raises(ValueError, match="its address is no address") as told:
        read('[[webhook]]\nname = "a"\nurl_env = "URL"', tmp_path, URL="geheim")
    assert "geheim" not in str(told.value)
    (one,) = read('[[webhook]]\nname = "a"\nurl_env = "URL"', tmp_path, URL="https://chat.example/geheim")
    assert one.place == "chat.example"
    one.close()
