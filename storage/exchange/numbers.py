"""Texts as numbers, in columns: missing marks, decimal commas, and what is neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NUMBER = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def is_text(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds texts."""
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def texts_of(column: pa.ChunkedArray, missing: Sequence[str] = ()) -> pa.ChunkedArray:
    """Give a column as texts without blanks around them; null where it is empty or has a mark of a missing value."""
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    absent = pc.is_in(trimmed, value_set=pa.array(["", *missing], pa.string()))
    return pc.if_else(pc.fill_null(absent, fill_value=True), pa.scalar(None, pa.string()), trimmed)


def numbers_of(
    column: pa.ChunkedArray, missing: Sequence[str] = (), decimal: str = "."
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give numbers, NaN where there are none, and tell which cells hold something that is no finite number."""
    if not is_text(column):
        numbers = to_numpy(column.cast(pa.float64()).fill_null(np.nan))
        return np.where(np.isinf(numbers), np.nan, numbers), np.isinf(numbers)
    texts = texts_of(column, missing)
    if decimal == ",":
        texts = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    texts = pc.replace_substring_regex(texts, r"^\+", "")
    valid = pc.match_substring_regex(texts, _NUMBER)
    numbers = to_numpy(pc.if_else(valid, texts, pa.scalar(None, pa.string())).cast(pa.float64()).fill_null(np.nan))
    wrong = ~to_numpy(valid.fill_null(True)) | np.isinf(numbers)
    return np.where(wrong, np.nan, numbers), wrong


def to_numpy(column: Any) -> NDArray[Any]:
    """Give a column without nulls as an array."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return values
