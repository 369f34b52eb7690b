"""Every target of every board, asked of a real server that holds a simulated town: it gives what the store holds."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import promql_parser
import pytest
from prometheus_client import generate_latest

from api.metrics import ANSWERS, CLIENTS
from dashboards.board import Variable
from dashboards.boards import boards
from dashboards.building import built
from dashboards.setting import STORE, Setting
from ingest import metrics as of_ingest
from processing.gazetteer import gazetteer
from processing.notifying import metrics as of_notifying
from storage.catalogue import Catalogue, Counts
from storage.drawing import GROUPS, emitter
from storage.metrics import with_books
from storage.store import open_store
from tests.alerting import fired
from tests.dashboards.sketches import Sketch
from tests.dashboards.town import END, NEEDS_WEEKS, START, town
from tests.grafana import Influx, Prometheus, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.influx_api import InfluxApi
    from tests.servers import VictoriaMetrics

UNITS = {"m": "minutes", "h": "hours", "d": "days", "s": "seconds"}
ALL = {"operator": "operator:.*", "district": "district:.*", "thing": ".*"}
ASKS = {
    "prometheus": re.compile(r"(?P<name>\w+)_(?P<field>result|coverage)\{"),
    "influxdb": re.compile(r'SELECT (?:last\()?"(?P<field>\w+)"\)?(?: AS "[^"]+")? FROM "(?P<name>\w+)"'),
}


@pytest.fixture(scope="module", params=["victoriametrics", "influxdb"])
def setting(request: pytest.FixtureRequest) -> Setting:
    server: VictoriaMetrics | InfluxApi = request.getfixturevalue(request.param)
    url = server.url("town")
    with closing(open_store(url)) as store:
        store.write(town().rows)
    return Setting(store=emitter(url))


@pytest.fixture(scope="module")
def grafana(setting: Setting) -> Iterator[Prometheus | Influx]:
    source = setting.sources()[STORE]
    opened = Prometheus(source.url) if source.type == "prometheus" else Influx(source.url, "town")
    yield opened
    opened.close()


def panels(setting: Setting, uid: str = STORE) -> list[dict[str, Any]]:
    every = [panel for board in built(setting).values() for panel in board["panels"] if panel["type"] != "row"]
    return [panel for panel in every if panel["datasource"]["uid"] == uid]


def shown(panel: dict[str, Any]) -> Shown:
    step = panel.get("interval", "15m")
    return Shown(start=START, end=END, step=timedelta(**{UNITS[step[-1]]: int(step[:-1])}), variables=ALL)


def test_every_panel_shows_what_the_store_holds(setting: Setting, grafana: Prometheus | Influx):
    asked: Counter[str] = Counter()
    nothing: list[str] = []
    for panel in panels(setting):
        over_time = panel["type"] == "timeseries"
        for target in panel["targets"]:
            query = target["expr" if setting.store.type == "prometheus" else "query"]
            about = ASKS[setting.store.type].search(query)
            assert about is not None, query
            held = town().told(about["name"], about["field"])
            found = (grafana.over_time if over_time else grafana.newest)(query, shown(panel))
            if not found:
                nothing.append(f"{panel['title']} ({about['name']}, {about['field']})")
            for series in found:
                assert set(series.labels) == {"thing"}, query
                values = np.round(list(series.points.values()), 5).tolist()
                assert set(values) <= held[series.labels["thing"]], (panel["title"], series.labels)
            things = {series.labels["thing"] for series in found}
            groups = {thing for thing in things if re.fullmatch(GROUPS, thing)}
            assert groups in (set(), things), f"{panel['title']} mixes things and groups"
            asked[about["name"]] += 1
    assert nothing == []
    assert set(NEEDS_WEEKS) < set(asked)
    assert len(asked) > 60


def test_a_board_can_be_sketched(setting: Setting, grafana: Prometheus | Influx, tmp_path: Path):
    board = built(setting)["waste"]
    things = {str(one["key"]): (0.0, 54.0) for one in gazetteer(town().things)}
    shown = Sketch(board, grafana, things, END).draw(tmp_path / "waste.png")
    assert shown == sum(panel["type"] != "row" for panel in board["panels"])
    assert (tmp_path / "waste.png").read_bytes().startswith(b"\x89PNG")


def test_variables_offer_what_there_is(setting: Setting, grafana: Prometheus | Influx):
    for name, board in built(setting).items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "custom":
                continue
            kind = next((one["allValue"] for one in board["templating"]["list"] if one["name"] == "kind"), "")
            chosen = Shown(start=START, end=END, variables={**ALL, "kind": kind})
            offered = grafana.names(variable["query"]["query"], chosen)
            assert offered, (name, variable["name"])
            group = variable["name"] in (Variable.OPERATOR, Variable.DISTRICT)
            assert all((re.fullmatch(GROUPS, one) is not None) == group for one in offered)
            if group:
                pattern = re.compile(variable["regex"].strip("/").replace("(?<", "(?P<"))
                names = [found["text"] for one in offered if (found := pattern.search(one))]
                assert len(names) == len(offered)
                assert all(one in ALL or not one.startswith(f"{variable['name']}:") for one in names)


def test_kinds_narrow_the_things_to_choose_from(setting: Setting, grafana: Prometheus | Influx):
    (query,) = [
        variable["query"]["query"]
        for variable in built(setting)["sensors"]["templating"]["list"]
        if variable["name"] == "thing"
    ]
    offered = grafana.names(query, Shown(start=START, end=END, variables={"kind": "available_spot_number"}))
    assert offered == ["hro-ph-molenfeuer", "hro-tg-city"]


def test_every_promql_target_is_plain():
    setting = Setting(store=emitter("victoriametrics://localhost"))
    queries = [target["expr"] for panel in (*panels(setting), *measured(setting)) for target in panel["targets"]]
    assert len(queries) > 150
    some = Shown(start=START, end=END, variables=ALL)
    for query in queries:
        promql_parser.parse(some.put_in(query))


def measured(setting: Setting) -> list[dict[str, Any]]:
    return panels(setting, "smilecity-metrics")


@pytest.fixture(scope="module")
def scraped(victoriametrics: VictoriaMetrics) -> Iterator[Prometheus]:
    """Have a VictoriaMetrics that scraped a platform three times, a minute apart, while it worked."""
    url = f"http://127.0.0.1:{victoriametrics.port}"
    with closing(Catalogue("sqlite://")) as catalogue, httpx.Client(base_url=url) as client:
        catalogue.settle("city", "drawn", Counts(received=9, stored=7, quarantined=2), [])
        catalogue.alerts.note([fired()], known=0)
        for minute in range(3):
            work()
            moment = round(END.timestamp() * 1000) - (2 - minute) * 60_000
            text = generate_latest(with_books(catalogue))
            client.post(f"/api/v1/import/prometheus?timestamp={moment}", content=text).raise_for_status()
        client.get("/internal/force_flush")
    opened = Prometheus(url)
    yield opened
    opened.close()


def work() -> None:
    """Count as a platform at work does."""
    of_ingest.MESSAGES.labels("city", "drawn", "stored").inc(60)
    of_ingest.IN_FLIGHT.labels("city", "drawn").set(3)
    of_ingest.OBSERVATIONS.labels("drawn").inc(120)
    of_ingest.STORE.labels("drawn").observe(0.02)
    of_ingest.LAG.labels("city", "drawn", "receipt").set(0.5)
    of_ingest.SPOOL.labels("city", "drawn").set(4)
    of_ingest.BUSY.labels("drawn").inc()
    of_ingest.CONNECTIONS.labels("city", "drawn").inc()
    of_ingest.CONNECTED.labels("city", "drawn").set(1)
    of_notifying.CHANGES.labels("mail", "delivered").inc()
    of_notifying.FAILING.labels("mail").set(1)
    of_notifying.WAITING.labels("mail").set(2)
    ANSWERS.labels("/v1/things", 200).observe(0.004)
    CLIENTS.set(5)


def test_every_panel_of_what_the_platform_measures_shows_something(scraped: Prometheus):
    found: dict[str, dict[str, float]] = {}
    for panel in measured(Setting(store=emitter("victoriametrics://localhost"))):
        (target,) = panel["targets"]
        span = Shown(start=END - timedelta(minutes=1), end=END, step=timedelta(minutes=1), variables={})
        series = (scraped.newest if target["instant"] else scraped.over_time)(target["expr"], span)
        legend = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
        assert all(set(legend) <= set(one.labels) for one in series), panel["title"]
        key = {",".join(one.labels.get(name, "") for name in legend): list(one.points.values())[-1] for one in series}
        found[panel["title"]] = key
    assert all(found.values()), [title for title, series in found.items() if not series]
    assert found["Firing"] == {"warning": 1.0}
    assert found["Acknowledged"] == {"none": 0.0}
    assert found["Firing, by rule"] == {"overflow": 1.0}
    assert found["Alerts that fire"] == {"": 1.0}
    assert found["Quarantined"] == {"": 2.0}
    assert found["Ledger difference"] == {"": 0.0}
    assert found["Observations written"]["drawn"] == pytest.approx(2.0)
    assert found["Receivers that fail"] == {"": 1.0}


def test_boards_and_their_metrics_know_each_other():
    names = {family.name for family in with_books_of_nothing()}
    for board in boards().values():
        for row in board.rows:
            for panel in row.panels:
                for asked in re.findall(r"smilecity_\w+", getattr(panel, "query", "")):
                    plain = re.sub(r"_(?:total|bucket)$", "", asked)
                    assert plain in names, asked


def with_books_of_nothing() -> list[Any]:
    with closing(Catalogue("sqlite://")) as catalogue:
        return list(with_books(catalogue).collect())
