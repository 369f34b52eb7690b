"""Reads recorded MQTT, line by line, plain or gzip, as ``mosquitto_sub`` writes it with one of these formats.

``-F '%U %t %x'``: seconds since 1970, topic, payload in hexadecimal; every byte of it is kept. ``%I`` in place of
``%U`` is understood, but knows whole seconds only.
``-F %j``: JSON with ``tst``, ``topic``, ``payload`` and ``payloadlen``; payloads that are not UTF-8 are lost in it.
``-F %J``: the same with the payload as JSON value; it is written anew, compact, not with the bytes that it had.

What was retained, and each quality of service, is published like everything else: at QoS 1, not retained.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self, cast

from sensors.clock import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from simulators.publish import Letter

WAY_OUT = "Record with: mosquitto_sub -t '#' -q 1 -F '%U %t %x'"
LONGEST_TOPIC = 65_535
_UNIX = re.compile(r"(\d{1,11})(?:\.(\d+))?", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*", re.ASCII)
_QUALITY = re.compile(r"[0-2] [01] ")
_GZIP = b"\x1f\x8b"


class Recorded(NamedTuple):
    """A message as it once came."""

    time: int
    """When it came, in microseconds since 1970 UTC."""
    letter: Letter
    exact: bool = True
    """Whether these are the bytes that it had."""


class Recording:
    """A file of recorded messages, read once, from its beginning; what cannot be read is told and passed over."""

    def __init__(self, path: Path, on_bad: Callable[[str], None]) -> None:
        """Open a file; ``on_bad`` gets a sentence with file and line for each line that cannot be read."""
        self.bad = 0
        self.rewritten = 0
        """Messages whose payload was recorded as a JSON value."""
        self._path = path
        self._on_bad = on_bad
        self._file: BinaryIO = path.open("rb")
        self.size = path.stat().st_size
        compressed = self._file.peek(2)[:2] == _GZIP if hasattr(self._file, "peek") else False
        self._lines = cast("BinaryIO", gzip.GzipFile(fileobj=self._file)) if compressed else self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        """How many of the file's bytes were read; 0 for a pipe, which does not know."""
        return self._file.tell() if self._file.seekable() else 0

    def __iter__(self) -> Iterator[Recorded]:
        number = 0
        try:
            for number, line in enumerate(self._lines, start=1):
                if recorded := self._read(number, line):
                    yield recorded
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._tell(number + 1, f"the compressed file is broken from here on ({error})")

    def _read(self, number: int, line: bytes) -> Recorded | None:
        try:
            recorded = read_line(line)
        except ValueError as error:
            self._tell(number, str(error))
            return None
        self.rewritten += not recorded.exact
        return recorded

    def _tell(self, number: int, sentence: str) -> None:
        self.bad += 1
        self._on_bad(f"{self._path}:{number}: {sentence}")


def read_line(line: bytes) -> Recorded:
    """Read one line. Raises ValueError with a sentence for one that is none of the formats, or not whole."""
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"this line is not UTF-8. {WAY_OUT}") from None
    if text.startswith("{"):
        return _from_json(text)
    if not text:
        raise ValueError(f"this line is empty; -F %J writes one for what is not JSON. {WAY_OUT}")
    if not line.endswith(b"\n"):
        raise ValueError("the recording breaks off in this line: its message may be a part only, and is left out")
    return _from_text(text)


def _from_text(text: str) -> Recorded:
    words = text.split(" ")
    topic, payload = " ".join(words[1:-1]), words[-1]
    if _QUALITY.match(topic):
        raise ValueError(f"'{topic[:80]}' looks like more than a topic: %q and %r are not read. {WAY_OUT}")
    if len(words) < 3 or not _HEX.fullmatch(payload):
        raise ValueError(f"this line is not 'time topic payload', with the payload in hexadecimal. {WAY_OUT}")
    return Recorded(_time(words[0]), (_topic(topic), bytes.fromhex(payload)))


def _from_json(text: str) -> Recorded:
    try:
        message: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this line is not JSON ({error}); the recording may break off in it") from None
    if not {"tst", "topic", "payload"} <= message.keys():
        raise ValueError(f"this JSON lacks 'tst', 'topic' or 'payload'. {WAY_OUT}, or with -F %j")
    payload, exact = _payload(message["payload"], message.get("payloadlen"))
    return Recorded(_time(str(message["tst"])), (_topic(message["topic"]), payload), exact)


def _payload(value: object, length: object) -> tuple[bytes, bool]:
    """Give a payload's bytes, and whether it had these: -F %j writes text, -F %J a value, the length tells which."""
    text = value if isinstance(value, str) else ""
    if isinstance(value, str | None) and length in (None, len(_encoded(text))):
        return _encoded(text), True
    compact = _encoded(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if isinstance(value, str) and length != len(compact):
        raise ValueError(f"a payload of {length} bytes was recorded as {len(_encoded(text))}: it is no text. {WAY_OUT}")
    return compact, False


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the payload holds half a character and cannot be written as UTF-8. {WAY_OUT}") from None


def _topic(topic: object) -> str:
    if not isinstance(topic, str) or not topic or len(topic.encode(errors="replace")) > LONGEST_TOPIC:
        raise ValueError("a topic is a text of 1 to 65535 bytes: this line has another")
    if topic.startswith("$") or any(sign in topic for sign in "+#\0"):
        raise ValueError(f"nobody may publish to '{topic[:80]}': topics with +, # or a leading $ are for listening")
    if any("\ud800" <= sign <= "\udfff" for sign in topic):
        raise ValueError("a topic is a text, and half of a pair of surrogates is none")
    return topic


def _time(text: str) -> int:
    """Read seconds since 1970 with any number of digits, or ISO 8601 with an offset, as mosquitto_sub writes either."""
    if unix := _UNIX.fullmatch(text):
        return int(unix[1]) * 1_000_000 + int((unix[2] or "").ljust(6, "0")[:6])
    # Mosquitto 2.0 writes local time, a Z that it is not, and the offset.
    named = re.sub(r"Z(?=[+-])", "", text)
    try:
        read = datetime.fromisoformat(named)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError(f"'{text[:40]}' is no time in seconds since 1970 or ISO 8601 with an offset. {WAY_OUT}")
    return (read - EPOCH) // timedelta(microseconds=1)
