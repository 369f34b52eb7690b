"""Recordings as mosquitto_sub 2.0.11 wrote them, byte by byte, and what is told of lines that are none."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.recording import Recorded, Recording, read_line

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = st.text(st.characters(exclude_characters="+#\0\r\n", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
AT = 1_795_445_809_711_387


@pytest.mark.parametrize(
    ("line", "topic", "payload", "time"),
    [
        ("1795445809.711387493 a b/c 7b2261223a20312c20202262223a2022c3a4227d", "a b/c", '{"a": 1,  "b": "ä"}', AT),
        ("1795445809.715482524 bin 00ff80220a", "bin", b'\x00\xff\x80"\n', 1_795_445_809_715_482),
        ("1795445809.718982006 n ", "n", "", 1_795_445_809_718_982),
        ("2026-11-23T14:56:49+0000 é 31322e3530", "é", "12.50", 1_795_445_809_000_000),
        ("2026-11-23T15:56:49+0100 s 68656C6C6F", "s", "hello", 1_795_445_809_000_000),
        (
            (
                '{"tst":"2026-11-23T14:56:49.711363Z+0000","topic":"a b/c","qos":1,"retain":0,"payloadlen":20,"mid":1,'
                '"payload":"{\\"a\\": 1,  \\"b\\": \\"ä\\"}"}'
            ),
            "a b/c",
            '{"a": 1,  "b": "ä"}',
            1_795_445_809_711_363,
        ),
        (
            '{"tst":"2026-11-23T16:56:49.719153Z+0200","topic":"n","qos":0,"retain":0,"payloadlen":0,"payload":null}',
            "n",
            "",
            1_795_445_809_719_153,
        ),
        (
            '{"tst":"2020-05-06T22:12:00.000000+0100","topic":"greeting","qos":0,"retain":0,"payload":"hello world"}',
            "greeting",
            "hello world",
            1_588_799_520_000_000,
        ),
    ],
)
def test_what_mosquitto_sub_writes_is_read(line: str, topic: str, payload: str | bytes, time: int):
    expected = payload if isinstance(payload, bytes) else payload.encode()
    assert read_line(line.encode() + b"\n") == Recorded(time, (topic, expected))
    assert read_line(line.encode() + b"\r\n") == Recorded(time, (topic, expected))


@pytest.mark.parametrize(
    ("payload", "length", "expected"),
    [('{"a":1,"b":"ä"}', 20, '{"a":1,"b":"ä"}'), ("12.5", 5, "12.5"), ("null", 4, "null"), ('"hi"', 4, '"hi"')],
)
def test_json_values_are_written_anew_and_marked(payload: str, length: int, expected: str):
    line = f'{{"tst":"2026-11-23T14:56:49.7Z+0000","topic":"t","payloadlen":{length},"payload":{payload}}}'
    read = read_line(line.encode() + b"\n")
    assert (read.letter, read.exact) == (("t", expected.encode()), False)


@given(topic=TOPICS, payload=st.binary(), micros=st.integers(0, 10**16))
def test_hexadecimal_keeps_every_byte(topic: str, payload: bytes, micros: int):
    line = f"{micros // 10**6}.{micros % 10**6:06d}123 {topic} {payload.hex()}\n"
    if topic.startswith("$") or topic[:4] in {f"{q} {r} " for q in "012" for r in "01"}:
        with pytest.raises(ValueError, match=r"publish|more than a topic"):
            read_line(line.encode())
    else:
        assert read_line(line.encode()) == Recorded(micros, (topic, payload))


@given(payload=st.text(st.characters(exclude_categories=["Cs"])), topic=TOPICS.filter(lambda topic: topic[0] != "$"))
def test_json_keeps_every_text(payload: str, topic: str):
    length = len(payload.encode())
    message = {"tst": "2026-11-23T14:56:49.711363Z+0000", "topic": topic, "payloadlen": length, "payload": payload}
    assert read_line(json.dumps(message).encode() + b"\n").letter == (topic, payload.encode())


@given(st.binary())
def test_no_line_breaks_it(line: bytes):
    try:
        read_line(line)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - any sentence will do


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"\n", "this line is empty"),
        (b"city/parking/7 hello\n", "not 'time topic payload'"),
        (b"1795445809.7 t 7b2\n", "not 'time topic payload'"),
        (b"1795445809.7 t hello\n", "payload in hexadecimal"),
        (b"1795445809.7 1 0 t 7b\n", "%q and %r are not read"),
        (b"1795445809.7 t 7b22", "breaks off in this line"),
        (b"yesterday t 7b\n", "'yesterday' is no time"),
        (b"2026-11-23T14:56:49 t 7b\n", "is no time in seconds since 1970 or ISO 8601 with an offset"),
        (b"1795445809711 t 7b\n", "is no time"),
        (b"1795445809.7 $SYS/broker/uptime 7b\n", r"nobody may publish to '\$SYS/broker/uptime'"),
        (b"1795445809.7 city/+/x 7b\n", "are for listening"),
        (b"1795445809.7 " + b"t" * 65_536 + b" 7b\n", "1 to 65535 bytes"),
        (b"1795445809.7 t\xff 7b\n", "not UTF-8"),
        (b'{"tst":"2026-11-23T14:56:49Z","topic":"t","pay', "is not JSON"),
        (b'{"topic":"t","payload":"x"}\n', "lacks 'tst'"),
        (b'{"tst":1,"topic":7,"payload":"x"}\n', "a topic is a text"),
        (b'{"tst":1,"topic":"t","payloadlen":5,"payload":""}\n', "a payload of 5 bytes was recorded as 0"),
        (b'{"tst":1,"topic":"t","payload":"\\ud800"}\n', "half a character"),
        (b'{"tst":1,"topic":"\\ud800","payload":"x"}\n', "a topic is a text"),
        (b'{"tst":1,"topic":"t","payload":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n", "is not JSON"),
    ],
)
def test_a_line_that_is_none_is_a_sentence(line: bytes, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        read_line(line)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_file_is_read_with_its_bad_lines_told(compress, tmp_path: Path):
    told: list[str] = []
    file = tmp_path / "night.log"
    file.write_bytes(compress(b'1.5 a 61\nnothing\n{"tst":2,"topic":"b","payload":{}}\n3 c 6'))
    with Recording(file, told.append) as recording:
        letters = [recorded.letter for recorded in recording]
        assert recording.position == recording.size == file.stat().st_size
    assert letters == [("a", b"a"), ("b", b"{}")]
    assert (recording.bad, recording.rewritten) == (2, 1)
    assert [sentence.split(": ")[0] for sentence in told] == [f"{file}:2", f"{file}:4"]


def test_a_compressed_file_that_breaks_off_is_told(tmp_path: Path):
    told: list[str] = []
    file = tmp_path / "night.log.gz"
    whole = gzip.compress(b"".join(b"%d.0 a %06x\n" % (n, n * 7919 % 2**24) for n in range(20_000)))
    file.write_bytes(whole[: len(whole) // 2])
    with Recording(file, told.append) as recording:
        assert 0 < len(list(recording)) < 20_000
    assert recording.bad == 1
    assert "the compressed file is broken from here on" in told[0]


def test_an_empty_file_holds_nothing(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    with Recording(tmp_path / "empty", pytest.fail) as recording:
        assert list(recording) == []
