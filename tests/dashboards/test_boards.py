"""Every board as Grafana reads it: of the form that it knows, nothing above anything else, nothing said twice."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from grafana_foundation_sdk.models import units as known_units
from jsonschema import Draft202012Validator

from dashboards.board import Board, Lines, Measured, Number, Ranking, Row, Watched
from dashboards.boards import boards
from dashboards.building import build, built, left_out, uid_of, watched
from dashboards.layout import laid
from dashboards.limits import steps
from dashboards.setting import Setting
from dashboards.subject import subject
from dashboards.units import UNITS, grafana_unit
from dashboards.variables import choices_of_kind
from dashboards.words import Language
from processing.alert import AlertRule, Condition, Severity
from processing.alerts import know, rules
from processing.fitness import Fitness
from processing.indicators import derived_properties
from sensors.kinds import kinds, properties
from storage.drawing import emitter
from tests.dashboards.schema import BOARD

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("alerts", "city", "energy", "ingest", "parking", "sensors", "waste")
VICTORIA = Setting(store=emitter("victoriametrics://localhost:8428"), link="http://localhost:8080/")
VALID = Draft202012Validator(BOARD)


@pytest.fixture
def influx(monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.setenv("SMILECITY_INFLUX_TOKEN", "t")
    return Setting(store=emitter("influxdb://localhost:8086?org=stadt&bucket=city"), language=Language.DE)


@cache
def drawn(name: str, setting: Setting = VICTORIA) -> dict[str, Any]:
    return built(setting)[name]


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in board["panels"] if panel["type"] != "row")


def test_the_boards_are_those_that_people_ask_for():
    assert tuple(boards()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_board_has_the_form_that_grafana_knows(name: str, influx: Setting):
    for board in (drawn(name), build(declared(name), replace(influx, metrics="http://localhost:9090"))):
        wrong = [f"{'.'.join(map(str, error.path))}: {error.message}" for error in VALID.iter_errors(board)]
        assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_panels_overlap_nowhere(name: str):
    board = drawn(name)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken = [
        (x, y)
        for at in (panel["gridPos"] for panel in board["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    for panel in panels(board):
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
        assert panel["type"] == "table" or panel["fieldConfig"]["defaults"]["unit"]


def test_days_are_shown_further_back_than_a_day():
    for name in NAMES:
        board = drawn(name)
        for panel in panels(board):
            if panel["type"] == "timeseries" and panel.get("interval") == "1d":
                assert (panel.get("timeFrom") or board["time"]["from"].removeprefix("now-")) in {"7d", "28d"}, name


def test_grades_and_numbers_are_no_shares():
    for name in NAMES:
        for panel in panels(drawn(name)):
            if panel["type"] != "table" and panel["title"] in {"Sensor health, day", "Valid observations, day"}:
                assert panel["fieldConfig"]["defaults"]["unit"] == "none", name


def test_a_board_is_the_same_each_time():
    assert built(VICTORIA) == {name: drawn(name) for name in NAMES}


def declared(name: str) -> Board:
    """Give a board as it is declared, without what only follows from rules."""
    board = boards()[name]
    rows = (replace(row, panels=tuple(one for one in row.panels if not isinstance(one, Watched))) for row in board.rows)
    return replace(board, rows=tuple(row for row in rows if row.panels))


def test_panels_are_laid_from_left_to_right_and_below():
    sizes = [(6, 4), (12, 8), (6, 4), (18, 2), (12, 3)]
    found = [(at.x, at.y) for at in laid(sizes, 1)]
    assert found == [(0, 1), (6, 1), (18, 1), (0, 9), (0, 11)]


def test_title_unit_description_and_limits_come_from_the_declarations():
    rows = (Row(title="Now", title_de="Jetzt", panels=(Number(shows="filling_level_smoothed_hour"),)),)
    board = Board(name="one", title="One", title_de="Eins", description="One.", rows=rows)
    (panel,) = panels(build(board, VICTORIA))
    declared = derived_properties()["filling_level_smoothed_hour"]
    assert panel["title"] == declared.title
    assert declared.description in panel["description"]
    assert declared.source in panel["description"]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] == "percent"
    assert defaults["thresholds"]["steps"] == [{"value": None, "color": "green"}, {"value": 95.0, "color": "orange"}]
    (german,) = panels(build(board, replace(VICTORIA, language=Language.DE)))
    assert german["title"] == declared.title_de


def test_coverage_stands_beside_every_number():
    for name, board in boards().items():
        shown = {(panel["type"], panel["title"]): panel for panel in panels(drawn(name))}
        for panel in (panel for row in board.rows for panel in row.panels):
            if isinstance(panel, Number):
                first, second = shown["stat", subject(panel.shows).title(Language.EN)]["targets"]
                assert f"{panel.shows}_result" in first["expr"]
                assert f"{panel.shows}_coverage" in second["expr"]
            if isinstance(panel, Ranking):
                asked = [target["expr"] for target in shown["table", titles(panel)]["targets"]]
                assert ["_coverage" in one for one in asked] == [False, True] * len(panel.shows)


def titles(panel: Ranking) -> str:
    return "; ".join(subject(name).title(Language.EN) for name in panel.shows)


def test_boards_lead_to_each_other_and_to_the_web_page():
    board = drawn("waste")
    others, page = board["links"]
    assert (others["type"], others["tags"], others["keepTime"]) == ("dashboards", ["smilecity"], True)
    assert page["url"] == "http://localhost:8080/#domain=waste"
    table = next(panel for panel in panels(board) if panel["type"] == "table")
    (links,) = [one for one in table["fieldConfig"]["overrides"] if one["properties"][0]["id"] == "links"]
    assert links["properties"][0]["value"][0]["url"] == "http://localhost:8080/#thing=${__data.fields[0]:percentencode}"
    silent = build(boards()["waste"], replace(VICTORIA, link=""))
    assert len(silent["links"]) == 1
    assert "percentencode" not in str(silent)


def test_maps_look_things_up_in_the_gazetteer():
    maps = [panel for name in NAMES for panel in panels(drawn(name)) if panel["type"] == "geomap"]
    assert len(maps) >= 5
    for panel in maps:
        (layer,) = panel["options"]["layers"]
        where = {"mode": "lookup", "lookup": "Thing", "gazetteer": "public/gazetteer/smilecity.json"}
        assert layer["location"] == where
        assert panel["options"]["tooltip"] == {"mode": "details"}
        assert layer["config"]["style"]["color"]["field"] == panel["title"]


def test_without_metrics_their_panels_are_left_out_and_told(influx: Setting):
    without = built(influx)
    assert "ingest" not in without
    assert left_out(influx) == {
        name: count
        for name, board in boards().items()
        if (count := sum(isinstance(panel, Measured) for row in board.rows for panel in row.panels))
    }
    assert left_out(VICTORIA) == {}
    assert left_out(replace(influx, metrics="http://localhost:9090")) == {}
    assert "smilecity-metrics" not in str(without)


def test_every_unit_of_every_declaration_is_known():
    known = {value for name, value in vars(known_units).items() if not name.startswith("_") and isinstance(value, str)}
    for unit in {prop.unit for prop in (*properties().values(), *derived_properties().values())}:
        assert grafana_unit(unit)
    for unit in UNITS.values():
        assert unit in known or re.fullmatch(r"suffix:\S+", unit)
    assert [grafana_unit(unit) for unit in ("{space}", "{space}.h", "{vehicle}/{space}")] == [
        "none",
        "suffix:h",
        "none",
    ]
    with pytest.raises(ValueError, match="no unit of Grafana is known for 'furlong'"):
        grafana_unit("furlong")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (
            ((80.0, None, Severity.INFO), (95.0, None, Severity.CRITICAL)),
            [(None, "green"), (80, "yellow"), (95, "red")],
        ),
        (
            ((None, 10.0, Severity.WARNING), (None, 5.0, Severity.CRITICAL)),
            [(None, "red"), (5, "orange"), (10, "green")],
        ),
        (((90.0, 10.0, Severity.WARNING),), [(None, "orange"), (10, "green"), (90, "orange")]),
    ],
)
def test_limits_of_rules_are_colours(when, expected):
    try:
        know(rule(f"own_{number}", *one) for number, one in enumerate(when))
        assert [(step.value, step.colour) for step in steps(subject("battery"))] == expected
        assert "battery" in watched()
    finally:
        know(())
    assert steps(subject("battery")) == ()


def test_limits_of_sensors_that_need_a_person_are_colours_and_the_worst_counts():
    assert [(step.value, step.colour) for step in steps(subject("completeness_day"))] == [
        (None, "red"),
        (0.5, "yellow"),
        (0.9, "green"),
    ]
    assert rules()["sensor_visit"].looks_at == "health_day"
    assert [(step.value, step.colour) for step in steps(subject("health_day"))] == [
        (None, "green"),
        (Fitness.WATCH, "yellow"),
        (Fitness.VISIT, "red"),
    ]


def test_alerts_have_the_colours_of_their_severity():
    firing = next(panel for panel in panels(drawn("alerts")) if panel["title"] == "Firing")
    given = {one["matcher"]["options"]: one["properties"][0]["value"] for one in firing["fieldConfig"]["overrides"]}
    fixed = {"info": "yellow", "warning": "orange", "critical": "red"}
    assert given == {name: {"mode": "fixed", "fixedColor": colour} for name, colour in fixed.items()}


def rule(name: str, above: float | None, below: float | None, severity: Severity) -> AlertRule:
    like = rules()["container_overflow"]
    return replace(like, name=name, looks_at="battery", when=(Condition(above=above, below=below),), severity=severity)


def test_kinds_are_chosen_by_what_is_observed_of_them():
    every = choices_of_kind(VICTORIA)
    assert set(kinds()) == {kind.name for kind in kinds().values() for names in every.values() if kind.title in names}
    few = choices_of_kind(replace(VICTORIA, kinds=frozenset({"parking_spot", "loading_zone", "waste_container"})))
    assert few == {"occupied": ["Loading zone", "Parking space"], "distance": ["Waste container"]}


def test_what_nobody_observes_is_told():
    with pytest.raises(ValueError, match="a panel shows 'occupancy_16min', which nothing observes"):
        subject("occupancy_16min")


def test_names_and_windows_of_boards_are_in_order():
    for name, board in boards().items():
        assert board.name == name
        assert len(uid_of(name)) <= 40
        for row, following in pairwise(board.rows):
            assert row.title != following.title
        for panel in (panel for row in board.rows for panel in row.panels):
            assert not isinstance(panel, Lines) or panel.of
