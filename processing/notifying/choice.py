"""Which changes a receiver asks for: the end of what it was told is told, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processing.alert import Severity
from storage.alert import Chosen, Kind

if TYPE_CHECKING:
    from storage.alert import Alert, Change
    from storage.alerts import Alerts

_RANK = {str(severity): rank for rank, severity in enumerate(Severity)}
_MOST_BEFORE = 200
"""Changes of one incident that are looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a receiver asks for; an empty tuple stands for all."""

    changes: frozenset[Kind] = frozenset(Kind)
    severity: Severity = Severity.INFO
    """From this one on."""
    operators: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    silenced: bool = True
    """Also of alerts of which nobody is to be notified: for machines, which look at that themselves."""
    members: bool = True
    """Also of alerts that a group's alert speaks for."""

    def wants(self, change: Change, alerts: Alerts) -> bool:
        """Tell whether a change is asked for; what came before it is read where it ends something."""
        if not self._concerns(change.alert):
            return False
        if change.change is Kind.RESOLVED and change.alert.incident:
            return Kind.RESOLVED in self.changes and any(map(self._begins, _before(change, alerts)))
        return self._begins(change)

    def _begins(self, change: Change) -> bool:
        alert = change.alert
        loud = self.silenced or not alert.silenced
        return self._is_named(change.change) and loud and _RANK.get(alert.severity, 0) >= _RANK[self.severity]

    def _is_named(self, kind: Kind) -> bool:
        """Tell whether a kind of change is asked for; who hears nothing of the silenced hears then that it fires."""
        fires_now = kind is Kind.UNSILENCED and not self.silenced and Kind.FIRED in self.changes
        return kind in self.changes or fires_now

    def _concerns(self, alert: Alert) -> bool:
        asked = (self.operators, self.domains, self.districts, self.rules)
        has = (alert.operator, alert.domain, alert.district, alert.rule)
        named = all(not names or given in names for names, given in zip(asked, has, strict=True))
        return named and (self.members or not alert.cause)


def _before(change: Change, alerts: Alerts) -> list[Change]:
    """Give what was told of an incident before a change."""
    first = change.alert.incident - 1
    known = alerts.changes(first, Chosen(key=change.alert.key), limit=_MOST_BEFORE)
    return [one for one in known if one.sequence < change.sequence]
