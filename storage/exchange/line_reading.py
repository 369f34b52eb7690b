"""Line protocol read back: lines as a table, by one regular expression per field and none per row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.exchange.numbers import to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from storage.exchange.objections import Objections

FIELDS = ("result", "quality", "revision", "coverage", "samples")
NAMES = ("thing", "property", "derived", "phenomenon_time", "result_time", *FIELDS)
_LINE = r"^(?P<head>(?:[^\\ ]|\\.)+) (?P<fields>[^ ]+) (?P<time>\d{1,19})$"
_PARTS = re.compile(r"(?:[^\\,]|\\.)+")
_DEFAULTS = {"revision": "0", "samples": "0"}
_INSTANT = pa.timestamp("ms", "UTC")


def rows_of_lines(lines: Any, numbers: NDArray[np.int64], told: Objections) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Give the rows of lines and tell which lines are rows."""
    found = pc.extract_regex(lines, _LINE)
    heads = pc.struct_field(found, "head").dictionary_encode()
    named = [_named(head) for head in heads.dictionary.to_pylist()]
    speaks = pa.array([each is not None for each in named], pa.bool_()).take(heads.indices)
    kept = to_numpy(speaks.fill_null(False))
    bad = np.flatnonzero(~kept & ~to_numpy(pc.equal(pc.fill_null(lines, ""), "")))
    told.refuse(
        "no line",
        numbers[bad],
        lambda place: (
            f"{lines[int(bad[place])].as_py()[:60]!r} is no line of an export. Line protocol of others goes in as CSV, "
            "with a mapping"
        ),
    )
    places = {"thing": 0, "property": 1, "derived": 2}
    columns = {
        name: pa.array([each and each[place] for each in named], pa.string()).take(heads.indices)
        for name, place in places.items()
    }
    fields = pc.struct_field(found, "fields")
    columns["phenomenon_time"] = pc.divide(pc.struct_field(found, "time").cast(pa.int64()), 1_000_000).cast(_INSTANT)
    columns["result_time"] = _milliseconds(_field(fields, "result_time"))
    columns |= {name: _field(fields, name) for name in FIELDS}
    return pa.table(columns).filter(pa.array(kept)), kept


def _field(fields: Any, name: str) -> Any:
    text = pc.struct_field(pc.extract_regex(fields, f"(?:^|,){name}=(?P<value>[^,]*)"), "value")
    return pc.fill_null(text, _DEFAULTS[name]) if name in _DEFAULTS else text


def _milliseconds(text: Any) -> Any:
    whole = pc.match_substring_regex(text, r"^\d{1,15}$")
    return pc.if_else(whole, text, pa.scalar(None, pa.string())).cast(pa.int64()).cast(_INSTANT)


def _named(head: str) -> tuple[str, str, str] | None:
    """Take thing, property and whether it is derived out of a line's beginning."""
    observed, *tags = _PARTS.findall(head)
    pairs = dict(filter(None, map(_pair, tags)))
    return (pairs["thing"], _plain(observed), pairs.get("derived", "false")) if "thing" in pairs else None


def _pair(tag: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"((?:[^\\=]|\\.)+)=(.*)", tag, re.DOTALL)
    return (_plain(found[1]), _plain(found[2])) if found else None


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
