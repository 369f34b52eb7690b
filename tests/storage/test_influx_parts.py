"""What the InfluxDB engine is made of, without a server: names, halving, what is hidden, answers, packed journals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.dictionary import Dictionary
from storage.influx.answers import LAST_WORD, rows_of, table, whole
from storage.influx.hidden import Commit, as_before
from storage.influx.names import head, read, spelled, stream_of, stream_of_series
from storage.influx.queries import Span, portions
from storage.influx.sending import AT_ONCE, LinesRefusedError, send_all
from storage.influx.trail import _packed, _unpacked
from storage.touched import Touched

if TYPE_CHECKING:
    from numpy.typing import NDArray

A, B = Datastream("a", "level"), Datastream("b", "level")
NAN = float("nan")
HEADER = b"name,tags,time,quality,result,result_time,revision,coverage,samples\n"
DATABASES = b"name,tags,name\ndatabases,,city\n"

# -- names ----------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_name_is_read_as_it_was_spelled_and_has_no_backslash(name: str):
    assert read(spelled(name)) == name
    assert "\\" not in spelled(name)


@given(st.text(), st.text())
def test_two_names_are_never_spelled_alike(one: str, other: str):
    assert (spelled(one) == spelled(other)) == (one == other)


def test_ordinary_names_stay_as_they_are():
    assert [spelled(name) for name in ("Tür 7", "100%", "%20", "a=b")] == ["Tür 7", "100%", "%20", "a=b"]


def test_a_head_has_measurement_and_tags_in_order():
    assert head(Datastream("a b,c=d", "x=y, z", derived=True)) == "x=y\\,\\ z,derived=true,thing=a\\ b\\,c\\=d"


def test_tags_are_read_as_datastreams_and_those_of_others_are_not():
    assert stream_of("level", "thing=a\\ b\\,c\\=d") == Datastream("a b,c=d", "level")
    assert stream_of("level", "derived=true,thing=a") == Datastream("a", "level", derived=True)
    assert stream_of("level", "derived=,thing=a") == A
    assert stream_of("level", "floor=2,thing=a") is None
    assert stream_of("level", "") is None
    assert stream_of_series("x=y\\,\\ z,thing=a") == Datastream("a", "x=y, z")
    assert stream_of_series("level,floor=2,thing=a") is None
    assert stream_of_series("level") is None


# -- halving --------------------------------------------------------------------------------------------------------


class Lines:
    """A server that takes no line of some numbers; ``keeps`` says whether it has the others of such a request."""

    def __init__(self, bad: set[int], *, keeps: bool, counts: bool) -> None:
        self.bad, self.keeps, self.counts = bad, keeps, counts
        self.held: set[int] = set()
        self.requests = 0

    def send(self, lines: bytes) -> None:
        self.requests += 1
        numbers = set(np.frombuffer(lines, dtype=np.int64).tolist())
        wrong = numbers & self.bad
        if not wrong or self.keeps:
            self.held |= numbers - wrong
        if wrong:
            raise LinesRefusedError(f"partial write: dropped={len(wrong)}" if self.counts else "unable to parse")


@given(
    count=st.integers(0, 60), bad=st.sets(st.integers(0, 59), max_size=12), keeps=st.booleans(), counts=st.booleans()
)
def test_the_lines_that_are_refused_are_named_and_all_others_are_held(
    *, count: int, bad: set[int], keeps: bool, counts: bool
):
    server = Lines(bad, keeps=keeps, counts=counts)
    refused = send_all(server.send, lambda some: some.astype(np.int64).tobytes(), count)
    assert set(refused) == {line for line in bad if line < count}
    assert server.held == set(range(count)) - bad


def test_where_all_of_many_are_refused_nothing_is_halved():
    server = Lines(set(range(50)), keeps=True, counts=True)
    assert len(send_all(server.send, lambda some: some.astype(np.int64).tobytes(), 50)) == 50
    assert server.requests == 1


def test_many_lines_go_in_several_requests():
    server = Lines(set(), keeps=True, counts=True)
    assert send_all(server.send, lambda some: some.astype(np.int64).tobytes(), 2 * AT_ONCE + 1) == {}
    assert (server.requests, len(server.held)) == (3, 2 * AT_ONCE + 1)


def test_a_number_of_dropped_lines_in_a_name_is_no_count():
    refused = LinesRefusedError("unable to parse 'level,thing=dropped=3'")
    assert refused.dropped is None


# -- what is hidden -------------------------------------------------------------------------------------------------


def of(times: list[int], results: list[float]) -> Batch:
    return Batch.of([A], [0] * len(times), times, results)


def seen(found: Batch) -> dict[int, float]:
    return dict(zip(found.phenomenon_time.view(np.int64).tolist(), found.result.tolist(), strict=True))


def test_rows_that_are_being_replaced_are_given_as_they_were():
    found = of([10, 20, 30], [1, 9, 9])
    commit = Commit(of([20, 30], [9, 9]), of([20], [2]))
    assert seen(as_before(found, [commit], [0], 0, 100)) == {10: 1, 20: 2}


def test_of_two_commits_at_one_place_the_first_tells():
    found = of([10], [3])
    commits = [Commit(of([10], [2]), of([10], [1])), Commit(of([10], [3]), of([10], [2]))]
    assert seen(as_before(found, commits, [0], 0, 100)) == {10: 1}


@pytest.mark.parametrize(("codes", "span"), [([1], (0, 100)), ([0], (21, 100)), ([0], (0, 19))])
def test_what_is_not_asked_for_is_not_given(codes: list[int], span: tuple[int, int]):
    commit = Commit(of([20], [9]), of([20], [2]))
    assert seen(as_before(of([], []), [commit], codes, *span)) == {}


# -- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_is_whole_when_the_last_word_was_spoken():
    rows = HEADER + b"level,thing=a,1,1,7.5,1,,,\n"
    assert whole(rows + b"\n" + DATABASES) == rows
    assert whole(DATABASES) == b""
    assert whole(rows) is None
    assert whole(b"") is None
    assert whole(rows + DATABASES) is None
    assert LAST_WORD == "; SHOW DATABASES"


def test_rows_have_their_defaults_and_those_being_written_are_left_out():
    part = HEADER + (
        b"level,thing=a,1,1,7.5,11,,,\n"
        b"level,thing=a,2,9,7.5,12,3,0.25,4\n"
        b"level,thing=a,3,1,2,13,3,-1,0\n"
        b"level,thing=a,4,1,,14,,,\n"
        b"level,thing=a,5,,7,15,,,\n"
        b"level,thing=x,6,1,7,16,,,\n"
    )
    found = rows_of(part, [A, B], {A: 0, B: 1})
    assert found.phenomenon_time.view(np.int64).tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found.result, [7.5, NAN, 2])
    np.testing.assert_array_equal(found.coverage, np.array([NAN, 0.25, NAN], dtype=np.float32))
    assert (found.revision.tolist(), found.samples.tolist()) == ([0, 3, 3], [0, 4, 0])
    assert found.result_time.view(np.int64).tolist() == [11, 12, 13]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_with_all_their_bits(numbers: list[float]):
    lines = "".join(f"level,thing=a,{place},{np.format_float_positional(each)}\n" for place, each in enumerate(numbers))
    found = table(f"name,tags,time,value\n{lines}".encode(), ["value"])
    assert found.columns["value"].tolist() == numbers


def test_nothing_makes_no_rows():
    assert len(rows_of(b"", [A], {A: 0})) == 0


# -- questions ------------------------------------------------------------------------------------------------------


def test_few_datastreams_are_named_and_most_are_not():
    dictionary = Dictionary(Datastream(f"it's {place}", "level") for place in range(10))
    (one,) = portions(dictionary, [3])
    assert one.select("x", Span(5, 7)) == (
        'SELECT x FROM "level" WHERE time >= 5ms AND time < 8ms AND "thing" = \'it\\\'s 3\' GROUP BY "thing", "derived"'
    )
    (two,) = portions(dictionary, [3, 4])
    assert two.select("x").startswith('SELECT x FROM "level" WHERE "thing" =~ /^(?:it\'s 3|it\'s 4)$/ GROUP')
    (most,) = portions(dictionary, list(range(6)))
    assert most.select("x") == 'SELECT x FROM "level" GROUP BY "thing", "derived"'


@given(st.lists(st.integers(0, 39), unique=True, max_size=15), st.integers(1, 4))
def test_portions_name_every_datastream_once(codes: list[int], most: int):
    dictionary = Dictionary(Datastream(f"thing-{place}", f"property-{place % 3}") for place in range(40))
    several = list(portions(dictionary, codes, most))
    assert sorted(code for portion in several for code in portion.codes) == sorted(codes)
    assert all(len(portion.codes) <= most for portion in several)


# -- the journal ----------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(), st.text(), st.booleans(), st.integers(0, 2**42)), max_size=30, unique=True))
def test_what_was_touched_is_unpacked_as_it_was_packed(several: list[tuple[str, str, bool, int]]):
    def plain(text: str) -> str:
        return text.encode(errors="replace").decode()

    streams = list({Datastream(plain(thing), plain(name), derived): time for thing, name, derived, time in several})
    first = times(np.arange(len(streams)))
    touched = Touched(streams, first, first + 5)
    found = Touched.merged([_unpacked(text) for text in _packed(touched)])
    assert sorted(streams) == list(found.streams)
    assert dict(zip(found.streams, found.first, strict=True)) == dict(zip(streams, first, strict=True))
    np.testing.assert_array_equal(found.last, found.first + np.timedelta64(5, "ms"))


def test_no_text_is_longer_than_a_field_may_be():
    chance = np.random.default_rng(5)
    streams = [Datastream("".join(map(chr, chance.integers(0x4E00, 0x9FA5, 300))), "level") for _ in range(200)]
    texts = list(_packed(Touched(streams, times(np.arange(200)), times(np.arange(200)))))
    assert len(texts) > 1
    assert max(len(text) for text in texts) < 64 << 10
    assert sum(len(_unpacked(text).streams) for text in texts) == 200


def times(column: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return column.astype("datetime64[ms]")
