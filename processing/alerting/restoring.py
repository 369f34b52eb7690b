"""Lets alerts stand as they stood: after a restart by what the catalogue keeps, after a change of things or rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.alert import NoData
from processing.alerting.machine import Phase, Standing, Verdict
from processing.rows import NEVER
from storage.alert import Chosen, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from processing.alert import AlertRule
    from processing.alerting.estate import Estate
    from processing.alerting.storm import Active
    from storage.alert import Alert
    from storage.alerts import Alerts

STANDING = Chosen(states=(State.PENDING, State.FIRING, State.ACKNOWLEDGED))
AT_ONCE = 1000
_PHASES = {State.FIRING: Phase.FIRING, State.ACKNOWLEDGED: Phase.ACKNOWLEDGED}


def restore(
    alerts: Alerts, of: Mapping[str, tuple[Estate, int]], rules: Mapping[str, AlertRule], active: Active
) -> None:
    """Let everything stand as it is kept; ``of`` gives estate and place by key."""
    for alert in every(alerts):
        estate, place = of.get(alert.key, (None, 0))
        rule = rules.get(alert.rule)
        fires = alert.state is not State.PENDING or alert.fired is not None
        if estate is not None:
            estate.restore(np.array([place]), standing(alert, estate.rule))
        if fires:
            active.restore(alert, rule, None if estate is None else estate.things[place])


def every(alerts: Alerts) -> Iterator[Alert]:
    """Give every alert that is not resolved."""
    after = ""
    while some := alerts.current(STANDING, limit=AT_ONCE, after=after):
        yield from some
        after = some[-1].key


def standing(alert: Alert, rule: AlertRule) -> Standing:
    """Say in columns of one thing how an alert stands."""
    found = Standing.quiet(1)
    held_back = alert.state is State.PENDING and alert.fired is not None
    found.phase[0] = Phase.FIRING if held_back else _PHASES.get(alert.state, Phase.PENDING)
    silent = alert.value is None and rule.silent.then is NoData.FIRE
    found.verdict[0] = Verdict.SILENT if silent else Verdict.BAD if alert.clear_since is None else Verdict.CLEAR
    found.value[0] = np.nan if alert.value is None else alert.value / rule.scale
    found.heard[0], found.since[0] = alert.heard, alert.since
    found.fired[0] = NEVER if alert.fired is None else alert.fired
    found.clear_since[0] = NEVER if alert.clear_since is None else alert.clear_since
    found.escalated[0] = alert.escalated
    return found


def carry(before: Sequence[Estate], after: Sequence[Estate]) -> None:
    """Let things stand under a rule as they stood under the rule of that name before."""
    known = {estate.rule.name: estate for estate in before}
    for estate in after:
        old = known.get(estate.rule.name)
        if old is None or not len(old):
            continue
        pairs = [(old.place[thing.id], place) for place, thing in enumerate(estate.things) if thing.id in old.place]
        if pairs:
            source, target = np.array(pairs, dtype=np.int64).T
            estate.restore(target, old.standing.take(source))
            for mine, its in ((estate.held, old.held), (estate.looked, old.looked), (estate.over, old.over)):
                mine[target] = its[source]
            same = [old.things[here] == estate.things[there] for here, there in pairs]
            estate.new[target] = old.rule != estate.rule or ~np.array(same)
