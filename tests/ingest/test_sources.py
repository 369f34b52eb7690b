from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from ingest.source import Tls
from ingest.sources import possible, sources_of

if TYPE_CHECKING:
    from pathlib import Path

LISTENING = ("city/+/+",)


def test_sources_with_all_they_may_say(tmp_path: Path):
    authority = trustme.CA()
    issued = authority.issue_cert("worker")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    issued.private_key_pem.write_to_path(tmp_path / "own.key")
    (tmp_path / "password").write_text("geheim\n")
    text = f"""
        [[source]]
        name = "ttn"
        url = "mqtts://cloud.example"
        qos = 0
        envelope = "tts"
        username = "app@ttn"
        password_file = "{tmp_path}/password"
        ca = "{tmp_path}/ca.pem"
        certificate = "{tmp_path}/own.pem"
        key = "{tmp_path}/own.key"
        [[source]]
        name = "chirpstack"
        url = "mqtt://10.0.0.5:1884"
        topics = ["application/+/device/+/event/+"]
        group = "ingest"
        username_env = "CHIRPSTACK_USER"
        password_env = "CHIRPSTACK"
        [[source]]
        name = "own"
        url = "ws://localhost:9001"
        [[source]]
        name = "forgetful"
        url = "mqtt://h"
        session = "clean"
        spool_mb = 2
    """
    ttn, chirpstack, own, forgetful = sources_of(text, LISTENING, {"CHIRPSTACK": "secret", "CHIRPSTACK_USER": "anna"})
    assert (ttn.envelope, ttn.source.qos, ttn.source.username, ttn.source.password) == ("tts", 0, "app@ttn", "geheim")
    assert ttn.source.topics[0] == "v3/+/devices/+/up"
    assert ttn.source.tls == Tls(ca=tmp_path / "ca.pem", certificate=tmp_path / "own.pem", key=tmp_path / "own.key")
    chosen = chirpstack.source
    assert (chosen.port, chosen.username, chosen.password) == (1884, "anna", "secret")
    assert chirpstack.source.filters == ("$share/ingest/application/+/device/+/event/+",)
    assert [(each.source.clean, each.source.spool >> 20) for each in (ttn, own, forgetful)] == [
        (False, 1024),
        (False, 0),
        (True, 2),
    ]
    assert (own.source.topics, own.source.qos, own.source.websocket) == (LISTENING, 1, "/mqtt")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('name = "a"', "missing required field `url`"),
        ('name = "a"\nurl = "mqtt://h"\npasword = "x"', "unknown field `pasword`"),
        ('name = "a b"\nurl = "mqtt://h"', "its name must be"),
        ('name = "a"\nurl = "mqtt://h"\nqos = 2', "its qos is 2"),
        ('name = "a"\nurl = "mqtt://h"\nsession = "durable"', "Use persistent, or clean"),
        ('name = "a"\nurl = "mqtt://h"\nspool_mb = -1', "its spool_mb is -1"),
        ('name = "a"\nurl = "mqtt://h"\nenvelope = "ttn"', "Did you mean 'tts'"),
        ('name = "a"\nurl = "mqtts://h"\nca = "/nowhere.pem"', "there is no file '/nowhere.pem'"),
        ('name = "a"\nurl = "mqtts://h"\nkey = "/nowhere.pem"', "belong together"),
        ('name = "a"\nurl = "mqtt://h"\npassword_env = "NOWHERE"', "no variable 'NOWHERE'"),
        ('name = "a"\nurl = "mqtt://u:geheim@h:x"', "the port must be a number"),
        ('name = "a"\nurl = "mqtt://h"\n[[source]]\nname = "a"\nurl = "mqtt://i"', "two sources are called 'a'"),
        ("nonsense", "no list of sources"),
    ],
)
def test_what_is_wrong_is_a_sentence_without_secrets(lines: str, sentence: str):
    text = lines if lines == "nonsense" else f"[[source]]\n{lines}"
    with pytest.raises(ValueError, match=r".") as caught:
        sources_of(text, LISTENING, {})
    assert sentence in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("topic", "may_be"),
    [("a/+/b", True), ("#", True), ("a/#", True), ("+", True), ("a b/ü", True), ("/", True),
     ("a/#/b", False), ("", False), ("a#", False), ("a/+b", False), ("a\0b", False), ("x" * 70_000, False)],
)  # fmt: skip
def test_a_topic_filter_is_one_or_is_refused_at_once(topic: str, *, may_be: bool):
    assert possible(topic) is may_be


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('topics = ["a/#/b"]', "source 'x': 'a/#/b' is no topic filter"),
        ('topics = [""]', "is no topic filter"),
        ('password_file = "/nowhere/secret"', "source 'x': .*/nowhere/secret"),
    ],
)
def test_what_can_never_work_is_named_with_its_source(lines: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        sources_of(f'[[source]]\nname = "x"\nurl = "mqtt://h"\n{lines}', LISTENING, {})


def test_port_0_is_none():
    with pytest.raises(ValueError, match="from 1 to 65535"):
        sources_of('[[source]]\nname = "x"\nurl = "mqtt://h:0"', LISTENING, {})


def test_a_certificate_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ValueError, match="source 'x': its certificates cannot be used"):
        sources_of(f'[[source]]\nname = "x"\nurl = "mqtts://h"\nca = "{tmp_path}/ca.pem"', LISTENING, {})
