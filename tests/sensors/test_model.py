"""The columns of a batch."""

from __future__ import annotations

import numpy as np

from sensors.model import Batch, Datastream, SensorKind, Thing

STREAMS = (Datastream("lot", "available_spot_number"), Datastream("lot", "occupancy_hour", derived=True))


def test_an_empty_batch_has_every_column():
    batch = Batch.empty()
    assert len(batch) == 0
    assert [batch.datastream.dtype, batch.phenomenon_time.dtype, batch.result.dtype] == [
        np.int32,
        np.dtype("datetime64[ms]"),
        np.float64,
    ]


def test_scalars_fill_their_column_and_the_result_time_is_the_phenomenon_time():
    batch = Batch.of(STREAMS, [0, 1], ["2026-03-29T01:00", "2026-03-29T02:00"], [5.0, 0.5])
    assert batch.quality.tolist() == [1, 1]
    assert batch.revision.tolist() == [0, 0]
    assert np.isnan(batch.coverage).all()
    assert (batch.result_time == batch.phenomenon_time).all()


def test_rows_are_taken_by_index_and_by_mask():
    batch = Batch.of(STREAMS, [0, 1, 0], [1, 2, 3], [10.0, 20.0, 30.0], revision=[7, 8, 9])
    assert batch.take(np.array([2, 0])).result.tolist() == [30.0, 10.0]
    taken = batch.take(np.array([False, True, False]))
    assert (taken.result.tolist(), taken.revision.tolist(), taken.datastreams) == ([20.0], [8], STREAMS)
    assert len(batch.take(np.array([], dtype=int))) == 0


def test_many_datastreams_are_named_at_once():
    assert Datastream.of_each(["a", "b"], "level") == (Datastream("a", "level"), Datastream("b", "level"))
    assert Datastream.of_each(iter(["a"]), "level_hour", derived=True) == (Datastream("a", "level_hour", derived=True),)
    assert type(Datastream.of_each(["a"], "level")[0]) is Datastream
    assert Datastream.of_each([], "level") == ()


def test_a_datastream_is_named_after_its_thing_and_property():
    assert STREAMS[0].name == "lot/available_spot_number"


def test_what_is_not_said_is_an_empty_mapping_that_cannot_be_changed():
    thing = Thing(id="x", name="x", kind="k", longitude=1, latitude=1)
    kind = SensorKind(name="k", domain="d", title="t", title_de="t", properties=())
    assert dict(thing.properties) == dict(kind.site) == {}
