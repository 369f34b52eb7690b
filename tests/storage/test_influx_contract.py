"""What InfluxDB 2.x asks of a client, and what it answers: token, organisation, bucket, mapping, and every refusal."""

from __future__ import annotations

import json
import re
import ssl
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
import trustme

from sensors.model import Batch, Datastream
from storage.influx.address import TOKEN as VARIABLE
from storage.influx.address import address
from storage.influx.client import Client
from storage.influx.lines import row_lines
from storage.store import Outcome, Query, StoreBusyError, StoreRefusedError, open_store
from tests.influx_api import ORG, TOKEN, Answer, Asked, InfluxApi, error, said
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import VictoriaMetrics

A, B = Datastream("a", "level"), Datastream("b", "level")
WRITE, QUERY = "/api/v2/write", "/query"


@pytest.fixture
def api(influxdb: InfluxApi) -> Iterator[InfluxApi]:
    """Give an interface of one's own in front of the server that all share."""
    with closing(InfluxApi(str(influxdb.upstream.base_url))) as one:
        yield one


@pytest.fixture
def bucket() -> str:
    return f"test_{uuid.uuid4().hex}"


def rows(stream: Datastream, times: list[int], results: list[float]) -> Batch:
    return Batch.of([stream], [0] * len(times), np.array(times), results)


def always(answer: Answer, path: str, containing: str = "") -> Callable[[Asked], Answer | None]:
    """Answer so whenever a path is asked for."""

    def rule(asked: Asked) -> Answer | None:
        return answer if asked.path == path and containing in "\n".join(asked.lines) else None

    return rule


# -- what is asked --------------------------------------------------------------------------------------------------


def test_every_request_but_that_for_health_carries_the_token(api: InfluxApi, bucket: str):
    store = open_store(api.url(bucket))
    store.write(rows(A, [1], [1]))
    store.close()
    assert {asked.path for asked in api.asked} == {"/health", "/api/v2/orgs", "/api/v2/buckets", WRITE, QUERY}
    assert {asked.headers["Authorization"] for asked in api.asked if asked.path != "/health"} == {f"Token {TOKEN}"}


def test_lines_are_compressed_and_name_organisation_bucket_and_precision(api: InfluxApi, bucket: str):
    store = open_store(api.url(bucket))
    store.write(rows(A, [1], [1]))
    store.close()
    (asked,) = (asked for asked in api.asked if asked.path == WRITE and "level" in asked.lines[0])
    assert asked.query == {"org": ORG, "bucket": bucket, "precision": "ns"}
    assert asked.headers["Content-Encoding"] == "gzip"
    assert asked.headers["Content-Type"].startswith("text/plain")
    assert asked.lines == ["level,thing=a quality=1,result=1,result_time=1 1000000"]


def test_a_missing_bucket_is_made_with_its_retention(api: InfluxApi, bucket: str):
    open_store(api.url(bucket, retention="400d")).close()
    assert api.buckets == {bucket: 400 * 86_400}
    asked = [
        json.loads(asked.body) for asked in api.asked if asked.path == "/api/v2/buckets" and asked.method == "POST"
    ]
    assert asked[0]["name"] == bucket
    assert asked[0]["retentionRules"] == [{"type": "expire", "everySeconds": 400 * 86_400}]
    open_store(api.url(bucket)).close()
    assert len([asked for asked in api.asked if asked.method == "POST" and asked.path == "/api/v2/buckets"]) == 1


def test_the_retention_that_a_bucket_has_counts(api: InfluxApi, bucket: str):
    api.make(bucket, 30 * 86_400)
    store = open_store(api.url(bucket, retention="400d"))
    with pytest.raises(StoreRefusedError, match="keeps nothing before"):
        store.write(rows(A, [1], [1]))
    store.close()


def test_a_token_for_one_bucket_is_enough(api: InfluxApi, bucket: str):
    """It sees no bucket and makes none, and may read and write this one."""
    api.make(bucket)
    api.may_make = api.may_see_buckets = False
    store = open_store(api.url(bucket))
    assert store.write(rows(A, [1], [1])).outcome.tolist() == [Outcome.STORED]
    store.close()


def test_a_bucket_in_two_parts_is_database_and_policy(api: InfluxApi, bucket: str):
    api.rules.append(always(said(200, {"results": []}), QUERY, "SHOW+RETENTION"))
    with pytest.raises(FileNotFoundError, match=f"no database '{bucket}'"):
        open_store(api.url(f"{bucket}/weekly"))
    (asked, *_) = (json.loads(asked.body) for asked in api.asked if asked.path == "/api/v2/dbrps")
    assert (asked["database"], asked["retention_policy"], asked["default"]) == (bucket, "weekly", False)


def test_a_mapping_that_is_missing_is_made(api: InfluxApi, bucket: str):
    """InfluxDB 2.0 to 2.2 map no bucket by themselves."""
    api.maps_by_itself = False
    store = open_store(api.url(bucket))
    assert store.write(rows(A, [1], [1])).outcome.tolist() == [Outcome.STORED]
    store.close()
    (asked,) = (json.loads(asked.body) for asked in api.asked if asked.path == "/api/v2/dbrps")
    assert (asked["database"], asked["retention_policy"], asked["default"]) == (bucket, "autogen", True)


def test_a_mapping_that_is_nobodys_default_is_named(api: InfluxApi, bucket: str):
    """As InfluxDB maps buckets between 2.3 and 2.4 (influxdata/influxdb, issue 23620)."""
    columns = ["name", "duration", "shardGroupDuration", "replicaN", "default"]
    series = [{"columns": columns, "values": [["autogen", "0s", "168h0m0s", 1, False]]}]
    told = said(200, {"results": [{"statement_id": 0, "series": series}]})
    api.rules.append(always(told, QUERY, "SHOW+RETENTION"))
    store = open_store(api.url(bucket))
    assert store.write(rows(A, [1], [1])).outcome.tolist() == [Outcome.STORED]
    store.close()
    asked = [asked.body for asked in api.asked if asked.path == QUERY and b"SHOW+RETENTION" not in asked.body]
    assert len(asked) >= 3
    assert all(b"rp=autogen" in body for body in asked)


def test_a_mapping_to_another_bucket_is_noticed_before_rows_are_sent(api: InfluxApi, bucket: str):
    other = f"other_{bucket}"
    api.make(other)
    api.make(bucket)
    store = open_store(api.url(bucket))
    api.rules.append(lambda asked: _misled(api, asked, bucket, other))
    with pytest.raises(FileNotFoundError, match="mapped to another bucket: see influx v1 dbrp list"):
        store.write(rows(A, [1], [1]))
    assert not [asked for asked in api.asked if asked.path == WRITE and "level" in asked.lines[-1]]
    store.close()


def _misled(api: InfluxApi, asked: Asked, bucket: str, other: str) -> Answer | None:
    if asked.path != QUERY:
        return None
    body = asked.body.replace(f"db={bucket}".encode(), f"db={other}".encode())
    return api._post_query(Asked(asked.method, asked.path, asked.query, asked.headers, body))


def test_what_the_client_writes_is_read_by_victoriametrics(victoriametrics: VictoriaMetrics, monkeypatch, bucket: str):
    """A second server that takes lines at /api/v2/write, compressed, and knows nothing of ours."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    client = Client(address(f"influxdb://127.0.0.1:{victoriametrics.port}?org={ORG}&bucket={bucket}"))
    streams = [Datastream("Tür A, links", bucket), Datastream("b", bucket)]
    batch = Batch.of(streams, [0, 0, 1], [1_000, 2_000, 3_000], [1.5, 0.1 + 0.2, 1e9], revision=[0, 7, 0])
    client.send(row_lines(batch, np.array([False, False, True])))
    client.close()
    vm = httpx.Client(base_url=f"http://127.0.0.1:{victoriametrics.port}")
    vm.get("/internal/force_flush")
    form = {"match[]": f'{{__name__=~"{bucket}_.*"}}', "start": "0"}
    series = [json.loads(line) for line in vm.post("/api/v1/export", data=form).text.splitlines()]
    found = {(each["metric"]["__name__"].removeprefix(f"{bucket}_"), each["metric"]["thing"]): each for each in series}
    vm.close()
    assert found["result", "Tür A, links"]["timestamps"] == [1_000, 2_000]
    assert found["revision", "Tür A, links"]["values"] == [7]
    assert {name: each["values"] for (name, thing), each in found.items() if thing == "b"} == {
        "quality": [1],
        "result": [1e9],
        "result_time": [3_000],
        "revision": [0],
        "coverage": [-1],
        "samples": [0],
    }


# -- what is answered -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (
            error(429, "too many requests", "org 0123 has exceeded limited_write plan limit", **{"Retry-After": "7"}),
            7.0,
        ),
        (error(503, "unavailable", "unavailable", **{"Retry-After": "3600"}), 60.0),
        (error(500, "internal error", "unexpected error writing points to database: timeout"), 2.0),
        (error(502, "bad gateway", ""), 2.0),
    ],
)
def test_a_busy_server_is_a_busy_store(api: InfluxApi, bucket: str, answer: Answer, wait: float):
    store = open_store(api.url(bucket))
    api.rules.append(always(answer, WRITE))
    with pytest.raises(StoreBusyError, match=f"HTTP {answer.status}") as busy:
        store.write(rows(A, [1], [1]))
    assert busy.value.retry_after == wait
    api.rules.clear()
    assert store.write(rows(A, [1], [1])).outcome.tolist() == [Outcome.STORED]
    store.close()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (error(401, "unauthorized", "unauthorized access"), f"unauthorized access. Is {VARIABLE} right"),
        (error(403, "forbidden", "insufficient permissions for write"), "token needs a permission"),
        (error(404, "not found", 'bucket "b" not found'), 'would not take rows: HTTP 404 bucket "b" not found'),
    ],
)
def test_what_a_person_must_mend_is_told_in_a_sentence(api: InfluxApi, bucket: str, answer: Answer, sentence: str):
    store = open_store(api.url(bucket))
    api.rules.append(always(answer, WRITE))
    with pytest.raises(OSError, match=re.escape(sentence)) as refused:
        store.write(rows(A, [1], [1]))
    assert TOKEN not in str(refused.value)
    store.close()


def test_a_line_that_cannot_be_parsed_is_found_among_those_that_can(api: InfluxApi, bucket: str):
    """With 400 InfluxDB 2.x keeps no line of the request."""
    store = open_store(api.url(bucket))
    api.rules.append(always(error(400, "invalid", "unable to parse 'x': missing fields"), WRITE, "result=13"))
    times = np.arange(40)
    with pytest.raises(StoreRefusedError, match="unable to parse") as refused:
        store.write(Batch.of([A, B], times % 2, times, times))
    assert list(refused.value.reasons) == [13]
    assert refused.value.written.outcome.tolist() == [3 if time == 13 else 0 for time in times]
    found = store.read(Query(datastreams=[A, B]))
    assert sorted(found.result.tolist()) == [time for time in times.tolist() if time != 13]
    store.close()


def test_of_a_partial_write_the_lines_left_out_are_found(api: InfluxApi, bucket: str):
    """With 422 InfluxDB 2.x keeps the others, and says how many it dropped."""
    store = open_store(api.url(bucket))
    message = "failure writing points to database: partial write: points beyond retention policy dropped=1"
    api.rules.append(always(error(422, "unprocessable entity", message), WRITE, "result=3,"))
    with pytest.raises(StoreRefusedError, match="beyond retention") as refused:
        store.write(rows(A, [1, 2, 3, 4], [1, 2, 3, 4]))
    assert list(refused.value.reasons) == [2]
    assert store.read(Query(datastreams=[A])).result.tolist() == [1, 2, 4]
    store.close()


def test_lines_refused_without_end_are_no_reason_to_lose_them(api: InfluxApi, bucket: str, monkeypatch):
    monkeypatch.setattr("storage.influx.sending.MOST", 20)
    store = open_store(api.url(bucket))
    api.rules.append(always(error(400, "invalid", "invalid precision"), WRITE, "level"))
    with pytest.raises(StoreBusyError, match="in too many places"):
        store.write(rows(A, list(range(100)), [1] * 100))
    store.close()


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(api: InfluxApi, bucket: str):
    store = open_store(api.url(bucket))
    store.write(rows(A, [1, 2], [1, 2]))
    part = b"name,tags,time,quality,result,result_time,revision,coverage,samples\nlevel,thing=a,1,1,1,1,,,\n"
    api.rules.append(lambda asked: Answer(200, part) if "csv" in asked.headers["Accept"] else None)
    with pytest.raises(StoreBusyError, match="broke off"):
        store.read(Query(datastreams=[A]))
    store.close()


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("query-timeout limit exceeded", StoreBusyError),
        ("max-select-point limit exceeed: (5/4)", StoreBusyError),
        ("error parsing query: found ELSE", OSError),
    ],
)
def test_a_query_that_fails_says_why(api: InfluxApi, bucket: str, told: str, kind: type[Exception]):
    store = open_store(api.url(bucket))
    store.write(rows(A, [1], [1]))
    failed = said(200, {"results": [{"statement_id": 0, "error": told}]})
    api.rules.append(
        lambda asked: None if asked.path != QUERY else Answer(200) if "csv" in asked.headers["Accept"] else failed
    )
    with pytest.raises(kind, match=re.escape(told)):
        store.read(Query(datastreams=[A]))
    store.close()


def test_a_query_that_the_token_may_not_ask_is_told(api: InfluxApi, bucket: str):
    store = open_store(api.url(bucket))
    store.write(rows(A, [1], [1]))
    api.rules.append(always(error(401, "unauthorized", "Unauthorized"), QUERY))
    with pytest.raises(PermissionError, match="may it read the bucket"):
        store.read(Query(datastreams=[A]))
    store.close()


# -- opening --------------------------------------------------------------------------------------------------------


def test_a_wrong_token_is_told(api: InfluxApi, bucket: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "guessed")
    with pytest.raises(PermissionError, match=f"unauthorized access. Is {VARIABLE} right") as refused:
        open_store(api.url(bucket))
    assert "guessed" not in str(refused.value)


def test_a_wrong_organisation_is_told(api: InfluxApi, bucket: str):
    with pytest.raises(PermissionError, match="cannot find organization with name: 'dorf'"):
        open_store(api.url(bucket).replace(f"org={ORG}", "org=dorf"))


def test_a_bucket_that_may_not_be_made_is_told(api: InfluxApi, bucket: str):
    api.may_make = False
    with pytest.raises(PermissionError, match=f"Make the bucket '{bucket}' by hand"):
        open_store(api.url(bucket))


def test_a_server_that_starts_is_busy(api: InfluxApi, bucket: str):
    api.rules.append(always(said(503, {"name": "influxdb", "status": "fail", "message": "starting"}), "/health"))
    with pytest.raises(StoreBusyError, match="starting"):
        open_store(api.url(bucket))


def test_a_server_that_is_absent_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, TOKEN)
    sentence = "does not answer .* start it, or give the store's right address"
    with pytest.raises(StoreBusyError, match=sentence) as absent:
        open_store(f"influxdb://127.0.0.1:{free_port()}?org=a&bucket=b")
    assert TOKEN not in str(absent.value)


def test_a_token_may_stand_in_a_file(api: InfluxApi, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    open_store(api.url(bucket, token_file=str(tmp_path / "token"))).close()
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        open_store(api.url(bucket, token_file=str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("influxdb://", "has the address"),
        ("influxdb://host?org=a", "has the address"),
        ("influxdb://host?org=a&bucket=b&colour=red", "no option 'colour'"),
        ("influxdb://me:secret@host?org=a&bucket=b", "does not belong into a URL"),
        ("influxdb://host?org=a&bucket=b&token=secret", "does not belong into a URL"),
        ("influxdb://host?org=a&bucket=b&retention=forever", "'forever' is no retention"),
        ("influxdb://host?org=a&bucket=b&ca=/nowhere", "no file with certificates"),
    ],
)
def test_an_address_that_cannot_be_meant_is_told_in_a_sentence(url: str, sentence: str, monkeypatch):
    monkeypatch.setenv(VARIABLE, TOKEN)
    with pytest.raises(ValueError, match=sentence) as wrong:
        open_store(url)
    assert "secret" not in str(wrong.value)


@pytest.mark.parametrize(("token", "sentence"), [("", "wants a token"), ("zwei Worte", "one word of ASCII")])
def test_a_token_that_is_none_is_told(token: str, sentence: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, token)
    with pytest.raises(ValueError, match=sentence):
        open_store("influxdb://host?org=a&bucket=b")


def test_over_tls_with_an_authority_of_ones_own(influxdb: InfluxApi, bucket: str, tmp_path: Path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with closing(InfluxApi(str(influxdb.upstream.base_url), context)) as api:
        store = open_store(api.url(bucket, ca=str(tmp_path / "ca.pem")))
        assert store.write(rows(A, [1], [1])).outcome.tolist() == [Outcome.STORED]
        assert store.read(Query(datastreams=[A])).result.tolist() == [1]
        store.close()
        with pytest.raises(StoreBusyError, match="certificate verify failed"):
            open_store(api.url(bucket, tls="1"))
