"""No answer to anybody depends on what one household used, unless enough others of its cell were there at the time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from api.app import Services, create_app
from processing.alerting.watch import Watch
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.keys import Key
from storage.store import Store, open_store
from tests.api.city import Client

OWN = "the-key-of-the-installation"
DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(1, 4))
"""When local days begin."""
WHEN = {"result_time", "resultTime", "time", "timeStamp"}
NOW = datetime(2026, 6, 20, tzinfo=UTC)
SPAN = "from=2026-05-01&to=2026-07-01"
ASKED = (
    "/v1/latest",
    "/v1/datastreams?limit=5000",
    f"/v1/observations?{SPAN}&limit=50000",
    *(f"/v1/aggregates?property=energy_day&step=week&function=max,count{of}&{SPAN}" for of in ("", "&group=district")),
    *(
        f"/v1/explain?thing={of}&property=energy_day&at=2026-06-02T12:00:00Z"
        for of in ("city", "district:A", "meter-0")
    ),
    "/v1/rehearsal?rule=base_load_anomaly&from=2026-06-01&to=2026-06-10",
    "/v1/alerts?state=all&grouped=true",
    "/sta/v1.1/Things?$expand=Datastreams($expand=Observations($top=2))&$top=100",
    "/sta/v1.1/Observations?$count=true&$top=500",
    "/open/geojson/energy.geojson",
)


@dataclass(frozen=True)
class Meter:
    district: str
    operator: str
    household: bool
    days: frozenset[int]
    """Of which it was heard."""


METERS = st.builds(
    Meter,
    district=st.sampled_from("AB"),
    operator=st.sampled_from(["SW", "SW", "SW", "X"]),
    household=st.sampled_from([True, True, True, False]),
    days=st.frozensets(st.sampled_from(range(len(DAYS))), min_size=1),
)


def thing(number: int, meter: Meter) -> Thing:
    return Thing(
        id=f"meter-{number}",
        name=f"Meter {number}",
        kind="energy_meter",
        longitude=12.1,
        latitude=54.1,
        operator=meter.operator,
        district=meter.district,
        public=True,
        properties={"household": meter.household, "floor_area_m2": 100 + number},
    )


def written(store: Store, meters: list[Meter], changed: tuple[int, int] | None) -> None:
    """Write a day's energy and a register for each day of each meter; one of them may have been another."""
    for number, meter in enumerate(meters):
        days = sorted(meter.days)
        used = [10.0 * number + day + (777.0 if changed == (number, day) else 0.0) for day in days]
        streams = (
            Datastream(f"meter-{number}", "energy_day", derived=True),
            Datastream(f"meter-{number}", "active_power"),
        )
        for code, stream in enumerate(streams):
            times = [DAYS[day] for day in days]
            store.write(Batch.of((stream,), [0] * len(days), times, used, coverage=1.0, samples=96 + code))


def answers(meters: list[Meter], least: int, changed: tuple[int, int] | None = None) -> dict[tuple[str, str], Any]:
    """Compute everything, and ask everybody's questions."""
    with closing(Catalogue("sqlite://")) as catalogue, closing(open_store("memory://")) as store:
        catalogue.put([thing(number, meter) for number, meter in enumerate(meters)])
        written(store, meters, changed)
        begin, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC)
        Worker(store, catalogue, households=least).recompute(begin, end, NOW)
        Watch(store, catalogue).step(NOW)
        client = Client(create_app(Services(store=store, catalogue=catalogue, api_key=OWN, households=least)))
        own = catalogue.keys.new(Key(name="SW", scopes=("read",), operator="SW"))[1]
        who = {"public": {}, "SW": {"authorization": f"Bearer {own}"}, "city": {"authorization": f"Bearer {OWN}"}}
        return {(role, url): _told(client.get(url, **sent).json()) for role, sent in who.items() for url in ASKED}


def _told(answer: Any) -> Any:
    """Leave out when something was computed: that says nothing of what was used."""
    if isinstance(answer, dict):
        return {name: _told(value) for name, value in answer.items() if name not in WHEN}
    return [_told(one) for one in answer] if isinstance(answer, list) else answer


def present(meters: list[Meter], number: int, day: int) -> int:
    """Count the households of a cell that were heard of a day."""
    mine = meters[number]
    return sum(
        one.household and (one.district, one.operator) == (mine.district, mine.operator) and day in one.days
        for one in meters
    )


@settings(deadline=None, max_examples=6, derandomize=True, phases=[Phase.generate])
@given(st.lists(METERS, min_size=1, max_size=9), st.integers(2, 4), st.data())
def test_nobodys_answer_depends_on_one_household_that_is_not_in_company(
    meters: list[Meter], least: int, data: st.DataObject
):
    alone = [
        (number, day)
        for number, meter in enumerate(meters)
        for day in sorted(meter.days)
        if meter.household and present(meters, number, day) < least
    ]
    assume(alone)
    changed = data.draw(st.sampled_from(alone))
    before, after = answers(meters, least), answers(meters, least, changed)
    assert before.keys() == after.keys()
    for asked, answer in before.items():
        assert answer == after[asked], asked


def test_in_company_it_counts():
    """The test above compares something: the sum of a district holds what each of enough households used."""
    every = frozenset(range(len(DAYS)))
    meters = [Meter("A", "SW", household=True, days=every) for _ in range(5)] + [
        Meter("B", "SW", household=True, days=every)
    ]
    url = f"/v1/observations?{SPAN}&limit=50000"
    found = {}
    for changed in (None, (2, 1)):
        told = answers(meters, 5, changed)["city", url]["observations"]
        found[changed] = {
            (one["thing"], one["phenomenon_time"]): one["result"]
            for one in told
            if one["observed_property"] == "energy_day"
        }
    of_day = [f"2026-06-0{day}T22:00:00.000Z" for day in (1, 2, 3)]
    sums = [10.0 * (0 + 1 + 2 + 3 + 4) + 5 * day for day in range(3)]
    assert [found[None]["district:A", time] for time in of_day] == sums
    assert [found[None]["city", time] for time in of_day] == sums  # the one of B is in no company
    assert not any(name in {"district:B", *(f"meter-{number}" for number in range(6))} for name, _ in found[None])
    assert found[2, 1]["district:A", of_day[1]] == sums[1] + 777
