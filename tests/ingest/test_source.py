from __future__ import annotations

from typing import Any

import pytest

from ingest.source import Source, Tls


def read(url: str, **options: Any) -> Source:
    return Source.from_url(url, name="city", topics=("city/+/+",), **options)


def test_defaults_follow_the_scheme():
    plain, secure = read("mqtt://broker"), read("mqtts://broker")
    assert (plain.port, plain.tls) == (1883, None)
    assert (secure.port, secure.tls) == (8883, Tls())
    web, secure_web = read("ws://broker"), read("wss://broker/stream")
    assert (web.port, web.websocket, web.tls, web.place) == (80, "/mqtt", None, "ws://broker:80/mqtt")
    assert (secure_web.port, secure_web.websocket, secure_web.place) == (443, "/stream", "wss://broker:443/stream")
    assert plain.protocol == "auto"


def test_everything_in_one_url():
    source = read("mqtt://anna:p%40ss@[::1]:2883?protocol=3.1.1")
    assert (source.host, source.port, source.username, source.password) == ("::1", 2883, "anna", "p@ss")
    assert source.protocol == "3.1.1"


def test_what_is_given_beside_the_url_wins():
    source = read("mqtt://anna:old@broker", username="berta", password="new")
    assert (source.username, source.password) == ("berta", "new")


def test_secrets_are_not_shown():
    source = read("mqtt://anna:geheim@broker")
    assert "geheim" not in repr(source)
    assert "anna" not in source.place
    assert "geheim" not in source.place


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://broker", "no broker address"),
        ("mqtt://", "no broker address"),
        ("mqtt://broker:99999", "port"),
        ("mqtt://broker:x", "port"),
        ("mqtt://broker?protocol=4", "protocol"),
        ("mqtt://broker?qos=2", "unknown option"),
        ("mqtt://anna:geheim@broker?qos=2", "unknown option"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_secrets(url: str, words: str):
    with pytest.raises(ValueError, match=words) as error:
        read(url)
    assert "geheim" not in str(error.value)


def test_certificates_need_a_secure_address():
    with pytest.raises(ValueError, match="certificates need mqtts:// or wss://"):
        read("mqtt://broker", tls=Tls())


def test_a_group_shares_its_topics():
    assert read("mqtt://broker", group="g").filters == ("$share/g/city/+/+",)
    assert read("mqtt://broker").filters == ("city/+/+",)
