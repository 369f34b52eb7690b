"""Webhooks, sent to a real HTTP server and verified by the library that receivers use."""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING

import jsonschema
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from processing.announcing.messages import alert_message, encode, schema
from processing.notifying.choice import Choice
from processing.notifying.receiver import Terms, UndeliveredError
from processing.notifying.webhook import Address, Webhook, key_of, signed
from tests.alerting import fired
from tests.receiving import Hooked, hook
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "whsec_" + base64.b64encode(b"a key of 24 bytes at last").decode()
MESSAGE = alert_message(fired(sequence=7, incident=7), 0, "http://city.example")


@pytest.fixture(scope="module")
def server() -> Iterator[Hooked]:
    with hook() as hooked:
        yield hooked


def webhook(url: str, secret: str = SECRET, timeout_s: float = 10.0) -> Webhook:
    return Webhook(Terms(name="x", choice=Choice()), Address(url=url, secret=secret, timeout_s=timeout_s))


def test_the_message_of_mqtt_is_sent_and_its_signature_is_good(server: Hooked):
    one = webhook(server.url)
    one.tell([MESSAGE, MESSAGE])
    one.close()
    (headers, body), (again, _) = server.got[-2:]
    assert body == encode(MESSAGE)
    jsonschema.validate(json.loads(body), schema())
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == again["webhook-id"] == f"smilecity-{MESSAGE.sequence}"
    assert Verifier(SECRET).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body.replace(b"97.5", b"12.5"), headers)


def test_a_receiver_without_a_secret_gets_no_signature():
    assert set(signed(b"", "a", 1, b"{}")) == {"webhook-id", "webhook-timestamp"}
    assert key_of("plain text") == b"plain text"


@pytest.mark.parametrize(
    ("status", "headers", "say", "wait"),
    [
        (500, {}, "HTTP 500", 0.0),
        (404, {}, "HTTP 404", 0.0),
        (503, {"retry-after": "7"}, "HTTP 503", 7.0),
        (429, {"retry-after": "999999"}, "HTTP 429", 3600.0),
        (429, {"retry-after": "tomorrow"}, "HTTP 429", 0.0),
        (308, {"location": "http://127.0.0.1:1/"}, "give its new address", 0.0),
    ],
)
def test_what_is_not_taken_is_told(server: Hooked, status: int, headers: dict[str, str], say: str, wait: float):
    server.answers.append((status, headers))
    one, before = webhook(server.url), len(server.got)
    with pytest.raises(UndeliveredError, match=say) as told:
        one.tell([MESSAGE])
    one.close()
    assert told.value.wait == wait
    assert len(server.got) == before


def test_nobody_there_is_told_without_the_address(caplog: pytest.LogCaptureFixture):
    one = webhook(f"http://127.0.0.1:{free_port()}/secret-path")
    with caplog.at_level(logging.DEBUG), pytest.raises(UndeliveredError, match="it does not answer") as told:
        one.tell([MESSAGE])
    one.close()
    assert "secret-path" not in str(told.value)
    assert SECRET not in repr(Address(url="x", secret=SECRET))
