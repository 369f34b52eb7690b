"""Alerts as a tenant sees them, and may act on them.

An operator's are those of its own estate, whole with who has acknowledged them; the public has none, for they tell who
works on what. Like the catalogue, what is not answered here is answered nowhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from api.problem import ProblemError
from processing.alerting.judging import of_the_device
from processing.alerting.own import rules_of
from processing.alerts import rules as declared_rules
from storage.alert import ALL, SCOPE, Alert, Change, Chosen, OwnRule, Silence
from storage.alerts import STANDING, Alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from api.sight import Sight

PAGE = 500
T = TypeVar("T")


class SeenAlerts(Alerts):
    """What a tenant sees of the alerts of a catalogue."""

    def __init__(self, whole: Alerts, sight: Callable[[], Sight]) -> None:
        self._whole = whole
        self._sight = sight

    def current(self, chosen: Chosen = ALL, *, limit: int = 1000, after: str = "") -> tuple[Alert, ...]:
        """List alerts as they stand, at most ``limit`` with a key above ``after``, ordered by key."""
        return _first(limit, self._standing(chosen, after))

    def alert(self, key: str) -> Alert | None:
        """Give one alert as it stands, None where none of that key is seen."""
        found = self._whole.alert(key)
        return found if found is not None and self.shows()(found) else None

    def changes(self, after: int = 0, chosen: Chosen = ALL, *, limit: int = 1000) -> tuple[Change, ...]:
        """List changes with a sequence above ``after`` in their order, at most ``limit``."""
        return _first(limit, self._changed(after, chosen))

    def newest(self, chosen: Chosen = ALL, *, before: int | None = None) -> Change | None:
        """Give the newest of some changes that are seen."""
        within, shows = self._within(chosen), self.shows()
        found = None if within is None else self._whole.newest(within, before=before)
        while found is not None and within is not None and not shows(found.alert):
            found = self._whole.newest(within, before=found.sequence)
        return found

    def newest_of(self, keys: Iterable[str], before: int) -> dict[str, Change]:
        """Give the newest change below a sequence of each of some alerts."""
        shows = self.shows()
        return {key: one for key, one in self._whole.newest_of(keys, before).items() if shows(one.alert)}

    def history(self, key: str, *, limit: int = 100) -> tuple[Change, ...]:
        """List the newest changes of one alert, the newest first."""
        shows = self.shows()
        return tuple(change for change in self._whole.history(key, limit=limit) if shows(change.alert))

    def standing(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """Count the alerts that are seen and speak for themselves, by how they stand."""
        own = self._standing(Chosen(cause=""), "")
        return tuple(Counter(tuple(str(getattr(alert, name)) for name in STANDING) for alert in own).items())

    def sequence(self) -> int:
        """Give the sequence of the newest change: it counts those of all operators, as over MQTT."""
        return self._whole.sequence() if self._may() else 0

    def acknowledge(
        self, key: str, who: str, comment: str = "", *, incident: int | None = None, now: int | None = None
    ) -> Change:
        """Note that somebody knows of an alert. Raises ValueError as for one that is not there."""
        if self.alert(key) is None:
            raise ValueError(f"the alert '{key[:200]}' cannot be acknowledged: there is none of that key")
        return self._whole.acknowledge(key, who, comment, incident=incident, now=now)

    def silence(self, silence: Silence, *, now: int | None = None) -> Silence:
        """Keep alerts silent for a while; an operator's silence is of its own alerts. Raises ValueError as ever."""
        tenant = self._sight().tenant
        if tenant.whole:
            return self._whole.silence(silence, now=now)
        if silence.operator not in (None, tenant.operator):
            raise ProblemError("not-allowed", f"Your key is that of {tenant.operator!r}: silence alerts of its own.")
        if all(getattr(silence, name) is None for name in SCOPE):
            raise ValueError("a silence must not concern everything: limit it to one of " + ", ".join(SCOPE))
        return self._whole.silence(replace(silence, operator=tenant.operator), now=now)

    def end_silence(self, id: int, *, now: int | None = None) -> None:  # noqa: A002 - the field's word for it
        """End a silence. Raises ValueError as for one that is not there."""
        if id not in {one.id for one in self.silences(at=now)}:
            raise ValueError(f"there is no silence {id}, or it is over")
        self._whole.end_silence(id, now=now)

    def silences(self, *, at: int | None = None) -> tuple[Silence, ...]:
        """List the silences that are not over and are of the tenant's own alerts."""
        tenant = self._sight().tenant
        found = self._whole.silences(at=at) if self._may() else ()
        return tuple(one for one in found if tenant.whole or one.operator == tenant.operator)

    def rules(self) -> tuple[OwnRule, ...]:
        """List the rules that were made through the API: they hold for all."""
        return self._whole.rules() if self._may() else ()

    def put_rule(self, rule: OwnRule, *, now: int | None = None) -> None:
        """Keep a rule; the city's alone, for it holds for all. Raises ProblemError."""
        self._demand_city()
        self._whole.put_rule(rule, now=now)

    def remove_rule(self, name: str) -> bool:
        """Remove a rule; the city's alone."""
        self._demand_city()
        return self._whole.remove_rule(name)

    def _standing(self, chosen: Chosen, after: str) -> Iterator[Alert]:
        within, shows = self._within(chosen), self.shows()
        while within is not None and (page := self._whole.current(within, limit=PAGE, after=after)):
            yield from filter(shows, page)
            after = page[-1].key

    def _changed(self, after: int, chosen: Chosen) -> Iterator[Change]:
        within, shows = self._within(chosen), self.shows()
        while within is not None and (page := self._whole.changes(after, within, limit=PAGE)):
            yield from (change for change in page if shows(change.alert))
            after = page[-1].sequence

    def _may(self) -> bool:
        tenant = self._sight().tenant
        return tenant.whole or bool(tenant.operator)

    def _within(self, chosen: Chosen) -> Chosen | None:
        """Limit a choice to the tenant's own; None where nothing is left of it."""
        tenant = self._sight().tenant
        if tenant.whole:
            return chosen
        if not tenant.operator or chosen.operator not in (None, tenant.operator):
            return None
        return replace(chosen, operator=tenant.operator)

    def shows(self) -> Callable[[Alert], bool]:
        """Give what tells whether an alert is shown."""
        sight, own = self._sight(), self._sight().every.households
        harmless = {
            name for name, rule in rules_of(self._whole.rules(), declared_rules()).items() if of_the_device(rule)
        }

        def shows(alert: Alert) -> bool:
            mine = sight.tenant.whole or (bool(alert.operator) and alert.operator == sight.tenant.operator)
            return mine and (alert.thing not in own or alert.rule in harmless)

        return shows

    def _demand_city(self) -> None:
        if not self._sight().tenant.whole:
            raise ProblemError("not-allowed", "Rules hold for every operator: only the city's key may change them.")


def _first(limit: int, found: Iterator[T]) -> tuple[T, ...]:
    return tuple(islice(found, limit))
