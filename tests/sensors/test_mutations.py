"""Ten thousand messages with something wrong: each becomes observations or a Rejected with a reason, and soon."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sensors.decode import decode
from sensors.devices import models
from sensors.envelope import UnreadableError
from sensors.envelopes import envelopes
from sensors.kinds import kinds
from sensors.model import Device, Message
from sensors.topics import envelope_of
from tests.sensors.cities import RECEIVED, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sensors.envelope import Uplink

MESSAGES = 10_000
SLOWEST_S = 2.0
"""Far above what any message takes, far below a hang."""
EXAMPLES = [(each.topic, each.payload) for envelope in envelopes().values() for each in envelope.examples]
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**200, 1e308, -1e308, float("nan"), float("inf"), "", "x", "\x00", "NaN", "1e999",
    "9" * 400, "2026-13-45T99:99:99Z", [], {}, [[]], {"": {}}, ["x"] * 50, {"value": {"value": {}}}, "ü" * 1000,
)  # fmt: skip
"""What stands where something else should."""


def cut_short(chance: random.Random, payload: bytes) -> bytes:
    return payload[: chance.randrange(len(payload) + 1)]


def bytes_changed(chance: random.Random, payload: bytes) -> bytes:
    changed = bytearray(payload or b" ")
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def wrong_utf8(chance: random.Random, payload: bytes) -> bytes:
    place = chance.randrange(len(payload) + 1)
    return payload[:place] + chance.choice([b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\x00"]) + payload[place:]


def another_type(chance: random.Random, payload: bytes) -> bytes:
    return _rewritten(payload, lambda leaf: chance.choice(JUNK) if chance.random() < 0.3 else leaf)


def every_part_another(chance: random.Random, payload: bytes) -> bytes:
    return _rewritten(payload, lambda _: chance.choice(JUNK))


def parts_left_out(chance: random.Random, payload: bytes) -> bytes:
    def thinned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: thinned(inner) for name, inner in value.items() if chance.random() > 0.25}
        return [thinned(inner) for inner in value] if isinstance(value, list) else value

    return _written(thinned(_read(payload)))


def nested_deep(chance: random.Random, payload: bytes) -> bytes:
    depth = chance.choice([50, 1000, 100_000])
    kind = chance.choice([b'{"a":', b"["])
    return kind * depth + (b"1" if kind == b"[" else payload or b"1")


def one_part_huge(chance: random.Random, payload: bytes) -> bytes:
    return _rewritten(payload, lambda leaf: leaf if chance.random() < 0.8 else "9" * chance.choice([1000, 100_000]))


def five_megabytes(chance: random.Random, payload: bytes) -> bytes:
    return payload + chance.choice([b" ", b"x", b'{"a":1},']) * 5_000_000


def nothing_at_all(chance: random.Random, _payload: bytes) -> bytes:
    return chance.choice([b"", b" ", b"null", b"0", b'""', b"[]", b"{}", b"nan", b"online", b"\x00\x00"])


USUAL = (cut_short, bytes_changed, wrong_utf8, another_type, every_part_another, parts_left_out, nothing_at_all)
RARE = (nested_deep, one_part_huge, five_megabytes)


def _read(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return {}


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


def _rewritten(payload: bytes, leaf: Callable[[Any], Any]) -> bytes:
    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walked(inner) for name, inner in value.items()}
        return [walked(inner) for inner in value] if isinstance(value, list) else leaf(value)

    return _written(walked(_read(payload)))


def catalogue(chance: random.Random) -> dict[str, tuple[Device, ...]]:
    """Let every device of an example be of a model, at a kind of thing, for which its fields may mean something."""
    known = {uplink.device: uplink.fields or {} for topic, payload in EXAMPLES for uplink in _opened(topic, payload)}
    devices: dict[str, tuple[Device, ...]] = {}
    for name, fields in sorted(known.items()):
        fitting = [model for model in models().values() if set(model.fields) & set(fields)] or [models()["plain"]]
        model = chance.choice(fitting)
        meant = {meaning.property for meaning in model.fields.values()}
        seeing = [
            kind.name for kind in kinds().values() if not meant or meant & {prop.name for prop in kind.properties}
        ]
        devices[name] = (Device(id=name, model=model.name, thing=thing(chance.choice(seeing), name)),)
    return devices


def _opened(topic: str, payload: bytes) -> Sequence[Uplink]:
    try:
        return envelope_of(topic).open(payload, topic)
    except UnreadableError:
        return ()


@pytest.mark.parametrize("seed", range(4))
def test_every_mutated_message_ends_in_rows_or_in_a_reason(seed: int):
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    devices = catalogue(chance)
    for number in range(MESSAGES // 4):
        topic, payload = chance.choice(EXAMPLES)
        mutation = chance.choice(RARE) if number % 50 == 0 else chance.choice(USUAL)
        message = Message("s", topic, mutation(chance, payload), RECEIVED)
        began = time.perf_counter()
        decoded = decode([message], devices)
        assert time.perf_counter() - began < SLOWEST_S, (mutation.__name__, message.payload[:200])
        for _, why in decoded.rejected:
            assert why.reason
            assert "stumble" not in why.detail, (mutation.__name__, message.topic, message.payload[:500], why.detail)
            assert len(why.detail) < 2000
        assert len(decoded.rejected) <= 1
        assert len(decoded.rejected) + len(decoded.empty) + len(decoded.batch) > 0
        ends[decoded.rejected[0][1].reason if decoded.rejected else "rows" if len(decoded.batch) else "empty"] += 1
    assert ends["rows"] > 50
    assert sum(ends.values()) == MESSAGES // 4
    print(dict(ends.most_common()))  # noqa: T201 - what a person reads with -s
