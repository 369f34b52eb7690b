"""Query options read: every tree comes back from its text, and what is wrong is said with its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.problem import ProblemError
from api.sta.grammar import DEEPEST, LONGEST, parse_expansion, parse_filter, parse_order, parse_selection
from api.sta.links import written
from api.sta.tree import ARITHMETIC, COMPARISONS, Call, Kind, Literal, Node, Operation, Path

WORDS = ("name", "properties", "eqal", "andante", "notable", "@iot.id", "Thing", "true_area", "größe", "a-b")
TIMES = st.integers(0, 4_000_000_000_000).map(lambda ms: np.datetime64(ms, "ms"))

LITERALS = st.one_of(
    st.just(Literal(Kind.NOTHING, None)),
    st.booleans().map(lambda value: Literal(Kind.TRUTH, value)),
    st.integers(-(10**12), 10**12).map(lambda value: Literal(Kind.NUMBER, value)),
    st.floats(-1e300, 1e300).map(lambda value: Literal(Kind.NUMBER, value)),
    st.text(max_size=12).map(lambda value: Literal(Kind.TEXT, value)),
    TIMES.map(lambda value: Literal(Kind.TIME, value)),
    st.tuples(TIMES, TIMES).map(lambda pair: Literal(Kind.INTERVAL, tuple(sorted(pair)))),
    TIMES.map(lambda value: Literal(Kind.DAY, value.astype("datetime64[D]"))),
    st.integers(-(10**9), 10**9).map(lambda ms: Literal(Kind.DURATION, np.timedelta64(ms, "ms"))),
    st.just(Literal(Kind.PLACE, "POINT (12.1 54.1)")),
)
PATHS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda steps: Path(tuple(steps)))


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def operation(name: str, operands: list[Node]) -> Node:
        return Operation(name, tuple(operands))

    return st.one_of(
        st.builds(operation, st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3)),
        st.builds(operation, st.sampled_from((*COMPARISONS, *ARITHMETIC)), st.lists(inner, min_size=2, max_size=2)),
        inner.map(lambda node: Operation("not", (node,))),
        inner.filter(lambda node: not isinstance(node, Literal)).map(lambda node: Operation("minus", (node,))),
        st.builds(
            lambda name, operands: Call(name, tuple(operands)),
            st.sampled_from(("startswith", "geo.distance", "now", "year")),
            st.lists(inner, max_size=3),
        ),
    )


TREES = st.recursive(st.one_of(LITERALS, PATHS), grown, max_leaves=8)


@settings(max_examples=30)
@given(TREES)
def test_what_is_printed_is_read_as_it_was(tree):
    assert parse_filter(str(tree)) == tree


@settings(max_examples=30)
@given(st.text(alphabet="abc'()/ ,;$=-1.:TZ eqandnot", max_size=40))
def test_any_text_is_read_or_refused_with_its_place(text):
    for parse in (parse_filter, parse_order, parse_selection, parse_expansion):
        try:
            parse(text)
        except ProblemError as refusal:
            assert refusal.code in {"bad-query", "not-implemented"}  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a eq 1 and b eq 2 or c eq 3", "(a eq 1 and b eq 2) or c eq 3"),
        ("not a eq 1 and b eq 2", "(not (a eq 1)) and (b eq 2)"),
        ("a add b mul c gt 1", "(a add (b mul c)) gt 1"),
        ("a eq -1", "a eq (-1)"),
        ("t eq 2026-03-29T03:00:00+02:00", "t eq 2026-03-29T01:00:00.000Z"),
        ("t eq 2026-03-29T03:00:00 02:00", "t eq 2026-03-29T01:00Z"),
        ("name eq 'it''s'", "(name) eq ('it''s')"),
        ("GEO.Intersects(location,GEOGRAPHY'point(1 2)')", "geo.intersects( location , geography'point(1 2)' )"),
        ("t gt duration'P1DT2H3M4.5S'", "t gt duration'PT93784.5S'"),
    ],
)
def test_what_is_written_in_two_ways_is_one(text, same):
    assert parse_filter(text) == parse_filter(same)


def test_order_is_case_insensitive():
    assert [key.descending for key in parse_order("phenomenonTime DESC, name Asc,@iot.id")] == [True, False, False]


def test_what_pygeoapi_expands_is_one_list_per_relation():
    text = (
        "Sensor,ObservedProperty,Thing,Thing/Locations,"
        "Observations($select=@iot.id;$orderby=phenomenonTime desc),Observations/FeatureOfInterest($select=feature)"
    )
    expands = {expand.relation: expand.options for expand in parse_expansion(text)}
    assert list(expands) == ["Sensor", "ObservedProperty", "Thing", "Observations"]
    assert [inner.relation for inner in expands["Thing"].expand] == ["Locations"]
    assert [inner.relation for inner in expands["Observations"].expand] == ["FeatureOfInterest"]
    assert str(expands["Observations"].order[0]) == "phenomenonTime desc"


def test_nested_options_are_written_as_they_were():
    text = (
        "Datastreams($filter=name eq 'x';$expand=Observations($top=1;$orderby=phenomenonTime desc);$top=5;$count=true)"
    )
    (expand,) = parse_expansion(text)
    assert dict(written(expand.options)) == {
        "$filter": "(name) eq ('x')",
        "$expand": "Observations($orderby=phenomenonTime desc;$top=1)",
        "$top": "5",
        "$count": "true",
    }


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        ("name eq", 8),
        ("name == 3", 6),
        ("(name eq 'x'", 13),
        ("name eq 'x' foo", 13),
        ("name eq 'x", 9),
        ("t gt 2026-13-40T00:00:00Z", 6),
        ("t gt 1969-01-01T00:00:00Z", 6),
        ("t gt duration'P'", 6),
        ("t eq 2026-03-29T01:00:00Z/2026-03-29T00:00:00Z", 6),
        ("a eq 1e999", 6),
    ],
)
def test_what_is_wrong_is_marked(text, at):
    with pytest.raises(ProblemError) as refusal:
        parse_filter(text)
    assert refusal.value.members["position"] == at
    assert refusal.value.detail.splitlines()[-1] == " " * (at - 1) + "^"


@pytest.mark.parametrize("text", ["not " * (DEEPEST + 1) + "a", "(a add " * DEEPEST + "a" + ")" * DEEPEST, "a" * 9000])
def test_depth_and_length_are_limited(text):
    with pytest.raises(ProblemError, match=f"levels deep|at most {LONGEST}"):
        parse_filter(text)


def test_many_parentheses_cost_nothing():
    assert parse_filter("(" * 2000 + "a" + ")" * 2000) == Path(("a",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Datastreams($levels=3)", "not-implemented"),
        ("Datastreams($top=1;$top=2)", "bad-query"),
        ("Datastreams($top=1.5)", "bad-query"),
        ("Thing($top=1),Thing($top=2)", "bad-query"),
        ("Datastreams()", "bad-query"),
    ],
)
def test_what_cannot_be_expanded_is_refused(text, code):
    with pytest.raises(ProblemError) as refusal:
        parse_expansion(text)
    assert refusal.value.code == code
