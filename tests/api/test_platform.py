"""Health and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from api import schema
from storage.catalogue import Counts
from tests.alerting import fired

if TYPE_CHECKING:
    from api.app import Services
    from tests.api.city import Client

SEEN = Counter("smilecity_test_seen", "Counted by the tests of the API")


def test_health(client: Client):
    document = client.json("/v1/health")
    schema.HealthDocument.model_validate(document)
    assert (document["status"], document["version"]) == ("ok", "1.2.3")
    assert (document["things"], document["datastreams"]) == (4, 3)
    assert document["store_version"] >= 1


def test_health_of_an_empty_platform(stranger: Client):
    document = stranger.json("/v1/health")
    assert (document["things"], document["datastreams"]) == (0, 0)


def test_answers_are_measured_by_their_documented_path(client: Client):
    client.get("/v1/things/lot-1")
    client.get("/v1/nothing")
    text = client.get("/metrics").text
    assert 'smilecity_api_answer_seconds_count{path="/v1/things/{id:path}",status="200"}' in text
    assert 'smilecity_api_answer_seconds_count{path="other",status="404"}' in text
    assert "/v1/nothing" not in text


def test_metrics_parse_in_both_formats(client: Client):
    SEEN.inc()
    plain = client.get("/metrics")
    opened = client.get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert plain.headers["content-type"].startswith("text/plain")
    assert opened.headers["content-type"].startswith("application/openmetrics-text")
    for read, text in ((parse, plain.text), (parse_open, opened.text)):
        found = {family.name: family for family in read(text)}
        assert found["smilecity_test_seen"].samples[0].value >= 1


def test_alerts_are_counted_for_prometheus(client: Client, services: Services):
    services.catalogue.alerts.note([fired()], known=0)
    found = {family.name: family for family in parse(client.get("/metrics").text)}
    (standing,) = found["smilecity_alerts"].samples
    assert (standing.labels["rule"], standing.labels["state"], standing.value) == ("overflow", "firing", 1)
    (changes,) = (one for one in found["smilecity_alert_changes"].samples if one.name.endswith("_total"))
    assert changes.value == 1


def test_the_books_are_told_and_a_difference_shows(client: Client, services: Services):
    services.catalogue.settle("ttn", "w1", Counts(received=5, stored=3, dropped=1))
    found = {family.name: family for family in parse(client.get("/metrics").text)}
    booked = {sample.labels["heading"]: sample.value for sample in found["smilecity_ledger_messages"].samples}
    assert (booked["stored"], booked["dropped"], booked["empty"]) == (3, 1, 0)
    (difference,) = found["smilecity_ledger_difference_messages"].samples
    assert (difference.labels, difference.value) == ({"source": "ttn", "worker": "w1"}, 1)
