"""Datastreams as InfluxQL: statements by measurement, in portions that a regular expression may name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from storage.influx.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sensors.model import Datastream
    from storage.dictionary import Dictionary

STREAMS = 1000
"""Datastreams named in one statement. A regular expression of 1 000 names takes 0.1 s, as many comparisons 0.5 s."""
LETTERS = 200_000
"""Letters of names in one statement."""
FIELDS = ("quality", "result", "result_time", "revision", "coverage", "samples")
_META = re.compile(r"[\\.+*?()|\[\]{}^$/]")


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends included, in milliseconds since 1970."""

    start: int
    end: int

    def condition(self) -> str:
        """Ask for it; what is stored a nanosecond after 1970 lies in the first millisecond."""
        return f"time >= {self.start}ms AND time < {self.end + 1}ms"


@dataclass(frozen=True, slots=True)
class Portion:
    """Datastreams of one property that one statement asks for; all of the property where ``things`` is None."""

    codes: Sequence[int]
    measurement: str
    things: Sequence[str] | None

    def select(self, what: str, span: Span | None = None, tail: str = "") -> str:
        """Ask for something of each of its series."""
        conditions = [] if span is None else [span.condition()]
        if self.things is not None:
            conditions.append(f'"thing" {_any_of(self.things)}')
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f'SELECT {what} FROM {identifier(self.measurement)}{where} GROUP BY "thing", "derived"{tail}'  # noqa: S608 - quoted


def portions(dictionary: Dictionary, codes: Sequence[int], most: int = STREAMS) -> Iterator[Portion]:
    """Cut codes into portions by property; where most of what there is is asked for, all of a property is."""
    by_property = attrgetter("observed_property")
    named = sorted(((dictionary.datastreams[code], code) for code in codes), key=lambda pair: by_property(pair[0]))
    everything = len(codes) > 1 and 2 * len(codes) >= len(dictionary) and most >= STREAMS
    for observed, group in groupby(named, lambda pair: by_property(pair[0])):
        pairs = list(group)
        if everything:
            yield Portion([code for _, code in pairs], spelled(observed), None)
            continue
        for some in _cut(pairs, most):
            yield Portion([code for _, code in some], spelled(observed), [spelled(stream.thing) for stream, _ in some])


def _cut(pairs: Sequence[tuple[Datastream, int]], most: int) -> Iterator[Sequence[tuple[Datastream, int]]]:
    begin = letters = 0
    for place, (stream, _) in enumerate(pairs):
        if place - begin == most or (place > begin and letters + len(stream.thing) > LETTERS):
            yield pairs[begin:place]
            begin, letters = place, 0
        letters += len(stream.thing)
    yield pairs[begin:]


def identifier(name: str) -> str:
    """Quote the name of a measurement or a database."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def text(value: str) -> str:
    """Quote a text."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _any_of(things: Iterable[str]) -> str:
    names = list(things)
    if len(names) == 1:
        return f"= {text(names[0])}"
    pattern = "|".join(_META.sub(r"\\\g<0>", name) for name in names)
    return f"=~ /^(?:{pattern})$/"
