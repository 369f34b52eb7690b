"""Observations of one datastream as an Arrow table: out of a store, or page by page out of a platform's API."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from smilecity.asking import asked
from smilecity.lock import DataInUseError
from smilecity.rooms import rooms
from storage.store import Query

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sensors.model import Batch
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store

COLUMNS = pa.schema(
    {
        "phenomenon_time": pa.timestamp("ms", "UTC"),
        "result_time": pa.timestamp("ms", "UTC"),
        "result": pa.float64(),
        "quality": pa.uint8(),
        "coverage": pa.float32(),
        "samples": pa.int32(),
        "revision": pa.int32(),
    }
)
PAGE = 10_000
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="next"')


def observed(
    settings: Settings, thing: str, observed_property: str, span: tuple[datetime, datetime], who: str
) -> pa.Table:
    """Read one datastream from the store, or from the API of the platform that holds it; ``who`` asks."""
    try:
        with rooms(settings, who) as (store, catalogue):
            return from_store(store, catalogue, thing, observed_property, span)
    except DataInUseError as held:
        if not held.url:
            raise
        return from_api(settings, held.url, thing, observed_property, span)


def from_store(
    store: Store, catalogue: Catalogue, thing: str, observed_property: str, span: tuple[datetime, datetime]
) -> pa.Table:
    """Read one datastream in [start, end). Raises ValueError, naming what is there, for what is unknown."""
    streams = store.spans().datastreams
    of_thing = [stream for stream in streams if stream.thing == thing]
    if not of_thing:
        known = [entry.id for entry in catalogue.things()]
        raise ValueError(f"nothing is stored of a thing '{thing}'.{_did_you_mean(thing, known)}")
    chosen = [stream for stream in of_thing if stream.observed_property == observed_property]
    if not chosen:
        names = sorted(stream.observed_property for stream in of_thing)
        raise ValueError(f"'{thing}' has no '{observed_property}'. It has: {', '.join(names)}")
    start, end = (np.datetime64(moment.replace(tzinfo=None), "ms") for moment in span)
    return _table(store.read(Query(datastreams=chosen, start=start, end=end)))


def from_api(
    settings: Settings, url: str, thing: str, observed_property: str, span: tuple[datetime, datetime]
) -> pa.Table:
    """Read the same from a platform's API, following next links to the end. Raises ValueError with its sentence."""
    start, end = (moment.isoformat().replace("+00:00", "Z") for moment in span)
    query = {"thing": thing, "property": observed_property, "from": start, "to": end, "limit": PAGE, "format": "csv"}
    page: str | None = urljoin(url, f"v1/observations?{urlencode(query, quote_via=quote)}")
    tables = []
    while page:
        table, page = _page(settings, page)
        tables.append(table)
    return pa.concat_tables(tables)


def write(table: pa.Table, output: Path | None, form: str) -> None:
    """Write a table to a file, or to standard output; ``form`` is csv or parquet."""
    sink = sys.stdout.buffer if output is None else pa.OSFile(str(output), "wb")
    if form == "csv":
        pyarrow.csv.write_csv(table, sink)
    else:
        pyarrow.parquet.write_table(table, sink, compression="zstd")
    if output is not None:
        sink.close()


def _page(settings: Settings, url: str) -> tuple[pa.Table, str | None]:
    with asked(settings, url) as answer:
        # All of it at once: a thread of Arrow's that still holds a Python file may abort the process as it ends.
        whole = pa.BufferReader(answer.read())
        table = pyarrow.csv.read_csv(whole, convert_options=pyarrow.csv.ConvertOptions(column_types=COLUMNS))
        following = _NEXT.search(answer.headers.get("Link", ""))
    return table.select(COLUMNS.names), urljoin(url, following[1]) if following else None


def _table(batch: Batch) -> pa.Table:
    columns = {
        "phenomenon_time": batch.phenomenon_time,
        "result_time": batch.result_time,
        "result": pa.array(batch.result, from_pandas=True),
        "quality": batch.quality,
        "coverage": pa.array(batch.coverage, from_pandas=True),
        "samples": batch.samples,
        "revision": batch.revision,
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()}).cast(COLUMNS)


def _did_you_mean(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
