"""What charts ask of a real server is what the store itself reads: superseded rows, withdrawn results and all."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import promql_parser
import pytest

from sensors.model import Batch, Datastream
from sensors.quality import Quality
from storage.drawing import Asked, emitter
from storage.store import Query, open_store
from storage.victoria.drawing import duration
from tests.grafana import Influx, Prometheus, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.drawing import Emitter
    from storage.store import Store
    from tests.influx_api import InfluxApi
    from tests.servers import VictoriaMetrics

QUARTER = timedelta(minutes=15)
START = datetime(2026, 6, 1, 8, tzinfo=UTC)
WINDOWS, THINGS = 24, ("city", "lot-1", "lot (2)", "operator:PGR")
END = START + WINDOWS * QUARTER
OCCUPANCY = "occupancy_15min"
ASKED = Asked(
    observed_property=OCCUPANCY, derived=True, things="$thing", groups=True, slot=QUARTER, hold=timedelta(minutes=30)
)
LEVEL = Asked(
    observed_property="filling_level",
    derived=False,
    things="bin.*",
    groups=False,
    slot=timedelta(minutes=1),
    hold=timedelta(hours=12),
    windows=False,
)
DAY = Asked(
    observed_property="occupancy_day",
    derived=True,
    things="city",
    groups=True,
    slot=timedelta(hours=23),
    hold=timedelta(hours=49),
    exact=True,
)


def instant(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "ms")


def results(seed: int) -> Iterator[Batch]:
    """Give results that come again with a higher revision, up to thirteen times; some then say that nothing is known.

    Every revision is a generation of its own: the last ones are later in the alphabet than in their order.
    """
    chance = np.random.default_rng(seed)
    streams = [Datastream(thing, OCCUPANCY, derived=True) for thing in THINGS]
    thing, window = (places.ravel() for places in np.indices((len(THINGS), WINDOWS)))
    for revision in range(13):
        again = np.flatnonzero(chance.random(len(thing)) < (1.0 if revision == 0 else 0.3))
        value = np.where(chance.random(len(again)) < 0.2, np.nan, chance.random(len(again)).round(3))
        times = instant(START) + window[again] * np.timedelta64(15, "m")
        quality = np.where(np.isnan(value), Quality.MISSING, Quality.GOOD)
        coverage = chance.random(len(again)).round(2)
        kinds = {"quality": quality, "revision": np.full(len(again), revision), "coverage": coverage}
        yield Batch.of(streams, thing[again], times, value, result_time=times, **kinds)


def levels() -> Iterator[Batch]:
    """Give readings, one of which comes again with a better flag, and one with a worse one, which is not taken."""
    streams = [Datastream("bin-1", "filling_level"), Datastream("bin-2", "filling_level")]
    times = [instant(START + timedelta(minutes=minute)) for minute in (0, 7, 31, 5)]
    yield Batch.of(streams, [0, 0, 0, 1], times, [10.0, 20.0, 30.0, 5.0], result_time=times, quality=[1, 3, 1, 1])
    yield Batch.of(streams, [0, 0], times[1:3], [21.0, 99.0], result_time=times[1:3], quality=[1, 4])


def days() -> Batch:
    """Give the results of two local days, the later one of 23 hours."""
    times = [np.datetime64(f"2026-03-{day}T23:00", "ms") for day in (27, 28)]
    city = Datastream("city", "occupancy_day", derived=True)
    return Batch.of([city], [0, 0], times, [0.25, 0.5], result_time=times, coverage=[1.0, 1.0])


@pytest.fixture(scope="module", params=["victoriametrics", "influxdb"])
def url(request: pytest.FixtureRequest) -> str:
    server: VictoriaMetrics | InfluxApi = request.getfixturevalue(request.param)
    return server.url("drawn")


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as opened:
        for batch in (*results(seed=4), *levels(), days()):
            opened.write(batch)
        yield opened


@pytest.fixture(scope="module")
def emits(url: str) -> Emitter:
    return emitter(url)


@pytest.fixture(scope="module")
def grafana(store: Store, emits: Emitter) -> Iterator[Prometheus | Influx]:
    address = emits.source().url
    with closing(Prometheus(address) if emits.type == "prometheus" else Influx(address, "drawn")) as opened:
        yield opened


def shown(things: str = ".*", end: datetime = END, step: timedelta = QUARTER) -> Shown:
    return Shown(start=START, end=end, step=step, variables={"thing": things})


def held(store: Store, stream: Datastream, *, coverage: bool = False) -> dict[float, float]:
    """Read what the store holds, by second."""
    rows = store.read(Query(datastreams=[stream]))
    value = rows.coverage if coverage else rows.result
    seconds = rows.phenomenon_time.astype(np.int64) / 1000
    return {time: one for time, one in zip(seconds.tolist(), value.tolist(), strict=True) if not np.isnan(one)}


@pytest.mark.parametrize("asked", [ASKED, LEVEL, DAY])
def test_promql_is_plain(asked: Asked):
    emits = emitter("victoriametrics://localhost")
    for query in (emits.over_time(asked).replace("$__interval", "15m"), emits.newest(asked, "")):
        promql_parser.parse(query)


def test_a_store_that_grafana_cannot_read_says_who_shows_it():
    with pytest.raises(ValueError, match=r"no data source for the store 'duckdb://'. The page of 'smilecity up'"):
        emitter("duckdb:///city.duckdb")


def test_secrets_stand_in_no_file(monkeypatch: pytest.MonkeyPatch):
    source = emitter("victoriametrics://city:s3cret@host:8428?database=rostock").source()
    assert (source.url, source.user) == ("http://host:8428", "city")
    assert source.secrets["basicAuthPassword"].written == "$SMILECITY_STORE_PASSWORD"
    assert source.secrets["basicAuthPassword"].value == "s3cret"
    monkeypatch.setenv("SMILECITY_INFLUX_TOKEN", "s3cret")
    source = emitter("influxdb://host:8086?org=o&bucket=b").source("https://elsewhere")
    assert (source.url, source.options["dbName"]) == ("https://elsewhere", "b")
    assert source.secrets["httpHeaderValue1"].written == "Token $SMILECITY_INFLUX_TOKEN"
    assert "s3cret" not in repr(source)


def test_several_nodes_need_one_address():
    nodes = emitter("victoriametrics://one:8428,two:8428")
    with pytest.raises(ValueError, match="2 nodes of VictoriaMetrics"):
        nodes.source()
    assert nodes.source("http://proxy:8427").url == "http://proxy:8427"


@pytest.mark.parametrize(
    ("span", "said"), [(timedelta(minutes=90), "90m"), (timedelta(hours=49), "49h"), (timedelta(seconds=7), "7s")]
)
def test_spans_are_written_in_their_largest_whole_unit(span: timedelta, said: str):
    assert duration(span) == said


@pytest.mark.parametrize("thing", THINGS)
def test_a_series_is_what_the_store_reads(store: Store, emits: Emitter, grafana: Prometheus | Influx, thing: str):
    escaped = thing.replace("(", r"\(").replace(")", r"\)")
    pattern = escaped.replace("\\", "\\\\") if emits.type == "prometheus" else escaped
    stream = Datastream(thing, OCCUPANCY, derived=True)
    (found,) = grafana.over_time(emits.over_time(ASKED), shown(pattern))
    assert found.points == pytest.approx(held(store, stream))
    assert found.labels == {"thing": thing}
    asked = replace(ASKED, field="coverage")
    (covered,) = grafana.over_time(emits.over_time(asked), shown(pattern))
    assert covered.points == pytest.approx(held(store, stream, coverage=True), abs=1e-6)


def test_the_newest_is_the_last_that_still_holds(store: Store, emits: Emitter, grafana: Prometheus | Influx):
    for end in (END, END - QUARTER, END - timedelta(hours=3)):
        newest = grafana.newest(emits.newest(ASKED, "Value #A"), shown(end=end - timedelta(seconds=1)))
        found = {one.labels["thing"]: next(iter(one.points.values())) for one in newest}
        last = {}
        for thing in THINGS:
            known = held(store, Datastream(thing, OCCUPANCY, derived=True))
            young = [time for time in known if end.timestamp() - 1800 <= time < end.timestamp()]
            if young:
                last[thing] = known[max(young)]
        assert last
        assert found == pytest.approx(last)
        assert all(one.column in {"", "Value #A"} for one in newest)


def test_groups_are_left_out_where_things_are_meant(emits: Emitter, grafana: Prometheus | Influx):
    asked = replace(ASKED, groups=False)
    found = grafana.over_time(emits.over_time(asked), shown())
    assert sorted(one.labels["thing"] for one in found) == ["lot (2)", "lot-1"]
    assert grafana.names(emits.names(OCCUPANCY), shown()) == ["lot (2)", "lot-1"]
    assert grafana.names(emits.names(OCCUPANCY, "operator:.*", groups=True), shown()) == ["operator:PGR"]
    assert grafana.names(emits.names("filling_level|occupancy_15min"), shown()) == [
        "bin-1",
        "bin-2",
        "lot (2)",
        "lot-1",
    ]
    assert grafana.names(emits.names("filling_level", "nobody"), shown()) == []


def test_a_reading_with_a_better_flag_takes_the_place_of_another(emits: Emitter, grafana: Prometheus | Influx):
    minute = timedelta(minutes=1)
    found = {
        one.labels["thing"]: one.points
        for one in grafana.over_time(emits.over_time(LEVEL), shown(end=START + timedelta(hours=1), step=minute))
    }
    begin = START.timestamp()
    assert found == {"bin-1": {begin: 10.0, begin + 420: 21.0, begin + 1860: 30.0}, "bin-2": {begin + 300: 5.0}}
    coarse = grafana.over_time(emits.over_time(LEVEL), shown(end=START + timedelta(hours=1), step=timedelta(hours=1)))
    assert {round(value) for one in coarse for value in one.points.values()} <= {10, 30, 5}
    assert max(max(one.points.values()) for one in coarse) == 30.0


def test_days_are_shown_however_long_they_are(emits: Emitter, grafana: Prometheus | Influx):
    start = datetime(2026, 3, 27, tzinfo=UTC)
    week = Shown(start=start, end=start + timedelta(days=4), step=timedelta(days=1), variables={})
    (found,) = grafana.over_time(emits.over_time(DAY), week)
    assert list(found.points.values()) == [0.25, 0.5]
    midnights = start.timestamp() + 23 * 3600 + np.array([0, 24 * 3600])
    late = np.array(list(found.points)) - midnights
    # InfluxDB gives rows at their own times, PromQL at full steps: a day of UTC begins an hour after the city's.
    assert late.tolist() == ([3600, 3600] if emits.type == "prometheus" else [0, 0])
    for hours, known in ((48, [0.5]), (51, [])):
        later = replace(week, end=datetime(2026, 3, 28, 23, tzinfo=UTC) + timedelta(hours=hours))
        newest = grafana.newest(emits.newest(DAY, "Value #A"), later)
        assert [value for one in newest for value in one.points.values()] == known
