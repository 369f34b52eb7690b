"""Line protocol: what a line looks like, and that a server reads back what was written."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.line_protocol import LONGEST_NAME, fields_of, head, lines, unspeakable

if TYPE_CHECKING:
    from tests.servers import VictoriaMetrics

NAN = float("nan")


def written(batch: Batch, tags: str = "") -> list[str]:
    heads = [head(stream, tags) for stream in batch.datastreams]
    return lines(heads, batch.datastream, fields_of(batch), batch.phenomenon_time.view(np.int64)).decode().splitlines()


def test_a_line_has_its_names_its_fields_and_its_time():
    batch = Batch.of([Datastream("bin 7", "filling_level")], [0], [1_700_000_000_123], [62.5], revision=4, quality=3)
    assert written(batch) == [
        "filling_level,thing=bin\\ 7 quality=3,result=62.5,result_time=1700000000123,revision=4 1700000000123000000"
    ]


def test_what_has_its_default_is_left_out():
    streams = [Datastream("a", "level"), Datastream("a", "level_hour", derived=True)]
    batch = Batch.of(streams, [0, 1], [5, 6], [NAN, 1.5], quality=[9, 1], coverage=[NAN, 0.25], samples=[0, 4])
    assert written(batch) == [
        "level,thing=a quality=9,result_time=5 5000000",
        "level_hour,thing=a,derived=true quality=1,result=1.5,result_time=6,coverage=0.25,samples=4 6000000",
    ]


def test_the_first_millisecond_is_not_taken_for_now():
    assert written(Batch.of([Datastream("a", "level")], [0], [0], [1])) == [
        "level,thing=a quality=1,result=1,result_time=0 1"
    ]


def test_no_rows_make_no_lines():
    assert written(Batch.empty()) == []


def test_further_tags_follow_the_own_ones():
    assert head(Datastream("a", "level"), ",generation=2") == "level,thing=a,generation=2"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "empty"), ("a\nb", "printed"), ("#a", "comment"), ("ä" * LONGEST_NAME, "longer"), ("\ud800", "printed")],
)
def test_a_name_that_cannot_stand_in_a_line_is_told(name: str, reason: str):
    assert reason in unspeakable(name)


def test_ordinary_names_can():
    assert [name for name in ("Stellplatz 7, Süd", "a=b", "back\\slash", "#"[1:] + "a#") if unspeakable(name)] == []


LETTER = st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" ,=\\\"'")
NAME = st.text(LETTER, min_size=1, max_size=12).filter(lambda name: not unspeakable(name))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things=st.lists(st.tuples(NAME, NAME), min_size=1, max_size=20, unique=True))
def test_a_server_reads_the_names_that_were_written(victoriametrics: VictoriaMetrics, things: list[tuple[str, str]]):
    client = httpx.Client(base_url=f"http://127.0.0.1:{victoriametrics.port}")
    streams = [Datastream(thing, observed) for thing, observed in things]
    batch = Batch.of(streams, range(len(streams)), range(len(streams)), np.arange(len(streams)) + 0.5)
    database = f"names_{uuid.uuid4().hex}"
    client.post("/write", params={"db": database, "precision": "ns"}, content="\n".join(written(batch)).encode())
    client.get("/internal/force_flush")
    answer = client.post("/api/v1/export", data={"match[]": f'{{db="{database}",__name__=~".+_result"}}', "start": "0"})
    series = [json.loads(line) for line in answer.text.splitlines()]
    found = {
        (each["metric"]["thing"], each["metric"]["__name__"].removesuffix("_result")): each["values"] for each in series
    }
    assert found == {each: [place + 0.5] for place, each in enumerate(things)}
    client.close()


@given(
    result=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    coverage=st.floats(0, 1, width=32),
)
def test_numbers_are_written_so_that_reading_gives_them_again(result: list[float], coverage: float):
    batch = Batch.of([Datastream("a", "b")], [0] * len(result), range(len(result)), result, coverage=coverage)
    fields = [dict(part.split("=") for part in line.split(" ")[1].split(",")) for line in written(batch)]
    assert [float(each["result"]) for each in fields] == result
    assert {np.float32(each["coverage"]) for each in fields} == {np.float32(coverage)}


def test_a_row_that_takes_anothers_place_says_everything():
    batch = Batch.of([Datastream("a", "b")], [0, 0], [5, 6], [1, 2])
    fields = fields_of(batch, np.array([True, False]))
    found = lines(["b,thing=a"], batch.datastream, fields, batch.phenomenon_time.view(np.int64)).decode()
    assert found.splitlines() == [
        "b,thing=a quality=1,result=1,result_time=5,revision=0,coverage=-1,samples=0 5000000",
        "b,thing=a quality=1,result=2,result_time=6 6000000",
    ]
