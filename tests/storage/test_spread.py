"""Several stores as one: the same answers as one store gives, on stores in memory and on two real servers."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.engines.memory import Memory
from storage.spread import Spread, node_of
from storage.store import Outcome, Query, Store, StoreBusyError, StoreRefusedError, open_store
from tests.servers import VICTORIAMETRICS, Nodes, VictoriaMetrics, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

A, D = Datastream("a", "level"), Datastream("d", "level")
"""Of two nodes the first one's and the second one's."""
C = Datastream("a", "level_hour", derived=True)
THINGS = [Datastream(thing, "level") for thing in "abcdefgh"]
NAMES = ("left", "right")


def rows(stream: Datastream, times: list[int], results: list[float], **columns: object) -> Batch:
    return Batch.of([stream], [0] * len(times), np.array(times), results, **columns)  # type: ignore[arg-type]


def both(times: list[int], results: list[float]) -> Batch:
    """Rows of a thing of either node."""
    return Batch.of([A, D], [0] * len(times) + [1] * len(times), np.array(times * 2), results * 2)


def held(store: Store, *streams: Datastream) -> list[tuple[str, int, float]]:
    batch = store.read(Query(datastreams=streams))
    things = [batch.datastreams[code].thing for code in batch.datastream.tolist()]
    return list(zip(things, batch.phenomenon_time.view(np.int64).tolist(), batch.result.tolist(), strict=True))


def test_a_thing_has_its_node_for_ever():
    """These numbers are on disks: whoever changes them loses rows."""
    things = ("a", "d", "bin-7", "Tür", "\ud800")
    assert [node_of(thing, 2) for thing in things] == [0, 1, 1, 1, 0]
    assert [node_of(thing, 5) for thing in things] == [3, 0, 0, 2, 4]


def test_all_nodes_get_their_part():
    for nodes in (2, 3, 5):
        places = [node_of(f"{kind}-{number}", nodes) for kind in ("bin", "meter") for number in range(5000)]
        assert np.bincount(places).min() > 0.95 * 10_000 / nodes


# -- as one store would ---------------------------------------------------------------------------------------------

ROW = st.tuples(st.sampled_from(THINGS), st.integers(0, 9), st.sampled_from([0.0, 1.0]), st.integers(1, 3))
STEPS = st.lists(st.lists(ROW, max_size=12), max_size=8)
CHOSEN = st.lists(st.sampled_from([*THINGS, C]), max_size=6)


def of(some: list[tuple[Datastream, int, float, int]]) -> Batch:
    columns = [list(column) for column in zip(*some, strict=True)] if some else [[], [], [], []]
    codes = [THINGS.index(stream) for stream in columns[0]]
    return Batch.of(THINGS, codes, np.array(columns[1], dtype=np.int64), columns[2], quality=columns[3])


@settings(max_examples=60)
@given(steps=STEPS, chosen=CHOSEN, limit=st.one_of(st.none(), st.integers(0, 6)), newest_first=st.booleans())
def test_it_answers_as_one_store_would(
    steps: list[list[tuple[Datastream, int, float, int]]],
    chosen: list[Datastream],
    limit: int | None,
    newest_first: bool,  # noqa: FBT001 - Hypothesis names its arguments
):
    one, several = Memory(), Spread([Memory(), Memory(), Memory()], ["x", "y", "z"])
    seen = [(one.changes(0).version, several.changes(0).version)]
    for some in steps:
        answers = one.write(of(some)), several.write(of(some))
        assert answers[0].outcome.tolist() == answers[1].outcome.tolist()
        assert (answers[0].version == seen[-1][0]) == (answers[1].version == seen[-1][1])
        assert answers[1].version >= seen[-1][1]
        seen.append((answers[0].version, answers[1].version))
    each = list(dict.fromkeys(chosen))
    query = Query(datastreams=chosen, limit=limit, newest_first=newest_first, end=np.datetime64(7, "ms"))
    for ask in (
        lambda store: described(store.read(query)),
        lambda store: described(*store.stream(query, 3)),
        lambda store: described(store.latest(each)),
        lambda store: sorted(described(store.latest())),
        lambda store: described(store.latest(each, np.datetime64(4, "ms"))),
        lambda store: sorted(described(store.latest(at=np.datetime64(4, "ms")))),
        lambda store: told(store.spans(each)),
        lambda store: sorted(told(store.spans())),
    ):
        assert ask(several) == ask(one)
    for left, right in seen:
        assert touched(several, right) == touched(one, left)
    assert several.forget(chosen, np.datetime64(5, "ms")) == one.forget(chosen, np.datetime64(5, "ms"))
    assert held(several, *THINGS) == held(one, *THINGS)
    several.close()


def described(*batches: Batch) -> list[tuple[Datastream, int, float, int]]:
    return [
        (batch.datastreams[code], *rest)
        for batch in batches
        for code, *rest in zip(
            batch.datastream.tolist(),
            batch.phenomenon_time.view(np.int64).tolist(),
            batch.result.tolist(),
            batch.quality.tolist(),
            strict=True,
        )
    ]


def told(spans) -> list[tuple[Datastream, int, int, int]]:
    columns = (spans.first.view(np.int64).tolist(), spans.last.view(np.int64).tolist(), spans.count.tolist())
    return list(zip(spans.datastreams, *columns, strict=True))


def touched(store: Store, after: int) -> list[tuple[Datastream, int, int]]:
    changes = store.changes(after)
    assert store.changes(changes.version).datastreams == ()
    columns = (changes.first.view(np.int64).tolist(), changes.last.view(np.int64).tolist())
    return sorted(zip(changes.datastreams, *columns, strict=True))


def test_rows_on_the_node_of_others_are_refused_when_it_is_opened():
    nodes = Memory(), Memory()
    nodes[0].write(rows(D, [1], [1]))
    with pytest.raises(ValueError, match=r"left holds rows of 'd', which among these 2 nodes .* right\..* migrate"):
        Spread(nodes, NAMES)
    Spread(nodes[::-1], NAMES).close()


def test_what_is_refused_keeps_its_place_in_the_batch():
    store = Spread([Memory(), Memory()], NAMES)
    batch = Batch.of([A, D], [0, 1, 1, 0, 1], [1, 2, 3, 4, 5], [1, np.inf, 3, -np.inf, 5])
    with pytest.raises(StoreRefusedError) as refused:
        store.write(batch)
    assert list(refused.value.reasons) == [1, 3]
    assert refused.value.written.outcome.tolist() == [0, 3, 0, 3, 0]
    assert refused.value.written.version == store.changes(0).version > 0
    assert held(store, A, D) == [("a", 1, 1), ("d", 3, 3), ("d", 5, 5)]
    store.close()


def test_many_readers_are_served_beside_a_writer():
    store = Spread([Memory(), Memory()], NAMES)
    store.write(both([1], [1]))
    with ThreadPoolExecutor(20) as readers:
        found = [readers.submit(held, store, A, D) for _ in range(200)]
        for time in range(2, 50):
            store.write(both([time], [time]))
    assert all(len(each.result()) >= 2 for each in found)
    store.close()


# -- on two servers -------------------------------------------------------------------------------------------------


@pytest.fixture
def own_nodes(tmp_path: Path) -> Iterator[Nodes]:
    """Start two servers that a test may stop or kill."""
    if VICTORIAMETRICS is None:
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    servers = tuple(VictoriaMetrics(tmp_path / name).start() for name in NAMES)
    yield Nodes(servers)
    for server in servers:
        server.stop()


@pytest.fixture
def opened(victoriametrics_nodes: Nodes) -> Iterator[Callable[[], Store]]:
    """Give a function that opens a store on the servers of all tests once more, as another process would."""
    url = victoriametrics_nodes.url(f"test_{uuid.uuid4().hex}")
    with ExitStack() as stores:
        yield lambda: stores.enter_context(closing(open_store(url)))


def test_a_node_that_is_away_stops_acknowledging_and_nothing_is_lost_or_doubled(own_nodes: Nodes):
    with closing(open_store(own_nodes.url())) as store:
        before = store.write(both([10], [1])).version
        own_nodes.servers[1].stop()
        with pytest.raises(StoreBusyError, match=f"{own_nodes.servers[1].port} does not answer"):
            store.write(both([20], [2]))
        with pytest.raises(StoreBusyError):
            store.read(Query(datastreams=[A, D]))
        assert held(store, A) == [("a", 10, 1), ("a", 20, 2)]
        own_nodes.servers[1].start()
        assert store.write(both([20], [2])).outcome.tolist() == [Outcome.DUPLICATE, Outcome.STORED]
        assert held(store, A, D) == [("a", 10, 1), ("a", 20, 2), ("d", 10, 1), ("d", 20, 2)]
        assert {stream: first for stream, first, _ in touched(store, before)} == {A: 20, D: 20}
        own_nodes.servers[0].stop()
        with pytest.raises(StoreBusyError, match=f"{own_nodes.servers[0].port} does not answer"):
            open_store(own_nodes.url())
        own_nodes.servers[0].start()


def test_killed_at_any_instant_nodes_keep_every_acknowledged_row_once(own_nodes: Nodes):
    """Six kills of either node amid new, late, double and contradicting rows; a memory store hears what was told."""
    chance, model, told = np.random.default_rng(5), Memory(), 0
    for kill in range(6):
        with closing(open_store(own_nodes.url())) as store:
            victim = own_nodes.servers[kill % 2]
            store.write(of_commit(told))
            killer = threading.Timer(chance.uniform(0, 0.2), victim.kill)
            killer.start()
            with pytest.raises(StoreBusyError):  # noqa: PT012 - it goes on until the server is gone
                while True:
                    model.write(of_commit(told))
                    told += 1
                    store.write(of_commit(told))
            killer.join()
            victim.start()
            store.write(of_commit(told))
    model.write(of_commit(told))
    with closing(open_store(own_nodes.url())) as store:
        streams = sorted(model.spans().datastreams)
        assert described(store.read(Query(datastreams=streams))) == described(model.read(Query(datastreams=streams)))
        assert described(store.latest(streams)) == described(model.latest(streams))
        assert set(store.changes(1).datastreams) == set(streams)


def of_commit(number: int) -> Batch:
    """Rows of forty things: of now, of a while ago, some of them twice and with other results or flags."""
    chance = np.random.default_rng(number)
    time = number * 10 + chance.integers(-60, 10, 200)
    kept = time >= 0
    streams = [Datastream(f"thing-{place}", "level") for place in range(40)]
    code, result, quality = chance.integers(0, 40, 200), chance.integers(0, 3, 200) / 3, chance.choice([1, 3], 200)
    return Batch.of(streams, code[kept], time[kept], result[kept], quality=quality[kept])


def test_another_process_hears_of_both_nodes(opened: Callable[[], Store]):
    writer = opened()
    position = writer.write(both([7], [7])).version
    reader = opened()
    writer.write(both([10, 20], [1, 2]))
    heard: dict[Datastream, tuple[int, int]] = {}
    followed = position

    def follow() -> bool:
        nonlocal followed
        changes = reader.changes(followed)
        spans = zip(changes.first.view(np.int64).tolist(), changes.last.view(np.int64).tolist(), strict=True)
        heard.update(zip(changes.datastreams, spans, strict=True))
        followed = changes.version
        return heard == {A: (10, 20), D: (10, 20)}

    wait_until(follow, what="the other process to hear of both nodes")
    assert reader.changes(followed).datastreams == ()
    assert reader.latest([D, A]).result.tolist() == [2, 2]
    assert held(reader, D, A) == held(writer, D, A)


def test_opened_again_it_is_what_it_was(opened: Callable[[], Store]):
    store = opened()
    version = store.write(both([10, 20], [1, 2])).version
    store.close()
    again = opened()
    assert again.changes(again.changes(version).version).datastreams == ()
    assert again.write(both([20, 15], [2, 3])).outcome.tolist() == [Outcome.DUPLICATE, Outcome.STORED] * 2
    assert again.spans([D, A]).count.tolist() == [3, 3]


def test_nodes_in_another_order_are_refused(victoriametrics_nodes: Nodes):
    name = f"test_{uuid.uuid4().hex}"
    with closing(open_store(victoriametrics_nodes.url(name))) as store:
        store.write(both([1], [1]))
    with pytest.raises(ValueError, match="in their order"):
        open_store(Nodes(victoriametrics_nodes.servers[::-1]).url(name))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("victoriametrics://host,", "has the address"),
        ("victoriametrics://host,host:8428", "http://host:8428 is named twice"),
        ("victoriametrics://one,two?insert=http://three:8480", "either these or several nodes"),
        ("victoriametrics://one,two?colour=red", "no option 'colour'"),
    ],
)
def test_nodes_that_cannot_be_meant_are_told_in_a_sentence(url: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        open_store(url)


def test_nodes_share_user_and_options():
    with pytest.raises(StoreBusyError) as absent:
        open_store(f"victoriametrics://user:secret@127.0.0.1:{free_port()},[::1]:{free_port()}/city?retention=1y")
    assert "/city does not answer" in str(absent.value)
    assert "secret" not in str(absent.value)
