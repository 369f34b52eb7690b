"""Formats of an export, written part by part in constant memory: a file, or for Parquet a folder of days."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sensors.model import TIME
from storage.checksum import days
from storage.exchange.columns import COLUMNS, table_of
from storage.line_protocol import fields_of, head, lines, unspeakable

if TYPE_CHECKING:
    from pathlib import Path

    from sensors.model import Batch


class Format(StrEnum):
    """What an export is written as."""

    PARQUET = "parquet"
    CSV = "csv"
    ARROW = "arrow"
    LINES = "lines"


ENDINGS = {".parquet": Format.PARQUET, ".csv": Format.CSV, ".arrow": Format.ARROW, ".lp": Format.LINES}
"""Formats by how a file's name ends, ``.gz`` left aside."""
PART = ".part"
"""How a file is called that is not finished."""


class Writer(Protocol):
    """Takes batches; what it has written is whole when it is closed."""

    def add(self, batch: Batch) -> None:
        """Write some more rows."""
        ...

    def close(self) -> list[Path]:
        """Finish, and name the files written."""
        ...

    def abandon(self) -> None:
        """Let go of the files without finishing them."""
        ...


def format_of(path: Path) -> Format | None:
    """Tell a format by a file's name; None where the name does not tell."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return ENDINGS.get(suffixes[-1]) if suffixes else None


def writer(path: Path, form: Format) -> Writer:
    """Begin to write observations: to a folder for Parquet, else to a file."""
    return Folder(path) if form is Format.PARQUET else File(path, form)


class File:
    """One file, called ``.part`` until it is whole; compressed where its name ends in ``.gz``."""

    def __init__(self, path: Path, form: Format) -> None:
        self._path, self._form = path, form
        self._part = path.with_name(path.name + PART)
        self._open = ExitStack()
        self._sink: IO[bytes] = self._open.enter_context(_opened(self._part, compressed=path.suffix == ".gz"))
        self._table: Any = self._open.enter_context(_tables(self._sink, form)) if form is not Format.LINES else None

    def add(self, batch: Batch) -> None:
        """Write some more rows."""
        if self._table is None:
            self._sink.write(_lines(batch))
        elif len(batch):
            self._table.write_table(table_of(batch))

    def close(self) -> list[Path]:
        """Finish the file and give it its name."""
        self._open.close()
        self._part.replace(self._path)
        return [self._path]

    def abandon(self) -> None:
        """Leave the unfinished file."""
        self._open.close()


class Folder:
    """Parquet in folders ``property=.../day=...``: a file is finished as soon as rows of a later day come.

    Rows must come by property and day.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True)
        self._files: list[Path] = []
        self._day: tuple[str, int] | None = None
        self._table: Any = None

    def add(self, batch: Batch) -> None:
        """Write some more rows, of one property."""
        day = days(batch)
        for each in np.unique(day).tolist():
            some = batch.take(day == each)
            self._turn_to(some.datastreams[int(some.datastream[0])].observed_property, each)
            self._table.write_table(table_of(some).drop_columns(["property"]))

    def _turn_to(self, observed: str, day: int) -> None:
        if self._day == (observed, day):
            return
        self.abandon()
        folder = self._path / f"property={quote(observed, safe='')}" / f"day={np.datetime64(day, 'D')}"
        folder.mkdir(parents=True, exist_ok=True)
        self._files.append(folder / "observations.parquet")
        schema = COLUMNS.remove(COLUMNS.get_field_index("property"))
        self._table = pyarrow.parquet.ParquetWriter(self._files[-1], schema, compression="zstd")
        self._day = (observed, day)

    def close(self) -> list[Path]:
        """Finish the last file."""
        self.abandon()
        return self._files

    def abandon(self) -> None:
        """Let go of the file that is open."""
        if self._table is not None:
            self._table.close()
            self._table = None


def _opened(path: Path, *, compressed: bool) -> Any:
    return gzip.open(path, "wb", compresslevel=4) if compressed else path.open("wb")


def _tables(sink: IO[bytes], form: Format) -> Any:
    if form is Format.CSV:
        return pyarrow.csv.CSVWriter(sink, COLUMNS)
    return pa.ipc.new_file(sink, COLUMNS, options=pa.ipc.IpcWriteOptions(compression="zstd"))


def _lines(batch: Batch) -> bytes:
    used = np.unique(batch.datastream)
    for code in used.tolist():
        stream = batch.datastreams[code]
        for name in (stream.thing, stream.observed_property):
            if unspeakable(name):
                raise ValueError(
                    f"line protocol cannot name {name[:80]!r}: it {unspeakable(name)}. Choose another format"
                )
    heads = [head(batch.datastreams[code]) for code in used.tolist()]
    time = batch.phenomenon_time.astype(TIME).view(np.int64)
    return lines(heads, np.searchsorted(used, batch.datastream), fields_of(batch), time)
