"""The parts of reading and writing files, so small that the answer is visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given

from sensors.model import Batch  # noqa: TC001 - Hypothesis looks at it
from storage.checksum import checksum
from storage.exchange import tables
from storage.exchange.columns import COLUMNS, batch_of, table_of
from storage.exchange.instants import pattern_of
from storage.exchange.line_reading import rows_of_lines
from storage.exchange.mapping import Text
from storage.exchange.numbers import numbers_of
from storage.exchange.objections import FIRST, Objections
from storage.exchange.tables import chunks, names_of
from tests.storage.rows import some_rows

if TYPE_CHECKING:
    from pathlib import Path


def column(*texts: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


@given(some_rows())
def test_a_table_is_the_batch_that_it_was(batch: Batch):
    table = table_of(batch)
    assert table.schema == COLUMNS
    assert checksum(batch_of(table)) == checksum(batch)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), (" -1.5 ", -1.5), ("+2", 2.0), (".5", 0.5), ("3.", 3.0), ("1e3", 1000.0), ("0.1", 0.1), ("-0", 0.0)],
)
def test_numbers_are_read_as_they_are_written(text: str, number: float):
    numbers, wrong = numbers_of(column(text))
    assert numbers.tolist() == [number]
    assert not wrong.any()


@pytest.mark.parametrize("text", ["x", "1,5", "1 000", "0x10", "nan", "inf", "1e999", "--1", "1-", "\u0661"])
def test_what_is_no_finite_number_is_told(text: str):
    numbers, wrong = numbers_of(column(text, "1"))
    assert wrong.tolist() == [True, False]
    assert np.isnan(numbers).tolist() == [True, False]


def test_missing_marks_and_decimal_commas():
    numbers, wrong = numbers_of(column("", None, "k.A.", "1.234,5", "-7"), ["k.A."], ",")
    assert np.nan_to_num(numbers, nan=-1).tolist() == [-1, -1, -1, 1234.5, -7]
    assert not wrong.any()


def test_typed_columns_need_no_reading():
    numbers, wrong = numbers_of(pa.chunked_array([pa.array([1, None, 3], pa.int32())]))
    assert np.nan_to_num(numbers, nan=-1).tolist() == [1, -1, 3]
    assert not wrong.any()


def test_a_format_that_is_not_understood_says_what_is():
    with pytest.raises(ValueError, match=r"'%Q' in 'x%Q' is not understood: write %Y"):
        pattern_of("x%Q")


def test_lines_are_taken_apart_with_their_escapes():
    told = Objections("a.lp")
    lines = pa.array(
        [
            r"fill\ level,thing=T\,r\=1\\ quality=1,result=7.5,result_time=1000 2000000",
            "level,thing=b,derived=true,district=x quality=9,result_time=1 1",
            "",
            "level quality=1 1",
            "level,thing=b quality=1",
        ]
    )
    table, kept = rows_of_lines(lines, np.arange(1, 6), told)
    assert kept.tolist() == [True, True, False, False, False]
    assert table["thing"].to_pylist() == ["T,r=1\\", "b"]
    assert table["property"].to_pylist() == ["fill level", "level"]
    assert table["derived"].to_pylist() == ["false", "true"]
    assert table["phenomenon_time"].cast(pa.int64()).to_pylist() == [2, 0]
    assert table["result"].to_pylist() == ["7.5", None]
    assert table["samples"].to_pylist() == ["0", "0"]
    assert told.counts.total() == 2
    assert told.first[0].startswith("a.lp:4: 'level quality=1 1'")


def test_lines_are_numbered_across_blocks_and_misfits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "BLOCK", 64)
    path = tmp_path / "a.csv"
    misfits = {10, 11, 57}
    lines = ["skipped", "t,v"] + ["1" if line in misfits else f"{line},{line}" for line in range(3, 100)]
    path.write_text("\n".join(lines))
    told = Objections("a.csv")
    read = list(chunks(path, Text(skip=1), ["v"], told))
    assert len(read) > 3
    assert [line for chunk in read for line in chunk.lines.tolist()] == sorted(set(range(3, 100)) - misfits)
    assert all(chunk.table["v"].to_pylist() == [str(line) for line in chunk.lines] for chunk in read)
    assert told.first[0] == "a.csv:10: 1 columns where 2 are expected"
    assert told.counts.total() == 3


def test_a_property_may_stand_in_the_name_of_a_folder(tmp_path: Path):
    path = tmp_path / "property=fill%20level" / "day=2026-01-01" / "a.parquet"
    path.parent.mkdir(parents=True)
    pyarrow.parquet.write_table(pa.table({"thing": ["a", "b"]}), path)
    assert names_of(path, Text()) == ["thing", "property"]
    (chunk,) = chunks(path, Text(), ["thing", "property"], Objections("a"))
    assert chunk.table["property"].to_pylist() == ["fill level"] * 2


def test_a_file_in_another_encoding_says_so(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes("t,v\nZähler,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match="Is the encoding in"):
        list(chunks(path, Text(), ["t", "v"], Objections("a")))


def test_a_packed_file_that_was_cut_says_so(tmp_path: Path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(ValueError, match="cannot be read"):
        names_of(path, Text())


def test_of_many_objections_the_first_are_told():
    told = Objections("a.csv")
    told.refuse("no number", np.arange(3, 20), str)
    told.refuse("no number", np.array([70]), str)
    told.refuse("no time", np.array([5]), str)
    assert told.counts == {"no number": 18, "no time": 1}
    assert len(told.first) == FIRST + 1
    assert told.first[0] == "a.csv:3: 0"
