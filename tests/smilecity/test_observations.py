from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from sensors.model import Batch, Datastream
from smilecity.observations import COLUMNS, from_store, write
from storage.catalogue import Catalogue
from storage.store import Store, open_store
from tests.publishing import spaces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPAN = (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 1, tzinfo=UTC))


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory://")
    stream = Datastream("space-1", "occupied")
    opened.write(Batch.of([stream], [0, 0], np.array([0, 1000]), [1, np.nan], quality=[1, 9]))
    yield opened
    opened.close()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put(*spaces(3))
    yield opened
    opened.close()


def test_a_span_of_a_datastream_is_a_table_with_typed_columns(store: Store, catalogue: Catalogue):
    table = from_store(store, catalogue, "space-1", "occupied", SPAN)
    assert table.schema == COLUMNS
    assert table["result"].to_pylist() == [1.0, None]
    assert table["quality"].to_pylist() == [1, 9]
    assert table["coverage"].to_pylist() == [None, None]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_is_written_to_a_file_is_read_back(store: Store, catalogue: Catalogue, tmp_path: Path, form: str):
    table = from_store(store, catalogue, "space-1", "occupied", SPAN)
    path = tmp_path / f"out.{form}"
    write(table, path, form)
    if form == "parquet":
        assert pyarrow.parquet.read_table(path).equals(table)
    else:
        options = pyarrow.csv.ConvertOptions(column_types=COLUMNS)
        assert pyarrow.csv.read_csv(path, convert_options=options).equals(table)


def test_a_thing_or_property_that_is_not_there_is_told_with_what_is(store: Store, catalogue: Catalogue):
    with pytest.raises(ValueError, match="Did you mean 'space-2'"):
        from_store(store, catalogue, "spaces-2", "occupied", SPAN)
    with pytest.raises(ValueError, match="It has: occupied"):
        from_store(store, catalogue, "space-1", "temperature", SPAN)


def test_a_span_without_rows_is_an_empty_table(store: Store, catalogue: Catalogue):
    later = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert from_store(store, catalogue, "space-1", "occupied", later).num_rows == 0
