from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.paging import cut, decode_cursor, encode_cursor
from api.problem import ProblemError


@given(st.sets(st.text()), st.integers(1, 7))
def test_walking_pages_gives_each_row_once(names, limit):
    rows = sorted(names)
    page, cursor = cut(rows, str, None, limit)
    walked = [*page]
    while cursor is not None:
        assert len(page) == limit
        page, cursor = cut(rows, str, cursor, limit)
        walked += page
    assert walked == rows


def test_rows_that_come_and_go_between_pages_shift_nothing():
    page, cursor = cut(["b", "d", "f"], str, None, 2)
    assert page == ["b", "d"]
    assert cut(["a", "b", "c", "e", "f"], str, cursor, 2) == (["e", "f"], None)


@given(st.tuples(st.text(), st.text(), st.booleans()))
def test_a_cursor_reads_back(key):
    assert decode_cursor(encode_cursor(key), tuple[str, str, bool]) == key


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "Zm9v", "ü", encode_cursor(["a"]), encode_cursor(None), "////"])
def test_a_made_up_cursor_is_refused(cursor):
    with pytest.raises(ProblemError, match="follow the 'next' links"):
        decode_cursor(cursor, int)
