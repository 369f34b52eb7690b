"""Codecs by TS013 and older ones, in QuickJS: what they may do, and what stops them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sensors import codec as codecs
from sensors.codec import DEPTH, LONGEST, OVERRUNS, REST_S, RESULT, Codec, CodecError
from tests.sensors.cities import RECEIVED

FRAME = bytes.fromhex("06720dac")
BIN = """
// Distance in mm in two bytes, battery in mV in the two after them; warnings and a time of its own.
function decodeUplink(input) {
    if (input.fPort !== 2) return {errors: ["port " + input.fPort + " carries no measurement"]};
    if (input.bytes.length < 4) throw new Error("a frame of " + input.bytes.length + " bytes is too short");
    var read = function (place) { return input.bytes[place] << 8 | input.bytes[place + 1]; };
    return {
        data: {distance: read(0), millivolt: read(2), at: input.recvTime.toISOString()},
        warnings: ["battery is getting low"],
    };
}
"""


def run(source: str, payload: bytes = FRAME, port: int = 2, time: int = RECEIVED) -> dict[str, Any]:
    return Codec(source).decode(payload, port, time)


def uplink(body: str) -> str:
    return f"function decodeUplink(input) {{ {body} }}"


def refusal(source: str) -> str:
    with pytest.raises(CodecError) as caught:
        run(source)
    return str(caught.value)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "CALL_S", 0.02)
    monkeypatch.setattr(codecs, "LOAD_S", 0.05)


def test_a_codec_gets_bytes_port_and_time_and_gives_its_data():
    expected = {"distance": 1650, "millivolt": 3500, "at": "2027-01-15T08:00:00.000Z"}
    assert run(BIN) == expected


def test_bytes_are_an_array_of_numbers_and_the_time_is_a_date():
    told = run(
        uplink(
            "return {data: {array: Array.isArray(input.bytes), bytes: input.bytes.slice().reverse(),"
            " date: input.recvTime instanceof Date, port: input.fPort === 200}}"
        ),
        payload=b"\x00\x7f\x80\xff",
        port=200,
    )
    assert told == {"array": True, "bytes": [255, 128, 127, 0], "date": True, "port": True}


def test_a_frame_without_bytes_is_a_frame():
    assert run(uplink("return {data: {length: input.bytes.length}}"), payload=b"") == {"length": 0}


def test_its_errors_are_its_own_words_and_its_warnings_are_kept_out():
    with pytest.raises(CodecError, match=r"^it says: port 5 carries no measurement$"):
        run(BIN, port=5)
    assert refusal(uplink("return {data: {a: 1}, errors: ['first', {code: 2}]}")) == "it says: first; {'code': 2}"
    assert run(uplink("return {data: {a: 1}, errors: [], warnings: ['w']}")) == {"a": 1}


def test_what_it_throws_is_its_own_words():
    with pytest.raises(CodecError, match=r"^it says: a frame of 1 bytes is too short$"):
        run(BIN, payload=b"\x01")
    assert refusal(uplink("return input.nothing.there")).startswith("it says: TypeError: ")
    assert refusal(uplink("throw 'a word'")) == "it says: a word"
    assert refusal(uplink("throw {toString() { throw this; }}")) == "it says: an error that cannot be shown"


def test_a_long_text_of_its_own_is_cut():
    assert len(refusal(uplink("throw new Error('x'.repeat(5000))"))) < 400


@pytest.mark.parametrize(
    "source",
    [
        "const decodeUplink = (input) => ({data: {a: input.bytes[0]}}); // no line after this",
        "'use strict'; let decodeUplink = function (input) { return {data: {a: input.bytes[0]}}; };",
        "exports.decodeUplink = (input) => ({data: {a: input.bytes[0]}});",
        "module.exports = {decodeUplink(input) { return {data: {a: input.bytes[0]}}; }};",
        "function decodeUplink(input) { return {data: read(input.bytes)}; } function read(b) { return {a: b[0]}; }",
        "(function () { globalThis.decodeUplink = (input) => ({data: {a: input.bytes[0]}}); })();",
        "value = 6; function decodeUplink() { return {data: {a: this.value}}; }",
        "\ufefffunction decodeUplink(input) { console.log(input); return {data: {a: input.bytes[0]}}; }",
    ],
)
def test_a_codec_may_be_written_as_vendors_write_it(source: str):
    assert run(source) == {"a": 6}


@pytest.mark.parametrize(
    "source",
    [
        "function Decoder(bytes, port) { return {first: bytes[0], port: port}; }",
        "function Decode(fPort, bytes, variables) { return {first: bytes[0], port: fPort, ...variables}; }",
        "function Decode(fPort, bytes) { return {data: {first: bytes[0], port: fPort}, warnings: []}; }",
        "function Decoder() { return {}; } function Decode(p, b) { return {first: b[0], port: p}; }",
    ],
)
def test_the_older_signatures_of_ttn_2_and_chirpstack_3_work(source: str):
    assert run(source) == {"first": 6, "port": 2}


def test_a_field_of_an_older_codec_may_be_called_data():
    assert run("function Decoder() { return {data: {a: 1}, b: 2}; }") == {"data": {"a": 1}, "b": 2}


@pytest.mark.parametrize(
    "given", ["", "undefined", "null", "5", "'text'", "[]", "{}", "{data: null}", "{data: [1]}", "Promise.resolve({})"]
)
def test_nonsense_is_refused_with_a_sentence(given: str):
    assert refusal(uplink(f"return {given}")) == "it gave no object of fields"


def test_what_json_cannot_say_is_not_there():
    told = run(uplink("return {data: {a: NaN, b: -Infinity, c: undefined, d() {}, e: new Date(0), f: -0}}"))
    assert told == {"a": None, "b": None, "e": "1970-01-01T00:00:00.000Z", "f": 0}


@pytest.mark.parametrize("value", ["10n", "(() => { const o = {}; o.o = o; return o; })()", "'\\ud800'"])
def test_a_value_that_no_json_holds_is_refused(value: str):
    assert refusal(uplink(f"return {{data: {{a: {value}}}}}"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "body",
    [
        "for (;;);",
        "try { for (;;); } finally { for (;;); }",
        "return {data: {get a() { for (;;); }}};",
        "return {data: {toJSON() { for (;;); }}};",
        "throw {toString() { for (;;); }};",
        "return {data: {a: /(a*)*b/.test('a'.repeat(50))}};",
        "return new Proxy({}, {get() { for (;;); }});",
        "Error.prepareStackTrace = () => ({toString() { for (;;); }}); for (;;);",
        "InternalError.prototype.toString = Object.prototype[Symbol.toPrimitive] = () => { for (;;); }; for (;;);",
        "Object.defineProperty(Error.prototype, 'stack', {get() { for (;;); }}); for (;;);",
        "Object.setPrototypeOf(InternalError.prototype, {get name() { for (;;); }}); for (;;);",
    ],
)
def test_a_codec_that_does_not_end_is_stopped(body: str):
    assert "of processor time and was stopped" in refusal(uplink(body))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("source", ["for (;;);", "throw {toString() { for (;;); }};"])
def test_a_file_that_does_not_end_is_stopped(source: str):
    assert "of processor time and was stopped" in refusal(source)


@pytest.mark.parametrize("call", ["sort", "reverse", "join", "concat", "slice", "flat", "splice"])
def test_an_array_longer_than_memory_is_refused_where_no_time_limit_looks(call: str):
    for array in ("{length: 2 ** 53 - 1}", "new Array(2 ** 32 - 1)"):
        assert "an array is longer than" in refusal(uplink(f"return {{data: {{a: [].{call}.call({array}, 0)}}}}"))
    assert "an array is longer than" in refusal(uplink("return {data: {a: String(new Array(2 ** 32 - 1))}}"))


@pytest.mark.parametrize(
    "body",
    [
        "var a = []; for (;;) a.push(new Array(1000).fill(1));",
        "return {data: {a: 'x'.repeat(1e9)}};",
        "return {data: {a: new ArrayBuffer(1e9).byteLength}};",
    ],
)
def test_a_codec_that_takes_too_much_memory_is_stopped(body: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codecs, "MEMORY", 4 * 2**20)
    assert refusal(uplink(body)) == "it needed more than 4 MiB of memory and was stopped"


def test_a_codec_that_calls_itself_without_end_is_stopped():
    assert "call stack" in refusal(uplink("return decodeUplink(input)"))


def test_a_result_that_is_too_long_or_too_deep_is_refused():
    assert "longer than 64 KiB" in refusal(uplink(f"return {{data: {{a: 'x'.repeat({RESULT})}}}}"))
    nested = "let o = {{a: 1}}; for (let i = 1; i < {}; i++) o = {{o}}; return {{data: o}};"
    assert run(uplink(nested.format(DEPTH)))
    assert f"deeper than {DEPTH}" in refusal(uplink(nested.format(DEPTH + 1)))
    assert "call stack" in refusal(uplink(nested.format(100_000)))


def test_many_flat_objects_are_not_deep():
    assert len(run(uplink("return {data: {a: Array.from({length: 100}, () => ({b: [1]}))}}"))["a"]) == 100


def test_a_payload_that_no_device_sends_is_refused():
    with pytest.raises(CodecError, match=f"at most {LONGEST}"):
        run(BIN, payload=bytes(LONGEST + 1))
    assert run(uplink("return {data: {n: input.bytes.length}}"), payload=bytes(LONGEST)) == {"n": LONGEST}


def test_there_is_nothing_to_read_or_write_with():
    names = (
        "require",
        "process",
        "std",
        "os",
        "print",
        "fetch",
        "setTimeout",
        "scriptArgs",
        "XMLHttpRequest",
        "Worker",
    )
    told = run(uplink(f"return {{data: {{{', '.join(f'{name}: typeof {name}' for name in names)}}}}}"))
    assert set(told.values()) == {"undefined"}


def test_modules_are_not_loaded():
    assert "SyntaxError" in refusal("import * as os from 'os'; function decodeUplink() { return {data: {}}; }")
    assert run(uplink("import('os'); import('std'); return {data: {a: 1}}")) == {"a": 1}


def test_a_codec_may_spoil_what_it_has_and_harms_itself_alone():
    spoil = "JSON.stringify = Array.isArray = Date = String = null; Array.prototype[Symbol.iterator] = null;"
    pollute = "Object.prototype.errors = ['mine']; Array.prototype.toJSON = Object.prototype.toJSON = () => 1;"
    assert run(f"{spoil} {uplink('return {data: {a: 1}}')}") == {"a": 1}
    assert refusal(f"{pollute} {uplink('return {data: {a: 1}}')}")
    assert run(BIN)["distance"] == 1650


def test_a_class_of_errors_of_its_own_may_have_a_name():
    source = "class Short extends RangeError { constructor(m) { super(m); this.name = 'Short'; } }"
    assert refusal(f"{source} {uplink('throw new Short(4)')}") == "it says: Short: 4"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "it has no function decodeUplink(input)"),
        ("var decodeUplink = 5;", "it has no function decodeUplink(input)"),
        ("function decodeUplink( {", "SyntaxError"),
        ("throw new Error('not today');", "not today"),
        ("/* without an end", "SyntaxError"),
        ("[" * 100_000, "call stack"),
    ],
)
def test_a_file_that_is_no_codec_says_why_every_time(source: str, words: str):
    broken = Codec(source)
    for _ in range(2):
        with pytest.raises(CodecError, match="the file cannot be used: ") as caught:
            broken.decode(FRAME, 2, RECEIVED)
        assert words in str(caught.value)


def test_the_context_is_kept_warm_and_globals_are_the_vendors_affair():
    counting = Codec("var n = 0; " + uplink("n += 1; return {data: {n: n}}"))
    assert [counting.decode(FRAME, 2, RECEIVED)["n"] for _ in range(3)] == [1, 2, 3]
    other = Codec(counting.source)
    assert other.decode(FRAME, 2, RECEIVED) == {"n": 1}


@pytest.mark.usefixtures("quick")
def test_a_codec_that_was_stopped_or_threw_reads_the_next_frame():
    moody = Codec(
        "var kept = [];"
        + uplink("if (input.fPort === 1) for (;;); if (input.fPort === 3) throw 1; return {data: {a: 1}}")
    )
    for port in (1, 3, 1):
        with pytest.raises(CodecError):
            moody.decode(FRAME, port, RECEIVED)
        assert moody.decode(FRAME, 2, RECEIVED) == {"a": 1}


def test_a_codec_whose_leak_has_filled_its_memory_goes_on_in_a_fresh_context(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codecs, "MEMORY", 2 * 2**20)
    leaking = Codec("var kept = [];" + uplink("kept.push(new Uint8Array(1e5)); return {data: {n: kept.length}}"))
    told = [leaking.decode(FRAME, 2, RECEIVED)["n"] for _ in range(60)]
    assert max(told) > 5
    assert told.count(1) > 1


@pytest.mark.usefixtures("quick")
def test_a_codec_that_has_to_be_stopped_again_and_again_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(codecs, "monotonic", lambda: now)
    endless = Codec(uplink("if (input.fPort === 1) for (;;); return {data: {a: 1}}"))
    for _ in range(OVERRUNS):
        with pytest.raises(CodecError, match="processor time"):
            endless.decode(FRAME, 1, RECEIVED)
    with pytest.raises(CodecError, match="left alone for a while"):
        endless.decode(FRAME, 2, RECEIVED)
    now += REST_S
    assert endless.decode(FRAME, 2, RECEIVED) == {"a": 1}


def test_a_codec_may_be_used_from_many_threads():
    echo = Codec(uplink("let s = 0; for (const b of input.bytes) s += b; return {data: {s, p: input.fPort}}"))
    start = threading.Barrier(4)

    def sums(port: int) -> bool:
        start.wait()
        return all(echo.decode(bytes([n % 256] * 9), port, n) == {"s": 9 * (n % 256), "p": port} for n in range(500))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(sums, range(4)))
