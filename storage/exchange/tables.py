"""Files as tables, read part by part: CSV (also compressed), Parquet, Arrow and line protocol, row by numbered row."""

from __future__ import annotations

import csv
import gzip
import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from storage.exchange.formats import Format, format_of
from storage.exchange.line_reading import NAMES, rows_of_lines
from storage.exchange.numbers import to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.exchange.mapping import Text
    from storage.exchange.objections import Objections

BLOCK = 4 << 20
"""Bytes of text that are read at a time."""
ROWS = 100_000
"""Rows of Parquet that are read at a time."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file; ``lines`` tells where each stands, the first being 1; shape (n,)."""

    table: pa.Table
    lines: NDArray[np.int64]


def names_of(path: Path, text: Text) -> list[str]:
    """Name the columns of a file. Raises ValueError for one that cannot be read."""
    form = format_of(path)
    with _sentences(path):
        if form is Format.PARQUET:
            return [*pyarrow.parquet.read_schema(path).names, *_of_folders(path)]
        if form is Format.ARROW:
            with pa.OSFile(str(path)) as file:
                return list(pa.ipc.open_file(file).schema.names)
        return list(NAMES) if form is Format.LINES else _header(path, text)[0]


def chunks(path: Path, text: Text, names: Sequence[str], told: Objections) -> Iterator[Chunk]:
    """Read the columns that are named, part by part."""
    form = format_of(path)
    read = {Format.PARQUET: _parquet, Format.ARROW: _arrow}.get(form) if form else None
    with _sentences(path):
        if read is not None:
            yield from _numbered(read(path, names))
        elif form is Format.LINES:
            yield from _lines(path, told)
        else:
            yield from _csv(path, text, names, told)


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, UnicodeError, gzip.BadGzipFile, EOFError, LookupError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"'{path}' cannot be read: {said}. Is the encoding in [file] right, and the file whole?"
        ) from None


def _numbered(tables: Iterator[pa.Table]) -> Iterator[Chunk]:
    line = 1
    for table in tables:
        yield Chunk(table, np.arange(line, line + table.num_rows))
        line += table.num_rows


def _parquet(path: Path, names: Sequence[str]) -> Iterator[pa.Table]:
    outside = _of_folders(path)
    with pyarrow.parquet.ParquetFile(path) as file:
        inside = [name for name in names if name not in outside]
        for batch in file.iter_batches(batch_size=ROWS, columns=inside):
            table = pa.Table.from_batches([batch])
            for name in outside.keys() & set(names):
                table = table.append_column(
                    name, pa.array([outside[name]] * 1).take(pa.array(np.zeros(len(batch), int)))
                )
            yield table


def _of_folders(path: Path) -> dict[str, str]:
    """Give the columns that stand in the names of folders: ``property=filling_level``."""
    parts = (part.partition("=") for part in path.absolute().parent.parts)
    return {name: unquote(value) for name, sign, value in parts if sign and name == "property"}


def _arrow(path: Path, names: Sequence[str]) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for place in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(place)]).select(list(names))


def _header(path: Path, text: Text) -> tuple[list[str], int]:
    """Give the names of the columns of a CSV file, and how many lines they and what stands before them take."""
    encoding = "utf-8-sig" if text.encoding.lower() in {"utf-8", "utf8"} else text.encoding
    with _opened(path) as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as file:
        for _ in range(text.skip):
            file.readline()
        reader = csv.reader(file, delimiter=text.separator, quotechar=text.quote or None)
        names = next(reader, [])
        if not names:
            raise ValueError(f"'{path}' is empty: a line with the names of its columns is expected")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"'{path}' has two columns '{twice[0]}': give them different names")
        return names, text.skip + reader.line_num


def _opened(path: Path) -> io.BufferedReader | gzip.GzipFile:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.GzipFile(path, "rb") if packed else path.open("rb")


def _csv(path: Path, text: Text, names: Sequence[str], told: Objections) -> Iterator[Chunk]:
    every, before = _header(path, text)
    numbering = _Numbering(before, told)
    with _opened(path) as file:
        reader = pyarrow.csv.open_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(
                column_names=every, skip_rows=before, block_size=BLOCK, encoding=text.encoding, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=text.separator,
                quote_char=text.quote or False,
                ignore_empty_lines=False,
                invalid_row_handler=numbering.misfit,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=list(names)
            ),
        )
        for batch in reader:
            if batch.num_rows:
                yield _without_blank(Chunk(pa.Table.from_batches([batch]), numbering.take(batch.num_rows)))


def _without_blank(chunk: Chunk) -> Chunk:
    """Leave out empty lines."""
    blank = np.ones(len(chunk.lines), dtype=bool)
    for column in chunk.table.columns:
        if blank.any():
            blank &= to_numpy(pc.equal(column, ""))
    return Chunk(chunk.table.filter(pa.array(~blank)), chunk.lines[~blank]) if blank.any() else chunk


class _Numbering:
    """Numbers the lines of a file, of which those that do not fit are left out."""

    def __init__(self, before: int, told: Objections) -> None:
        self._next, self._told = before + 1, told
        self._out: set[int] = set()

    def misfit(self, row: Any) -> str:
        """Leave out a line with too few or too many columns."""
        if row.number is not None:
            self._out.add(row.number)
        if row.text.strip():
            line = np.array([row.number or 0])
            self._told.refuse(
                "columns", line, lambda _: f"{row.actual_columns} columns where {row.expected_columns} are expected"
            )
        return "skip"

    def take(self, rows: int) -> NDArray[np.int64]:
        """Give the numbers of the next rows."""
        lines = np.arange(self._next, self._next + rows + len(self._out))
        lines = lines[~np.isin(lines, list(self._out))][:rows]
        self._next = int(lines[-1]) + 1
        self._out = {line for line in self._out if line >= self._next}
        return lines


def _lines(path: Path, told: Objections) -> Iterator[Chunk]:
    line = 1
    with _opened(path) as file:
        if not file.peek(1):
            return
        reader = pyarrow.csv.open_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(column_names=["line"], block_size=BLOCK, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter="\x01", quote_char=False, ignore_empty_lines=False, newlines_in_values=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types={"line": pa.string()}),
        )
        for batch in reader:
            lines = np.arange(line, line + batch.num_rows)
            line += batch.num_rows
            table, kept = rows_of_lines(batch.column(0), lines, told)
            yield Chunk(table, lines[kept])
