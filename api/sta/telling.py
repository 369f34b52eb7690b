"""Writes entities as JSON text: what is selected of them, links, and what is told along.

Text is made in pieces for all rows of a set, each piece once where rows have it in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from api.sta.descriptions import point
from api.sta.links import Links, nested_page
from api.sta.newest import told_along
from api.sta.observations import Written, observations_text
from api.sta.options import DEFAULT_TOP, MOST_TOP
from api.sta.refusals import lacking, too_much, unsupported, wrong
from api.sta.rows import IDS, Rows, spans_of, stream_names
from api.sta.values import Times
from api.sta.windows import windows_of
from api.times import iso
from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.sta.entities import Index
    from api.sta.evaluate import Asked
    from api.sta.observed import Observed
    from api.sta.options import Expand, Options
    from api.sta.sets import EntitySet
    from api.sta.tree import Path

MOST_TOLD = 100_000
"""Entities of one relation in an answer."""
MOST_BYTES = 64 << 20
"""Of an answer: what several rows lead to is written for each of them."""

Texts = list[str]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells of entities for one request."""

    links: Links
    asked: Asked
    """For sentences about $expand."""

    def rows(self, rows: Rows, options: Options) -> Texts:
        """Write each row as a JSON object."""
        wanted = self.wanted(rows.set, options)
        for expand in options.expand:
            self._refuse_unknown(rows.set, expand)
        ids = rows.ids()
        addresses = [self.links.entity(rows.set.name, one) for one in ids]
        columns: list[Sequence[str]] = []
        if "@iot.id" in wanted:
            columns.append([f'"@iot.id":{_json(one)}' for one in ids])
        if "@iot.selfLink" in wanted:
            columns.append([f'"@iot.selfLink":{_json(one)}' for one in addresses])
        columns += self._fields(rows, wanted)
        columns += [self._along(rows, expand, addresses) for expand in options.expand]
        expanded = {expand.relation for expand in options.expand}
        linked = [name for name in rows.set.relations if name in wanted and name not in expanded]
        columns.append([_relations(one, linked) for one in addresses])
        return _objects(columns, len(rows))

    def observations(self, rows: Observed, options: Options) -> Texts:
        """Write each observation as a JSON object."""
        wanted = self.wanted(rows.set, options)
        expanded: dict[str, Any] = {}
        for expand in options.expand:
            self._refuse_unknown(rows.set, expand)
            expanded[expand.relation] = self._single(rows.one(expand.relation), expand.options)
        return observations_text(rows, Written(self.links, wanted, expanded))

    def wanted(self, of: EntitySet, options: Options) -> frozenset[str]:
        """Name what is told of an entity: what is selected, or everything. Raises ProblemError."""
        if not options.select:
            return frozenset(("@iot.id", "@iot.selfLink", *of.fields, *of.relations))
        return frozenset(self._selected(of, path, options) for path in options.select)

    def _selected(self, of: EntitySet, path: Path, options: Options) -> str:
        name = "@iot.id" if path.steps[0] in IDS else path.steps[0]
        known = ("@iot.id", "@iot.selfLink", *of.fields, *of.relations)
        if name in known and len(path.steps) == 1:
            return name
        option = "$select" if options.texts else "$expand"
        text = options.text(option) if options.texts else self.asked.text
        if name in known:
            raise unsupported(f"{path} in $select", f"Select {name!r} as a whole.")
        raise wrong(option, text, path.at, lacking(f"a {of.singular}", name, known))

    def _fields(self, rows: Rows, wanted: frozenset[str]) -> list[Sequence[str]]:
        own = _own(rows.set)
        shared = tuple(name for name in rows.set.fields if name in wanted and name not in own)
        columns: list[Sequence[str]] = [column(rows) for name, column in own.items() if name in wanted]
        if shared:
            told, place = rows.entities.told(rows.set.name)
            texts = rows.entities.once(("text", rows.set.name, shared), lambda: [_members(one, shared) for one in told])
            columns.append([texts[number] for number in place[rows.rows].tolist()])
        return columns

    def _along(self, rows: Rows, expand: Expand, addresses: Texts) -> Texts:
        """Write what a relation leads to, as a member of each row's object."""
        relation = self._refuse_unknown(rows.set, expand)
        if not relation.many:
            texts = self._single(rows.one(expand.relation), expand.options)
            return [f'"{expand.relation}":{text}' for text in texts.to_pylist()]
        places = [f"{address}/{expand.relation}" for address in addresses]
        if relation.to == "Observations":
            return self._observations_along(rows, expand, places)
        return self._many_along(rows, expand, places)

    def _single(self, rows: Rows, options: Options) -> pa.StringArray:
        """Write the one that each row has; each once, however many rows have it."""
        if options.filter is not None or options.order or options.top is not None or options.skip or options.count:
            raise wrong(
                "$expand", self.asked.text, 0, f"a {rows.set.singular} is one: only $select and $expand are known."
            )
        used, place = np.unique(rows.rows, return_inverse=True)
        texts = self.rows(Rows(rows.entities, rows.services, rows.set, used), options)
        _bear(np.array([len(text) for text in texts], dtype=np.int64)[place].sum())
        return pa.array(texts, pa.large_string()).take(pa.array(place))

    def _many_along(self, rows: Rows, expand: Expand, places: Texts) -> Texts:
        options = expand.options
        children, parent = rows.many(expand.relation)
        if options.filter is not None:
            mask = self.asked.chosen(options.filter, children)
            children, parent = children.at(mask), parent[mask]
        if options.order:
            order = self.asked.order(options.order, children)
            order = order[np.argsort(parent[order], kind="stable")]
            children, parent = children.at(order), parent[order]
        count = np.bincount(parent, minlength=len(rows))
        upto = options.skip + options.limit(DEFAULT_TOP, MOST_TOP)
        rank = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count)
        shown = (rank >= options.skip) & (rank < upto)
        if shown.sum() > MOST_TOLD:
            raise too_much(f"{shown.sum()} {expand.relation} would be told along, of at most {MOST_TOLD}: lower $top.")
        texts = self.rows(children.at(shown), options)
        lists = _split(texts, parent[shown], len(rows))
        further = [None if number <= upto else upto for number in count.tolist()]
        links = [
            None if skip is None else nested_page(place, options, None, skip)
            for place, skip in zip(places, further, strict=True)
        ]
        return _members_of(expand.relation, lists, count.tolist() if options.count else None, links)

    def _observations_along(self, rows: Rows, expand: Expand, places: Texts) -> Texts:
        told = told_along(rows, expand.options, self.asked)
        lists = _split(self.observations(told.rows, expand.options), told.parent, len(rows))
        ways = zip(places, told.cursors, told.skips, strict=True)
        links = [
            None if cursor is None and skip is None else nested_page(place, expand.options, cursor, skip)
            for place, cursor, skip in ways
        ]
        return _members_of(expand.relation, lists, told.counts if expand.options.count else None, links)

    def _refuse_unknown(self, of: EntitySet, expand: Expand) -> Any:
        relation = of.relations.get(expand.relation)
        if relation is None:
            why = lacking(f"a {of.singular}", expand.relation, tuple(of.relations))
            raise wrong("$expand", self.asked.text, expand.at, why)
        return relation


def _bear(size: np.int64) -> None:
    """Raise ProblemError for what would be written at greater length than an answer may have."""
    if size > MOST_BYTES:
        detail = (
            f"About {size >> 20} MB would be told along, of at most {MOST_BYTES >> 20}: lower $top, also in $expand,"
        )
        raise too_much(f"{detail} or expand less.")


def _own(of: EntitySet) -> dict[str, Any]:
    """Give how the fields are written that are not the same for many rows."""
    if of.name == "HistoricalLocations":
        return {"time": lambda rows: _times("time", spans_of(rows))}
    if of.name == "Datastreams":
        return {"name": _names, "observedArea": _areas, "phenomenonTime": _reaches}
    return {}


def _names(rows: Rows) -> Texts:
    names = stream_names(rows.entities)
    return [f'"name":{_json(names[row])}' for row in rows.rows.tolist()]


def _areas(rows: Rows) -> Texts:
    things = rows.entities.things
    texts = rows.entities.once("areas", lambda: [f'"observedArea":{_json(point(thing))}' for thing in things])
    return [texts[thing] for thing in rows.entities.thing_of[rows.rows].tolist()]


def _reaches(rows: Rows) -> Texts:
    """Write from when to when there are observations: to the last, where it is an instant, or to its window's end."""
    spans = spans_of(rows)
    end = np.where(windows_of(rows.entities, rows.rows) > 0, spans.end, spans.end - 1)
    return _times("phenomenonTime", Times(spans.start, end))


def _times(name: str, times: Times) -> Texts:
    """Write times; nothing where there is none."""
    known = times.known()
    start, end = (iso(np.where(known, column, 0).astype(TIME)).tolist() for column in (times.start, times.end))
    if times.instant:
        written = [f'"{name}":"{one}"' for one in start]
    else:
        written = [f'"{name}":"{one}/{other}"' for one, other in zip(start, end, strict=True)]
    return [text if there else "" for text, there in zip(written, known.tolist(), strict=True)]


def _members(told: dict[str, Any], names: tuple[str, ...]) -> str:
    """Write some members of an object, without its braces."""
    return _json({name: told[name] for name in names if name in told})[1:-1]


def _relations(address: str, names: Sequence[str]) -> str:
    return ",".join(f'"{name}@iot.navigationLink":{_json(f"{address}/{name}")}' for name in names)


def _objects(columns: Sequence[Sequence[str]], size: int) -> Texts:
    """Put pieces together to objects."""
    if not columns:
        return ["{}"] * size
    return [f"{{{','.join(filter(None, pieces))}}}" for pieces in zip(*columns, strict=True)]


def _split(texts: Texts, parent: Index, count: int) -> list[str]:
    """Write lists of what belongs to each of ``count`` parents; ``parent`` ascends."""
    _bear(np.int64(sum(map(len, texts))))
    limits = np.searchsorted(parent, np.arange(count + 1)).tolist()
    return [f"[{','.join(texts[first:last])}]" for first, last in pairwise(limits)]


def _members_of(name: str, lists: Texts, counts: Sequence[int] | None, links: Sequence[str | None]) -> Texts:
    written = []
    for number, text in enumerate(lists):
        pieces = [f'"{name}":{text}']
        if counts is not None:
            pieces.insert(0, f'"{name}@iot.count":{counts[number]}')
        if (link := links[number]) is not None:
            pieces.append(f'"{name}@iot.nextLink":{_json(link)}')
        written.append(",".join(pieces))
    return written


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
