"""The options of a query as what they mean, and what follows from several that speak of the same relation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.sta.tree import Node, Path

DEFAULT_TOP = 100
MOST_TOP = 1000
"""Entities in a page, and in each list within it; the rest is behind a next link."""
MOST_OBSERVATIONS = 10_000
"""The same for observations."""
DEEPEST_EXPAND = 6
MOST_EXPANDS = 24
MOST_SKIPPED = 100_000
"""Observations passed over: they must be read."""


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    DATA_ARRAY = "dataarray"
    CSV = "csv"
    GEOJSON = "geojson"


@dataclass(frozen=True, slots=True)
class Key:
    """What entities are ordered by."""

    by: Node
    descending: bool = False

    def __str__(self) -> str:
        return f"{self.by} {'desc' if self.descending else 'asc'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a query wants of a collection, or of an entity."""

    filter: Node | None = None
    order: tuple[Key, ...] = ()
    select: tuple[Path, ...] = ()
    expand: tuple[Expand, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    cursor: str | None = None
    """Where a page begins: taken from a next link."""
    format: Format = Format.JSON
    texts: tuple[tuple[str, str], ...] = ()
    """The options as they were given, for links and for sentences."""

    def text(self, option: str) -> str:
        """Give an option as it was written, for a sentence that says where it is wrong."""
        return dict(self.texts).get(option, "")

    def limit(self, default: int, most: int) -> int:
        """Tell how many entities a page may have."""
        return min(default if self.top is None else self.top, most)


@dataclass(frozen=True, slots=True)
class Expand:
    """A relation whose entities are to be told along, and which of them."""

    relation: str
    options: Options
    at: int = 0

    @property
    def depth(self) -> int:
        """How many relations lead to the last of them."""
        return 1 + max((inner.depth for inner in self.options.expand), default=0)

    @property
    def size(self) -> int:
        """How many relations are named."""
        return 1 + sum(inner.size for inner in self.options.expand)


NO_OPTIONS = Options()


def nested(steps: tuple[str, ...], options: Options, at: int) -> Expand:
    """Make ``Observations/FeatureOfInterest(...)`` of what stands in it: options are those of the last step."""
    first, *rest = steps
    if not rest:
        return Expand(first, options, at)
    return Expand(first, Options(expand=(nested(tuple(rest), options, at),)), at)


def merged(expands: Iterable[Expand]) -> tuple[Expand, ...]:
    """Put together what is said of one relation in several places. Raises ProblemError where that contradicts."""
    found: dict[str, Expand] = {}
    for expand in expands:
        known = found.get(expand.relation)
        found[expand.relation] = expand if known is None else replace(known, options=_both(known, expand))
    return tuple(
        replace(one, options=replace(one.options, expand=merged(one.options.expand))) for one in found.values()
    )


def _both(one: Expand, other: Expand) -> Options:
    said: dict[str, Any] = {"expand": one.options.expand + other.options.expand}
    for name in ("filter", "order", "select", "top", "skip", "count"):
        usual = getattr(NO_OPTIONS, name)
        values = [value for each in (one, other) if (value := getattr(each.options, name)) != usual]
        if len(values) == 2 and values[0] != values[1]:
            detail = f"$expand says two different things of {one.relation!r}: ${name} is given twice. Give it once."
            raise ProblemError("bad-query", detail, option="$expand")
        if values:
            said[name] = values[0]
    return Options(**said)
