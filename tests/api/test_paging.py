from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.paging import cut, decode_cursor, decode_number, encode_cursor
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


MADE_UP = ["", "x", "!!!!", "Zm9v", "ü", "////", *map(encode_cursor, (["a"], None, -1, 2**63, 10**30, 1.5))]


@pytest.mark.parametrize("cursor", MADE_UP)
def test_a_made_up_cursor_is_refused(cursor):
    with pytest.raises(ProblemError, match="follow the 'next' links"):
        decode_number(cursor)


def test_a_number_reads_back():
    assert decode_number(encode_cursor(1_774_746_000_000)) == 1_774_746_000_000
