"""What a table can be answered in: one file per format in ``api.forms``, chosen by ``format=`` or ``Accept``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from api import forms
from api.problem import ProblemError, named
from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from api.table import Table

JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A format: its names, and how a table is written in it, block by block."""

    name: str
    """As ``format=`` says it."""
    media_type: str
    also: tuple[str, ...] = ()
    """Other media types that mean it."""
    ending: str
    """Of a file's name."""
    write: Callable[[Table], Iterator[bytes]]
    packed: bool = False
    """Whether it is compressed already."""
    schema: Mapping[str, Any]
    """What OpenAPI says of it."""


@cache
def all_forms() -> Mapping[str, Form]:
    """Give every format of tables by name."""
    return MappingProxyType({form.name: form for form in declarations(forms, "FORM")})


@cache
def offered() -> tuple[str, ...]:
    """Name every format, the one that is given where nothing is said first."""
    return JSON, *(name for name in all_forms() if name != JSON)


def chosen_form(asked: str | None, accept: str | None, offered: Sequence[str]) -> str:
    """Name the format that ``format=`` names or ``Accept`` (RFC 9110, 12.5.1) likes best; the first one by default.

    Raises ProblemError ``not-acceptable`` where none of those offered is accepted.
    """
    if asked is not None:
        return asked
    if not accept:
        return offered[0]
    liked = list(_wanted(accept))
    weight = {name: max((_weight(media, liked) for media in _media_of(name)), default=0.0) for name in offered}
    best = max(offered, key=lambda name: weight[name])
    if weight[best] <= 0.0:
        media = named(media for name in offered for media in _media_of(name)[:1])
        raise ProblemError("not-acceptable", f"Accept asks for {accept[:120]!r}; here is {media}. Or say it by format=")
    return best


def _media_of(name: str) -> tuple[str, ...]:
    return all_forms()[name].media_type.partition(";")[0], *all_forms()[name].also


def _wanted(accept: str) -> Iterable[tuple[str, float]]:
    """Read what is accepted and how much it is liked; what cannot be read is passed over."""
    for one in accept.split(","):
        media, *parameters = (piece.strip().casefold() for piece in one.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            yield media, min(1.0, max(0.0, float(quality)))
        except ValueError:
            continue


def _weight(media: str, liked: Iterable[tuple[str, float]]) -> float:
    """Give how much a media type is liked: the most exact range that it lies in says so."""
    ranges = {media: 3, f"{media.partition('/')[0]}/*": 2, "*/*": 1}
    return max(((ranges[one], quality) for one, quality in liked if one in ranges), default=(0, 0.0))[1]
