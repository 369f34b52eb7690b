"""What a tenant sees: one rule, whichever way the city is asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.access import CITY, PUBLIC, Tenant
from api.city import Choice
from api.problem import ProblemError
from api.view import Cities, View
from sensors.model import Batch, Calibration, Datastream
from storage.store import Query, Store
from tests.alerting import fired
from tests.api.estate import BATTERY, GROUPS, HOUSEHOLDS, OBSERVED, STREAMS, Estate, estate, thing

if TYPE_CHECKING:
    from collections.abc import Iterator

PGR, SW = Tenant("PGR"), Tenant("SW")
OPEN = {"lot-open", "school", "nord-school"}
THINGS = {
    PUBLIC: OPEN,
    PGR: OPEN | {"lot-s4k"},
    SW: OPEN | {"meter-w7q", *HOUSEHOLDS},
    CITY: OPEN | {"lot-s4k", "meter-w7q", *HOUSEHOLDS},
}
SUMS = {
    PUBLIC: {"district:Nord"},
    PGR: {"district:Nord"},
    SW: {one.thing for one in GROUPS},
    CITY: {one.thing for one in GROUPS},
}
"""The households of Nord are marked as public, and too few to be counted: its sum is that of the school."""


@pytest.fixture(scope="module")
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


@pytest.fixture(scope="module")
def cities(city: Estate) -> Cities:
    return Cities(city.services)


def expected(tenant: Tenant) -> set[Datastream]:
    seen = {stream for stream in STREAMS if stream.thing in THINGS[tenant] - set(HOUSEHOLDS)}
    seen |= {stream for stream in GROUPS if stream.thing in SUMS[tenant]}
    return seen | ({BATTERY} if tenant in (SW, CITY) else set())


@pytest.mark.parametrize("tenant", THINGS, ids=str)
def test_a_tenant_sees_the_same_whichever_way_it_asks(cities: Cities, tenant: Tenant):
    view, seen = cities.of(tenant), expected(tenant)
    assert set(view.estate().things) == THINGS[tenant]
    assert {one.id for one in view.services.catalogue.things()} == THINGS[tenant]
    assert set(view.held().streams) == seen
    assert set(view.news(0).rows) == seen
    assert set(view.admitted(Choice(), STREAMS)) == seen
    store = view.services.store
    assert isinstance(store, Store)
    assert read(store.read(Query(datastreams=STREAMS))) == seen
    assert {one for batch in store.stream(Query(datastreams=STREAMS)) for one in read(batch)} == seen
    assert read(store.latest()) == read(store.latest(STREAMS)) == seen
    began, ends = store.spans().first.min(), store.spans().last.max()
    assert read(store.latest(at=ends)) == read(store.latest(STREAMS, ends)) == seen
    assert read(store.latest(STREAMS, began)) <= seen
    assert len(store.latest(STREAMS, began - np.timedelta64(1, "ms"))) == 0
    assert set(store.spans().datastreams) == set(store.spans(STREAMS).datastreams) == seen
    assert set(store.changes(0).datastreams) == seen


def read(batch: Batch) -> set[Datastream]:
    return {batch.datastreams[code] for code in batch.datastream}


@pytest.mark.parametrize("tenant", THINGS, ids=str)
def test_of_nothing_there_is_nothing(cities: Cities, tenant: Tenant):
    """A choice that leaves nothing must not be taken for one of everything."""
    store, hidden = cities.of(tenant).services.store, [Datastream("home-1", "active_power")]
    for streams in ([], hidden):
        assert len(store.read(Query(datastreams=streams))) == 0
        assert list(store.stream(Query(datastreams=streams))) == [] or not streams
        assert len(store.latest(streams)) == 0
        assert store.spans(streams).datastreams == ()


def test_nobody_changes_the_store_through_a_view(cities: Cities):
    store = cities.of(CITY).services.store
    for change in (lambda: store.write(Batch.empty()), lambda: store.forget([], np.datetime64(0, "ms"))):
        with pytest.raises(PermissionError):
            change()


def test_what_is_not_seen_is_as_what_is_not_there(cities: Cities):
    view = cities.of(PGR)
    for name in ("meter-w7q", "home-1", "nothing-such"):
        with pytest.raises(ProblemError) as refused:
            view.stream(name, "total_active_energy_import")
        assert refused.value.code == "unknown-thing"
        assert refused.value.detail.replace(name, "X") == ("The catalogue has no thing 'X'. /v1/things lists all 4.")


def test_who_may_know_of_a_household_is_told_why_it_is_silent(cities: Cities):
    for tenant in (SW, CITY):
        with pytest.raises(ProblemError) as refused:
            cities.of(tenant).stream("home-1", "total_active_energy_import")
        assert refused.value.code == "household"
        assert "at least 5" in refused.value.detail
        assert cities.of(tenant).stream("home-1", "battery") == BATTERY


def test_a_thing_that_is_called_as_a_group_does_not_open_the_group(city: Estate):
    with estate() as other:
        other.catalogue.put([thing("city", "energy_meter", "PGR", public=True)])
        view = Cities(other.services).of(PGR)
        assert "city" in view.estate().things
        assert GROUPS[0] not in view.held().streams


def test_what_the_catalogue_learns_to_tell_is_hidden_until_somebody_says_who_may_hear_it(cities: Cities):
    """A method that the seen catalogue does not have of its own finds no connection to answer from."""
    view = cities.of(CITY)
    for seen in (view.services.catalogue, view.alerts):
        assert not hasattr(seen, "_engine")
    with pytest.raises(AttributeError, match="_engine"):
        view.services.catalogue.position("processing")
    with pytest.raises(AttributeError, match="_engine"):
        view.alerts.unpublished("mqtt")
    assert not hasattr(view.services.catalogue, "keys")
    assert not hasattr(view.services.catalogue, "audit")


def test_a_view_changes_with_the_catalogue(city: Estate):
    with estate() as other:
        view = Cities(other.services).of(PUBLIC)
        before = view.held()
        assert view.held().streams is before.streams  # kept
        assert view.estate() is view.estate()
        other.catalogue.put([thing("lot-s4k", "parking_lot", "PGR", public=True, capacity=20)])
        assert "lot-s4k" in view.estate().things
        assert OBSERVED[1] in view.held().streams
        other.catalogue.put([thing("lot-s4k", "parking_lot", "PGR", capacity=20)])
        assert view.held().streams == before.streams


def test_an_operator_administers_its_own_and_nothing_else(city: Estate):
    with estate() as other:
        catalogue = Cities(other.services).of(PGR).services.catalogue
        catalogue.put([thing("lot-new", "parking_lot", "PGR", capacity=3)])
        assert other.catalogue.thing("lot-new") is not None
        for stolen in (thing("meter-w7q", "energy_meter", "PGR"), thing("new", "energy_meter", "SW")):
            with pytest.raises(ProblemError):
                catalogue.put([stolen])
        with pytest.raises(ProblemError):
            catalogue.put([thing("district:Nord", "energy_meter", "PGR")])
        with pytest.raises(ValueError, match="meter-w7q"):
            catalogue.end("dev-meter-w7q", 1)
        with pytest.raises(ValueError, match="meter-w7q"):
            catalogue.calibrate("meter-w7q", Calibration(since=1, properties={}))
        assert other.catalogue.thing("meter-w7q") == city.catalogue.thing("meter-w7q")


@pytest.mark.parametrize(("tenant", "devices"), [(PUBLIC, []), (PGR, ["lot-s4k"]), (SW, ["meter-w7q"])])
def test_quarantine_shows_what_came_of_ones_own_devices_and_of_no_household(
    cities: Cities, tenant: Tenant, devices: list[str]
):
    catalogue = cities.of(tenant).services.catalogue
    assert [row.rejected.device for row in catalogue.quarantine()] == [f"dev-{name}" for name in devices]
    assert [row.device for row in catalogue.alike()] == [f"dev-{name}" for name in devices]
    assert catalogue.unknown_devices() == ()
    assert catalogue.ledger() == ()


def test_the_city_sees_everything_but_households_in_quarantine(cities: Cities):
    catalogue = cities.of(CITY).services.catalogue
    assert [row.rejected.device for row in catalogue.quarantine()] == ["dev-lot-s4k", "dev-meter-w7q", "who-knows"]
    assert [row.rejected.device for row in catalogue.quarantine(limit=1, after=1)] == ["dev-meter-w7q"]
    assert len(catalogue.ledger()) == 1


def test_views_are_made_once(cities: Cities):
    assert cities.of(Tenant("PGR")) is cities.of(PGR)
    assert isinstance(cities.of(PGR), View)


@pytest.mark.parametrize("tenant", THINGS, ids=str)
def test_alerts_are_counted_as_they_are_seen(city: Estate, cities: Cities, tenant: Tenant):
    whole = city.services.catalogue.alerts
    told = [fired("lot-s4k", operator="PGR"), fired("bin-1", operator="other"), fired("home-1", operator="SW")]
    whole.note(told, known=whole.sequence())
    seen = cities.of(tenant).services.catalogue.alerts
    expected = Counter(
        (one.rule, one.severity, str(one.state), one.domain, one.operator) for one in seen.current() if not one.cause
    )
    assert dict(seen.standing()) == expected
    assert (("overflow", "warning", "firing", "waste", "PGR") in expected) == (tenant in (PGR, CITY))
    assert ("overflow", "warning", "firing", "waste", "SW") not in expected
