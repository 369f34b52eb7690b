"""The client of the API against a real server, and the examples of docs/research.md as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.app import Services, create_app
from api.services import Access
from sensors.model import Device
from smilecity.client import City, CityError, IncompleteError
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import LOT, MORNING, THINGS
from tests.api.listening import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = Path(__file__).parents[2] / "docs" / "research.md"
SPAN = {"start": "2026-03-28", "end": "2026-03-30"}


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put(THINGS, [Device(id="device-1", model="plain", thing=LOT)])
    store.write(MORNING)
    with serving(create_app(Services(store=store, catalogue=catalogue, access=Access.OPEN))) as served:
        yield served.rstrip("/")
    store.close()
    catalogue.close()


@pytest.fixture
def city(url: str) -> Iterator[City]:
    with City(url) as opened:
        yield opened


def test_a_datastream_is_a_frame_with_times_gaps_and_units(city: City):
    frame = city.observations("lot-1", "occupancy_hour", **SPAN)
    assert str(frame.phenomenon_time.dtype) == "datetime64[ms, UTC]"
    assert frame.result.tolist() == pytest.approx([0.1, np.nan], nan_ok=True)
    assert frame.quality.tolist() == [1, 9]
    assert frame.attrs["units"] == {"occupancy_hour": "1"}


def test_what_was_given_can_be_cited(city: City, url: str):
    frame = city.observations(domain="waste", **SPAN)
    assert frame.attrs["cite-as"].startswith(f"{url}/v1/queries/")
    again = city.frame(frame.attrs["cite-as"].removeprefix(url) + "/rows")
    pd.testing.assert_frame_equal(frame, again, check_like=False)


def test_a_datetime_is_sent_with_its_offset_or_refused(city: City):
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert city.observations("lot-1", "occupancy_hour", start=start, end="2026-03-30").empty
    with pytest.raises(ValueError, match="does not say in which zone"):
        city.observations("lot-1", "occupancy_hour", start=datetime(2026, 3, 29))  # noqa: DTZ001 - that is the point


def test_a_refusal_is_the_platforms_own_sentence(city: City):
    with pytest.raises(CityError, match="Did you mean 'lot-1'") as refused:
        city.observations("lot-2", "occupancy_hour")
    assert (refused.value.status, refused.value.code) == (404, "unknown-thing")


def test_a_platform_that_is_not_there(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with City(f"http://127.0.0.1:{taken.getsockname()[1]}") as city, pytest.raises(CityError, match="not answer"):
            city.things()


class Scripted:
    """A server that sends given bytes, one answer per connection, and closes: what no honest server would do."""

    def __init__(self, *answers: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._run, args=(answers,), daemon=True)
        self._thread.start()

    def _run(self, answers: tuple[bytes, ...]) -> None:
        for answer in answers:
            connection, _ = self._listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


def arrow(*, rows: int = 2, complete: bool = True) -> bytes:
    sink, schema = pa.BufferOutputStream(), pa.schema({"result": pa.float64()})
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(pa.record_batch([pa.array([1.0, 2.0])], schema=schema))
        if complete:
            nothing = pa.record_batch([pa.array([], pa.float64())], schema=schema)
            stream.write_batch(nothing, custom_metadata={"complete": "true", "rows": f"{rows}"})
    return bytes(sink.getvalue())


def answered(body: bytes, *, length: int | None = None, status: str = "200 OK", more: str = "") -> bytes:
    told = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\ncontent-length: {told}\r\nconnection: close\r\n{more}\r\n".encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        answered(arrow(complete=False)),
        answered(arrow(rows=3)),
        answered(arrow()[:-200]),
        answered(arrow()[:-200], length=len(arrow())),
        answered(b"{}"),
    ],
    ids=["without the mark", "fewer rows", "half a batch", "cut off", "no table"],
)
def test_a_part_of_a_table_is_never_returned(answer: bytes):
    server = Scripted(answer)
    with City(server.url) as city, pytest.raises(IncompleteError):
        city.table("/v1/observations")
    server.close()


def test_a_busy_platform_is_asked_again_and_not_for_ever():
    busy = answered(b"", status="503 Service Unavailable", more="retry-after: 0\r\n")
    server = Scripted(busy, busy, answered(arrow()))
    with City(server.url) as city:
        assert city.table("/v1/observations").num_rows == 2
    server.close()
    server = Scripted(answered(b"", status="503 Service Unavailable", more="retry-after: 3600\r\n"))
    with City(server.url) as city, pytest.raises(CityError, match="answers 503") as refused:
        city.table("/v1/observations")
    assert refused.value.status == 503
    server.close()


def test_the_key_is_sent_and_never_shown():
    server = Scripted(answered(arrow()))
    with City(server.url, key="a-secret-of-mine") as city:
        city.table("/v1/observations")
        assert "a-secret" not in repr(city) + str(vars(city))
    server.close()


def test_it_loads_nothing_of_the_platform():
    code = (
        "import sys, smilecity.client; print({'duckdb', 'fastapi', 'sqlalchemy', 'storage', 'api'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("example", examples("python"))
def test_the_examples_in_python(url: str, example: str):
    known: dict[str, object] = {"BASE": url}
    exec(compile(example, str(GUIDE), "exec"), known)  # noqa: S102 - our own page
    if "frame" in known:
        assert isinstance(known["frame"], pd.DataFrame)
        assert len(known["frame"]) == 2
    else:
        assert known["wide"].to_numpy().tolist() == [[42.25]]  # type: ignore[attr-defined]


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed: apt-get install r-base-core")
def test_the_examples_in_r(url: str, tmp_path: Path):
    (example,) = examples("r")
    script = tmp_path / "example.R"
    script.write_text(f'BASE <- "{url}"\n{example}')
    done = subprocess.run(["Rscript", "--vanilla", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt-get install curl")
def test_the_examples_with_curl(url: str, tmp_path: Path):
    (example,) = examples("sh")
    environment = {**os.environ, "BASE": url}
    subprocess.run(["sh", "-ec", example], cwd=tmp_path, env=environment, check=True, timeout=60)
    assert pq.read_table(tmp_path / "occupancy.parquet").num_rows == 2
