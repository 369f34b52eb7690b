"""Datastreams as PromQL selectors: grouped by property, in portions that a request may name."""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from storage.dictionary import Dictionary

STREAMS = 1000
"""Datastreams named in one export, which comes as a form of any length."""
LONGEST = 8_000
"""Bytes of things named in one query: -search.maxQueryLen is 16 384, and a byte may be escaped."""


class Selection:
    """Selects by the codes of an engine's dictionary."""

    def __init__(self, database: str, dictionary: Dictionary) -> None:
        self._database = database
        self._dictionary = dictionary

    def portions(self, codes: Sequence[int], longest: int | None = None) -> Iterator[Sequence[int]]:
        """Cut codes into portions that one request can name; most of what there is, is one portion."""
        begin = letters = 0
        for place, code in enumerate(() if self._most(codes) else codes):
            further = 2 * len(self._dictionary.datastreams[code].thing.encode()) + 1
            if place - begin == STREAMS or (longest is not None and place > begin and letters + further > longest):
                yield codes[begin:place]
                begin, letters = place, 0
            letters += further
        if begin < len(codes):
            yield codes[begin:]

    def selectors(self, codes: Sequence[int], fields: Sequence[str]) -> dict[str, str]:
        """Select fields of datastreams: a selector by property. They may select more than was asked for."""
        by_property = attrgetter("observed_property")
        streams = sorted((self._dictionary.datastreams[code] for code in codes), key=by_property)
        return {
            observed: self.one(observed, fields, () if self._most(codes) else {stream.thing: None for stream in some})
            for observed, some in groupby(streams, by_property)
        }

    def one(self, observed_property: str, fields: Sequence[str], things: Iterable[str] = ()) -> str:
        """Select fields of a property, of all things where none are named."""
        return selector(self._database, f"{re.escape(observed_property)}_({'|'.join(fields)})", things)

    def places(self, codes: Sequence[int]) -> dict[tuple[str, str, bool], int]:
        """Give codes by what the labels of a series say."""
        named = ((self._dictionary.datastreams[code], code) for code in codes)
        return {(stream.thing, stream.observed_property, stream.derived): code for stream, code in named}

    def _most(self, codes: Sequence[int]) -> bool:
        return len(codes) > 1 and 2 * len(codes) >= len(self._dictionary)


def selector(database: str, name: str, things: Iterable[str] = ()) -> str:
    """Select series by a pattern of their names and, where given, by their things."""
    chosen = "|".join(re.escape(thing) for thing in things)
    return f"{{__name__=~{quoted(name)},db={quoted(database)}{f',thing=~{quoted(chosen)}' if chosen else ''}}}"


def quoted(text: str) -> str:
    """Write a text as PromQL does."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
