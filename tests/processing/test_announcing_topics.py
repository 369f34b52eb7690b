from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.announcing.topics import (
    LONGEST,
    ROOT,
    ack_topic,
    level,
    operator_level,
    reply_topic,
    topic_of,
)
from tests.alerting import alert

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("SR", "SR"),
        ("Stadtentsorgung Rostock", "Stadtentsorgung%20Rostock"),
        ("Müll/Süd", "M%C3%BCll%2FS%C3%BCd"),
        ("+", "%2B"),
        ("#", "%23"),
        ("100 %", "100%20%25"),
        ("$SYS", "%24SYS"),
        ("group:gateway:eui-7", "group:gateway:eui-7"),
        ("", "-"),
        ("-", "%2D"),
        ("\ud800", "%3F"),
    ],
)
def test_a_name_becomes_one_level(name: str, written: str):
    assert level(name) == written


@given(NAMES)
def test_a_level_can_be_read_back_and_holds_nothing_that_a_topic_must_not(name: str):
    written = level(name)
    assert unquote(written) == (name or "-")
    assert written
    assert not set(written) & set("/+#$ \0")
    assert written.isascii()


@given(NAMES, NAMES)
def test_no_two_names_are_one_level(one: str, other: str):
    assert (level(one) == level(other)) == (one == other)


def test_a_long_name_is_cut_and_stays_itself():
    one, other = (level("ü" * 2000 + end) for end in "ab")
    assert len(one) == len(other) == LONGEST
    assert one != other


def test_where_an_alert_stands_and_where_its_operator_speaks():
    told = alert("bin 7", operator="Stadt/Werke")
    assert topic_of(told) == f"{ROOT}/Stadt%2FWerke/waste/overflow/bin%207"
    assert operator_level(topic_of(told)) == operator_level(ack_topic("Stadt/Werke")) == "Stadt%2FWerke"
    assert reply_topic("Stadt%2FWerke") == f"{ROOT}/Stadt%2FWerke/reply"
    assert topic_of(alert(operator="")) == f"{ROOT}/-/waste/overflow/bin-7"
