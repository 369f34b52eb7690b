"""Boards as Grafana reads them: classic JSON, the same for the same declarations and setting."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dashboards import board as declared
from dashboards.board import MONTH, Lines, Measured, Watched
from dashboards.boards import boards
from dashboards.layout import HEADING, laid
from dashboards.limits import steps
from dashboards.measured import measured
from dashboards.panels import lines, number, places, ranking
from dashboards.sdk import Builder, JSONEncoder, dashboard, make
from dashboards.setting import FOLDER
from dashboards.subject import DAYS, subject
from dashboards.variables import variables
from processing.alert import ANYTHING
from processing.alerting.books import properties_of_books
from processing.alerts import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashboards.board import Board, Panel, Row
    from dashboards.layout import Position
    from dashboards.setting import Setting

_DRAW: Mapping[type[Any], Any] = {
    declared.Number: number,
    declared.Lines: lines,
    declared.Ranking: ranking,
    declared.Places: places,
    declared.Measured: measured,
}


def built(setting: Setting) -> Mapping[str, dict[str, Any]]:
    """Build every board of which something can be shown, by its name."""
    shown = {name: _shown(board, setting) for name, board in boards().items()}
    return {name: build(board, setting) for name, board in shown.items() if board.rows}


def left_out(setting: Setting) -> Mapping[str, int]:
    """Count the panels of each board that cannot be shown in a setting; boards that lack nothing are not among them."""
    if setting.measured:
        return {}
    lacking = {
        name: sum(isinstance(panel, Measured) for row in board.rows for panel in row.panels)
        for name, board in boards().items()
    }
    return {name: missing for name, missing in lacking.items() if missing}


def build(board: Board, setting: Setting) -> dict[str, Any]:
    """Build one board of which all can be shown."""
    title = setting.language.of(board.title, board.title_de)
    drawn = make.Dashboard(title).uid(uid_of(board.name)).description(board.description).tags([FOLDER])
    drawn.timezone(setting.zone).time(f"now-{board.span}", "now").refresh("1m").editable()
    drawn.tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    drawn.links(list(_links(board, setting)))
    drawn.variables(list(variables(board, setting)))
    _fill(drawn, board.rows, setting)
    found: dict[str, Any] = json.loads(json.dumps(drawn.build(), cls=JSONEncoder))
    for link in found["links"]:
        del link["placement"]  # where the SDK would hide it in a menu
    return found


def uid_of(name: str) -> str:
    """Give the uid of the board of a name."""
    return f"{FOLDER}-{name}"


def _fill(drawn: make.Dashboard, rows: Sequence[Row], setting: Setting) -> None:
    """Draw rows under each other, numbering all that is drawn."""
    top = number = 0
    for row in rows:
        number += 1
        heading = make.Row(setting.language.of(row.title, row.title_de)).id(number)
        drawn.with_row(heading.grid_pos(dashboard.GridPos(h=HEADING, w=24, x=0, y=top)))
        top += HEADING
        positions = list(laid(((panel.width, panel.height) for panel in row.panels), top))
        for panel, position in zip(row.panels, positions, strict=True):
            number += 1
            drawn.with_panel(_placed(_DRAW[type(panel)](panel, setting), number, position))
        top = max(position.y + position.height for position in positions)


def _placed(panel: Any, number: int, at: Position) -> Builder[dashboard.Panel]:
    placed: Builder[dashboard.Panel] = panel.id(number).grid_pos(
        dashboard.GridPos(h=at.height, w=at.width, x=at.x, y=at.y)
    )
    return placed


def _shown(board: Board, setting: Setting) -> Board:
    """Leave out what cannot be shown, and rows of which nothing is left; what rules look at is put in."""
    rows = [replace(row, panels=tuple(_panels(row, setting))) for row in board.rows]
    return replace(board, rows=tuple(row for row in rows if row.panels))


def _panels(row: Row, setting: Setting) -> Iterator[Panel]:
    for panel in row.panels:
        if isinstance(panel, Watched):
            yield from (_watched(name, panel) for name in watched())
        elif setting.measured or not isinstance(panel, Measured):
            yield panel


def _watched(name: str, panel: Watched) -> Lines:
    back = MONTH if subject(name).window in DAYS else ""
    return Lines(shows=name, of=panel.of, back=back)


def watched() -> Iterator[str]:
    """Name what alert rules look at whose limits can be drawn, each once."""
    named = dict.fromkeys(rule.looks_at for rule in rules().values())
    own = {ANYTHING, *properties_of_books()}
    return (name for name in named if name not in own and steps(subject(name)))


def _links(board: Board, setting: Setting) -> Iterator[make.DashboardLink]:
    """Lead to the other boards, with what is chosen and the time that is shown, and to the web page."""
    others = make.DashboardLink(setting.language.word("boards")).type(dashboard.DashboardLinkType.DASHBOARDS)
    others.tags([FOLDER]).as_dropdown(as_dropdown=True).include_vars(include_vars=True).keep_time(keep_time=True)
    yield others
    if setting.link:
        url = setting.link.rstrip("/") + (f"/#domain={board.domain}" if board.domain else "/")
        page = make.DashboardLink(setting.language.word("page")).type(dashboard.DashboardLinkType.LINK).url(url)
        yield page.icon("external link").target_blank(target_blank=True)
