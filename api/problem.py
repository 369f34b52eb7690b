"""Errors as RFC 9457 has them: every refusal says what is wrong and what to do; ``api.refusing`` answers with them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEDIA_TYPE = "application/problem+json"

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "unknown-parameter": (400, "The query has a parameter that this path does not know"),
    "repeated-parameter": (400, "A query parameter is given more than once"),
    "bad-value": (400, "A query parameter has a value that is not accepted"),
    "bad-time": (400, "A time cannot be read"),
    "bad-span": (400, "The time range holds nothing"),
    "mean-of-ratios": (400, "A mean over members would be a mean of ratios"),
    "bad-cursor": (400, "The cursor is not one that a 'next' link gave"),
    "bad-query": (400, "An option of the query cannot be understood"),
    "bad-body": (400, "The body of the request cannot be taken"),
    "bad-rule": (400, "The alert rule cannot be taken"),
    "too-many-rows": (413, "The answer would be too large"),
    "too-many-cells": (413, "Too many windows of too many datastreams are asked for"),
    "span-too-long": (413, "The span is too long"),
    "unauthorized": (401, "The key is missing or wrong"),
    "not-allowed": (403, "The key is not good for this"),
    "household": (403, "What a household uses is told of nobody alone"),
    "writing-off": (403, "Writing is switched off"),
    "cross-site": (403, "A page of another site may not do this"),
    "unknown-thing": (404, "There is no such thing"),
    "unknown-property": (404, "The thing has no such property"),
    "unknown-sequence": (400, "The sequence was never reached"),
    "no-entity": (404, "There is no such entity"),
    "not-found": (404, "There is nothing at this path"),
    "method-not-allowed": (405, "The path cannot be used in this way"),
    "body-too-slow": (408, "The body of the request did not come in time"),
    "not-acceptable": (406, "No format that is accepted can be given"),
    "conflict": (409, "It stands differently by now"),
    "rows-changed": (409, "The rows are not the ones that were cited"),
    "precondition-failed": (412, "It is not as the request says it is"),
    "precondition-required": (428, "The request must say what it changes"),
    "body-too-large": (413, "The body of the request is too large"),
    "unsupported-media-type": (415, "The body of the request is not JSON"),
    "query-too-long": (414, "The query is too long"),
    "too-many-requests": (429, "That is more than one caller may ask"),
    "refused": (400, "The request is not accepted"),
    "not-implemented": (501, "This is not supported"),
    "internal": (500, "The platform failed to answer"),
    "store-busy": (503, "The store is busy"),
    "too-many-exports": (503, "As many exports as may be at once are under way"),
    "too-many-streams": (503, "No more live streams can be served"),
    "too-many-rehearsals": (503, "Another rehearsal is under way"),
}
"""Code to status and title; ``type`` of a problem is ``/docs#code``."""


class ProblemError(Exception):
    """A refusal by its code in ``PROBLEMS``; further members of the document are given by name."""

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Give a sentence that starts with a blank and proposes the nearest known names, or nothing when none is near."""
    near = get_close_matches(given, list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""


def named(known: Iterable[str], most: int = 40) -> str:
    """Give names for a sentence: quoted, and counted where there are too many."""
    names = list(known)
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
