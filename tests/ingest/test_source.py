from __future__ import annotations

import pytest

from ingest.source import Source


def read(url: str, **options: str) -> Source:
    return Source.from_url(url, name="city", topics=("city/+/+",), **options)


def test_defaults_follow_the_scheme():
    plain, secure = read("mqtt://broker"), read("mqtts://broker")
    assert (plain.port, plain.tls) == (1883, False)
    assert (secure.port, secure.tls) == (8883, True)
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
