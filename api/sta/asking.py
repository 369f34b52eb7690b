"""What a request asks for: its query taken apart into options, within limits, and nothing overlooked."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from api.problem import ProblemError, did_you_mean, named
from api.sta.grammar import parse_expansion, parse_filter, parse_order, parse_selection
from api.sta.options import DEEPEST_EXPAND, MOST_EXPANDS, Format, Options
from api.sta.refusals import unsupported, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_QUERY = 16_384
"""Characters of a query string: a polygon in a filter is long."""
ELSEWHERE = ("$search", "$format", "$apply", "$compute", "$levels", "$index", "$skipFilter", "$deltatoken", "$entity")
"""Options of OData and of other servers that are not here."""
CURSOR = "$skiptoken"


def options_of(query: str) -> Options:
    """Read the options of a query string. Raises ProblemError for one that is unknown, twice or wrong."""
    if len(query) > LONGEST_QUERY:
        detail = f"A query may have {LONGEST_QUERY} characters, this one has {len(query)}."
        raise ProblemError("query-too-long", detail)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise ProblemError("bad-query", "The query has more than 50 options.") from None
    said: dict[str, str] = {}
    for name, text in pairs:
        _note(said, name, text)
    return _read(tuple(said.items()))


def _note(said: dict[str, str], name: str, text: str) -> None:
    if name not in _READ:
        known = named(_READ)
        if name in ELSEWHERE:
            raise unsupported(f"The option {name}", f"There are {known}.")
        raise unsupported(f"The option {name[:60]!r}", f"There are {known}.{did_you_mean(name, _READ)}")
    if said.setdefault(name, text) != text:  # pygeoapi adds the same a second time to a next link
        raise ProblemError("bad-query", f"{name} is given twice, with different values; give it once.", option=name)


@lru_cache(maxsize=512)
def _read(said: tuple[tuple[str, str], ...]) -> Options:
    """Read options; the same ones are asked again and again."""
    read = {_NAMES[name]: _READ[name](text.strip()) for name, text in said}
    options = replace(Options(**read), texts=said)
    depth, size = max((one.depth for one in options.expand), default=0), sum(one.size for one in options.expand)
    if depth > DEEPEST_EXPAND or size > MOST_EXPANDS:
        detail = (
            f"$expand may name {MOST_EXPANDS} relations, {DEEPEST_EXPAND} behind each other; this is {size}, {depth}."
        )
        raise ProblemError("bad-query", detail, option="$expand")
    return options


def _whole(option: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 10:
            raise wrong(option, text, 0, "it is a whole number that is not negative.")
        return int(text)

    return read


def _count(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise wrong("$count", text, 0, "it is true or false.")
    return text.lower() == "true"


def _format(text: str) -> Format:
    known = {form.value: form for form in Format}
    if text.lower() not in known:
        raise unsupported(f"$resultFormat={text[:60]!r}", "There are json, dataArray, CSV and GeoJSON.")
    return known[text.lower()]


def _cursor(text: str) -> str:
    if len(text) > 2000:
        raise ProblemError("bad-query", f"{CURSOR} is not one of this service: follow the next link as it is.")
    return text


_READ: Mapping[str, Callable[[str], Any]] = {
    "$filter": parse_filter,
    "$orderby": parse_order,
    "$select": parse_selection,
    "$expand": parse_expansion,
    "$top": _whole("$top"),
    "$skip": _whole("$skip"),
    "$count": _count,
    "$resultFormat": _format,
    CURSOR: _cursor,
}
_NAMES = {
    "$filter": "filter",
    "$orderby": "order",
    "$select": "select",
    "$expand": "expand",
    "$top": "top",
    "$skip": "skip",
    "$count": "count",
    "$resultFormat": "format",
    CURSOR: "cursor",
}
