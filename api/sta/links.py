"""Addresses of entities, relations and next pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from api.sta.asking import CURSOR
from api.sta.naming import key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.sta.options import Expand, Options

_PLAIN = "$,()/'@:;=*"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one installation; ``root`` has no slash at its end."""

    root: str

    def entity(self, name: str, id: str) -> str:  # noqa: A002 - the field's word for it
        """Give the address of an entity."""
        return f"{self.root}/{name}{key(id)}"

    def page(self, path: str, options: Iterable[tuple[str, str]]) -> str:
        """Give the address of a query, below the root."""
        return f"{self.root}/{quote(path, safe=_PLAIN)}?{_query(options)}"


def following(options: Options, cursor: str | None, skip: int | None) -> list[tuple[str, str]]:
    """Give the options of the next page: those of this one, and where it begins."""
    kept = [(name, text) for name, text in options.texts if name not in {"$skip", CURSOR}]
    return kept + ([(CURSOR, cursor)] if cursor is not None else [("$skip", str(skip))])


def written(options: Options) -> list[tuple[str, str]]:
    """Write options that stood within $expand as those of a query."""
    said = [
        ("$filter", "" if options.filter is None else str(options.filter)),
        ("$orderby", ",".join(map(str, options.order))),
        ("$select", ",".join(map(str, options.select))),
        ("$expand", ",".join(map(_expand, options.expand))),
        ("$top", "" if options.top is None else str(options.top)),
        ("$count", "true" if options.count else ""),
    ]
    return [(name, text) for name, text in said if text]


def nested_page(address: str, options: Options, cursor: str | None, skip: int | None) -> str:
    """Give the address at which a list within an answer goes on."""
    where = (CURSOR, cursor) if cursor is not None else ("$skip", str(skip))
    return f"{address}?{_query([*written(options), where])}"


def _query(options: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(text, safe=_PLAIN)}" for name, text in options)


def _expand(expand: Expand) -> str:
    inner = ";".join(f"{name}={text}" for name, text in _inner(expand.options))
    return f"{expand.relation}({inner})" if inner else expand.relation


def _inner(options: Options) -> list[tuple[str, str]]:
    return [*written(options), *([("$skip", str(options.skip))] if options.skip else [])]
