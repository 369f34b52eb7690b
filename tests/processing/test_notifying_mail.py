"""Mails, handed to a real mail server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from processing.announcing.messages import alert_message
from processing.notifying.choice import Choice
from processing.notifying.mail import Mail, MailServer, Security
from processing.notifying.receiver import Terms, UndeliveredError
from tests.alerting import fired
from tests.receiving import PASSWORD, USER, Authority, mailbox
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = alert_message(fired(), 0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def mail(port: int, *to: str, **said: Any) -> Mail:
    told = {"security": Security.NONE, "sender": "a@city.example"} | said
    server = MailServer(host="127.0.0.1", port=port, **told)
    return Mail(Terms(name="duty", choice=Choice()), server, to or ("duty@x.example",))


def test_a_mail_arrives_as_it_was_written():
    with mailbox() as box:
        mail(box.port, "d@x.example", "e@x.example").tell([MESSAGE])
        (got,) = box.mails
    assert got["Subject"] == "Warnung: zu 97 % voll / Warning: 97 % full"
    assert "zu 97 % voll" in got.get_content()
    assert box.to == [["d@x.example", "e@x.example"]]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd does not see that TLS was there before it
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_by_tls_and_with_a_password(authority: Authority, security: Security):
    known = {"username": USER, "authorities": str(authority.file), "security": security}
    with mailbox(authority, tls=security is Security.TLS) as box:
        mail(box.port, password=PASSWORD, **known).tell([MESSAGE])
        assert len(box.mails) == 1
        with pytest.raises(UndeliveredError, match="the mail server answers 535") as told:
            mail(box.port, password="wrong-42", **known).tell([MESSAGE])
        assert "wrong-42" not in str(told.value)
        with pytest.raises(UndeliveredError, match="CERTIFICATE_VERIFY_FAILED"):
            mail(box.port, password=PASSWORD, **(known | {"authorities": ""})).tell([MESSAGE])
        assert len(box.mails) == 1


def test_a_server_without_starttls_gets_no_password():
    with mailbox() as box, pytest.raises(UndeliveredError, match="STARTTLS"):
        mail(box.port, security=Security.STARTTLS, username=USER, password=PASSWORD).tell([MESSAGE])


def test_a_server_that_is_busy_or_away():
    with mailbox() as box:
        box.busy = 1
        with pytest.raises(UndeliveredError, match="451 try again later"):
            mail(box.port).tell([MESSAGE])
    with pytest.raises(UndeliveredError, match="does not answer"):
        mail(free_port()).tell([MESSAGE])


def test_an_address_that_is_refused_keeps_it_from_no_other(caplog: pytest.LogCaptureFixture):
    with mailbox() as box:
        box.refuses = {"gone@x.example"}
        with caplog.at_level(logging.WARNING):
            mail(box.port, "gone@x.example", "duty@x.example").tell([MESSAGE])
        assert box.to == [["duty@x.example"]]
        assert "does not take mails of 'duty' for gone@x.example" in caplog.text
        with pytest.raises(UndeliveredError, match="takes none of its addresses"):
            mail(box.port, "gone@x.example").tell([MESSAGE])


def test_the_password_stands_in_no_representation(tmp_path: Path):
    assert PASSWORD not in repr(mail(1, username=USER, password=PASSWORD)._server)
