"""Writes observations as JSON text, by columns: Arrow joins the pieces of all rows at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.columns import FORMULA_VERSION, QUALITY_NAMES
from api.rows import instants, numbers_as_text
from api.sta.naming import key
from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.sta.links import Links
    from api.sta.observed import Observed

_FLAGS = pa.array([f'{flag},"name":"{QUALITY_NAMES.get(flag, "unknown")}"' for flag in range(256)])


@dataclass(frozen=True, slots=True)
class Written:
    """What is written of observations."""

    links: Links
    wanted: frozenset[str]
    expanded: Mapping[str, pa.StringArray] = field(default_factory=dict)
    """By relation what it leads to, as JSON, for each row."""


def observations_text(rows: Observed, written: Written) -> list[str]:
    """Write each observation as a JSON object."""
    if not len(rows):
        return []
    pieces: list[Any] = []
    for member in _members(rows, written):
        pieces += [",", *member] if pieces else list(member)
    texts: list[str] = _joined("{", *pieces, "}").to_pylist() if pieces else ["{}"] * len(rows)
    return texts


def times_text(rows: Observed) -> pa.StringArray:
    """Write when each was true: an instant, or begin and end of a window."""
    times = rows.times
    start = instants(times.start.view(TIME))
    if times.instant:
        return start
    end = instants(times.end.view(TIME))
    return pc.if_else(pa.array(times.end > times.start + 1), _joined(start, "/", end), start)


def result_times_text(rows: Observed) -> pa.StringArray:
    """Write when each was known."""
    return instants(rows.batch.result_time.astype(TIME))


def numbers_text(column: Any) -> pa.StringArray:
    """Write numbers as JSON, null for what is not finite; shape (n,)."""
    return pc.fill_null(numbers_as_text(pa.array(column)), "null")


def quality_text(rows: Observed) -> pa.StringArray:
    """Write how good each is, as a JSON object."""
    batch = rows.batch
    return _joined(
        '{"flag":',
        _FLAGS.take(pa.array(batch.quality)),
        ',"coverage":',
        numbers_text(batch.coverage),
        ',"samples":',
        pc.cast(pa.array(batch.samples), pa.string()),
        ',"revision":',
        pc.cast(pa.array(batch.revision), pa.string()),
        _formula_text(rows),
        "}",
    )


def _formula_text(rows: Observed) -> Any:
    """Write by which version of its formula each result was computed; nothing for what is by none that is known."""
    versions = rows.formula_versions
    if versions.null_count == len(versions):
        return ""
    return pc.fill_null(_joined(f',"{FORMULA_VERSION}":', pc.cast(versions, pa.string())), "")


def _members(rows: Observed, written: Written) -> Iterator[tuple[Any, ...]]:
    """Give each member of the object as pieces to be joined."""
    wanted, time = written.wanted, pc.cast(pa.array(rows.start), pa.string())
    if "@iot.id" in wanted:
        yield _heads(rows, lambda name: f'"@iot.id":{_json(name + "/")[:-1]}'), time, '"'
    addresses = _heads(rows, lambda name: f"{written.links.root}/Observations{key(name + '/')[:-2]}")
    if "@iot.selfLink" in wanted:
        yield '"@iot.selfLink":"', addresses, time, "')\""
    if "phenomenonTime" in wanted:
        yield '"phenomenonTime":"', times_text(rows), '"'
    if "resultTime" in wanted:
        yield '"resultTime":"', result_times_text(rows), '"'
    if "result" in wanted:
        yield '"result":', numbers_text(rows.batch.result)
    if "resultQuality" in wanted:
        yield '"resultQuality":', quality_text(rows)
    for relation, texts in written.expanded.items():
        yield f'"{relation}":', texts.cast(pa.string())
    for relation in rows.set.relations:
        if relation in wanted and relation not in written.expanded:
            yield f'"{relation}@iot.navigationLink":"', addresses, time, f"')/{relation}\""


def _heads(rows: Observed, write: Any) -> pa.StringArray:
    """Write something of each row's datastream, once for each of these."""
    used, place = np.unique(rows.stream, return_inverse=True)
    texts = [write(rows.entities.streams[row].name) for row in used]
    return pa.array(texts, pa.string()).take(pa.array(place))


def _joined(*pieces: Any) -> pa.StringArray:
    return pc.binary_join_element_wise(*pieces, "")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
