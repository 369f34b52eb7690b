"""A city of two companies and some households, with keys for everybody who may ask."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from api.app import Services, create_app
from api.services import Allowance
from sensors.model import Batch, Datastream, Device, Message, Rejected, Thing
from storage.catalogue import Catalogue, Counts
from storage.keys import SCOPES, Key
from storage.store import open_store
from tests.alerting import fired
from tests.api.city import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.alert import Change

HOUSEHOLDS = ("home-1", "home-2", "home-3", "home-4", "home-5", "home-6", "lone-1", "lone-2")
"""Six in one district, two in another."""


def thing(name: str, kind: str, operator: str, district: str = "Mitte", *, public: bool = False, **site: Any) -> Thing:
    return Thing(
        id=name,
        name=f"{name}!",
        kind=kind,
        longitude=12.1,
        latitude=54.1,
        operator=operator,
        district=district,
        public=public,
        properties=site,
    )


THINGS = (
    thing("lot-open", "parking_lot", "PGR", public=True, capacity=100),
    thing("lot-s4k", "parking_lot", "PGR", capacity=20),
    thing("school", "energy_meter", "SW", public=True),
    thing("meter-w7q", "energy_meter", "SW"),
    *(thing(name, "energy_meter", "SW", household=True) for name in HOUSEHOLDS[:6]),
    *(thing(name, "energy_meter", "SW", "Nord", public=True, household=True) for name in HOUSEHOLDS[6:]),
    thing("nord-school", "energy_meter", "SW", "Nord", public=True),
)
DAY = "2026-06-01T22:00"
OBSERVED = tuple(
    Datastream(one.id, "available_spot_number" if one.kind == "parking_lot" else "total_active_energy_import")
    for one in THINGS
)
BATTERY = Datastream("home-1", "battery")
DERIVED = tuple(Datastream(one.id, "energy_day", derived=True) for one in THINGS if one.kind == "energy_meter")
GROUPS = tuple(
    Datastream(name, "energy_day", derived=True) for name in ("city", "district:Mitte", "district:Nord", "operator:SW")
)
STREAMS = (*OBSERVED, BATTERY, *DERIVED, *GROUPS)


ALERTS = (
    ("car_park_full", "lot-s4k", "PGR"),
    ("base_load_anomaly", "meter-w7q", "SW"),
    ("base_load_anomaly", "home-1", "SW"),
    ("meter_silent", "home-1", "SW"),
    ("ledger_difference", "source-1", ""),
)
"""Rule, thing and operator. The third one was noted before its meter was known to be a household's."""


def _fired(rule: str, about: str, operator: str) -> Change:
    return fired(about, rule=rule, operator=operator, domain="d", kind="k", district="Mitte")


def secret_of(stream: Datastream) -> float:
    """Give a number that stands nowhere else: who sees it has seen that datastream."""
    return 7_000_000 + 1000 * STREAMS.index(stream) + 0.25


@contextmanager
def estate() -> Iterator[Estate]:
    catalogue, store = Catalogue("sqlite://"), open_store("memory://")
    devices = [Device(id=f"dev-{one.id}", model="plain", thing=one) for one in THINGS]
    catalogue.put(THINGS, devices)
    store.write(Batch.of(STREAMS, range(len(STREAMS)), [DAY] * len(STREAMS), [secret_of(one) for one in STREAMS]))
    for device in ("dev-lot-s4k", "dev-meter-w7q", "dev-home-1", "who-knows"):
        message = Message("source-1", f"city/{device}", f'{{"payload of {device}": 1}}'.encode(), 1000)
        rejected = Rejected(message, "not_json", f"about {device}", device)
        catalogue.settle("source-1", "w1", Counts(received=1, quarantined=1), [rejected])
    catalogue.alerts.note([_fired(*told) for told in ALERTS], known=0)
    yield Estate(catalogue, store)
    catalogue.close()
    store.close()


class Estate:
    """The city and its keys."""

    def __init__(self, catalogue: Catalogue, store: Any) -> None:
        self.catalogue = catalogue
        many = Allowance(1_000_000, 1_000)
        self.services = Services(
            store=store, catalogue=catalogue, api_key="the-key-of-the-installation", rate_public=many, rate_key=many
        )
        every = tuple(SCOPES)
        self.keys = {
            "public": "",
            "pgr": catalogue.keys.new(Key(name="PGR", scopes=every, operator="PGR"))[1],
            "sw": catalogue.keys.new(Key(name="SW", scopes=every, operator="SW"))[1],
            "reader": catalogue.keys.new(Key(name="PGR reads", scopes=("read",), operator="PGR"))[1],
            "city": catalogue.keys.new(Key(name="city", scopes=every))[1],
            "installation": self.services.api_key,
        }
        self.app = create_app(self.services)
        self.client = Client(self.app)

    def headers(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[role]}"} if self.keys[role] else {}
