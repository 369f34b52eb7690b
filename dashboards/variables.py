"""What can be chosen on a board: operators, districts, kinds of things, things; several of each, or all."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dashboards.board import Variable
from dashboards.sdk import Builder, common, dashboard, make
from dashboards.setting import STORE
from sensors.kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.board import Board
    from dashboards.setting import Setting

ALL = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])


def variables(board: Board, setting: Setting) -> Iterator[Builder[dashboard.VariableModel]]:
    """Draw a board's variables, in their order: what is chosen first narrows what comes later."""
    for name in board.variables:
        if name is Variable.KIND:
            yield _kind(setting)
        elif name is Variable.THING:
            of = "${kind:raw}" if Variable.KIND in board.variables else board.things_of
            yield _asked(name, setting.store.names(of), ".*", setting)
        else:
            yield _asked(name, setting.store.names(".+", f"{name}:.*", groups=True), f"{name}:.*", setting)


def _asked(name: Variable, query: str, every: str, setting: Setting) -> make.QueryVariable:
    """Ask the store; a group's id is the value, its name is what is shown."""
    drawn = make.QueryVariable(name).label(setting.language.word(name)).query(_query(query, name, setting))
    drawn.datasource(common.DataSourceRef(type_val=setting.store.type, uid=STORE)).definition(query)
    drawn.multi(multi=True).include_all(include_all=True).all_value(every).current(ALL)
    if name is not Variable.THING:
        drawn.regex(f"/(?<value>{name}:(?<text>.+))/")
    return drawn.refresh(dashboard.VariableRefresh.ON_DASHBOARD_LOAD).sort(dashboard.VariableSort.ALPHABETICAL_ASC)


def _query(query: str, name: str, setting: Setting) -> str | dict[str, object]:
    if setting.store.type == "influxdb":
        return {"query": query, "refId": f"InfluxVariableQueryEditor-VariableQuery-{name}"}
    return {"query": query, "qryType": 5, "refId": f"PrometheusVariableQueryEditor-{name}"}


def _kind(setting: Setting) -> make.CustomVariable:
    """Offer kinds by what is observed of them first; kinds of which the same is observed stand together."""
    choices = choices_of_kind(setting)
    offered = ", ".join(f"{'; '.join(titles)} : {prop}" for prop, titles in choices.items())
    drawn = make.CustomVariable(Variable.KIND).label(setting.language.word(Variable.KIND)).values(offered)
    every = "|".join(choices)
    options = [dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])]
    options += [
        dashboard.VariableOption(selected=False, text="; ".join(titles), value=prop) for prop, titles in choices.items()
    ]
    drawn.multi(multi=False).include_all(include_all=True).all_value(every).options(options)
    return drawn.current(dashboard.VariableOption(selected=True, text="All", value="$__all"))


def choices_of_kind(setting: Setting) -> Mapping[str, list[str]]:
    """Give by property the titles of the kinds of which it is observed: the first property of any kind."""
    chosen = [kind for name, kind in kinds().items() if not setting.kinds or name in setting.kinds]
    first = dict.fromkeys(kind.properties[0].name for kind in chosen)
    found: dict[str, list[str]] = defaultdict(list)
    for prop in first:
        for kind in chosen:
            if any(prop == one.name for one in kind.properties):
                found[prop].append(setting.language.of(kind.title, kind.title_de))
    return found
