"""What charts ask, as PromQL: plain, so that any parser reads it, and true to the store's generations.

A row that took another's place is a series of its own with a label ``generation``, and which row counts is told by
what decided it (``storage.precedence``): of an indicator's results the highest revision, of a sensor's the best flag,
then the highest counter. So within a slot of time, in which a thing has one row, the series with the greatest rank is
chosen, however many there are; where it has no result there is none, and no older one comes back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.drawing import GROUPS, Secret, Source
from storage.victoria.address import addresses
from storage.victoria.selectors import quoted

if TYPE_CHECKING:
    from storage.drawing import Asked

PASSWORD = "SMILECITY_STORE_PASSWORD"  # noqa: S105 - the variable's name
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_FINEST = timedelta(hours=1)
"""A shorter slot does as well, and the newest row is then looked for no further back than it holds."""
_FLAG_STEP = 1 << 40
"""As in ``storage.precedence``: a better flag outweighs any counter."""


class PromQL:
    """Emits for the data source that Grafana calls Prometheus."""

    type = "prometheus"

    def __init__(self, url: str) -> None:
        self._nodes = addresses(url)
        self._database = self._nodes[0].database

    def source(self, url: str = "") -> Source:
        """Describe the data source; see ``Emitter.source``."""
        if len(self._nodes) > 1 and not url:
            raise ValueError(
                f"the store is {len(self._nodes)} nodes of VictoriaMetrics, and a data source has one address: put a "
                "proxy in front that asks all of them, and name it with --source"
            )
        select = self._nodes[0].select
        secret = Secret(select.password, f"${PASSWORD}")
        return Source(
            type=self.type,
            url=url or select.url,
            # What came late is asked for anew: the server may not have forgotten its earlier answer.
            options={"httpMethod": "POST", "timeInterval": "15s", "customQueryParameters": "nocache=1"},
            user=select.user,
            secrets={"basicAuthPassword": secret} if select.user else {},
        )

    def over_time(self, asked: Asked) -> str:
        """Ask for series; see ``Emitter.over_time``."""
        best = self._best(asked)
        return best if asked.windows else f"last_over_time(({best})[$__interval:{duration(asked.slot)}])"

    def newest(self, asked: Asked, column: str) -> str:  # noqa: ARG002 - Grafana names the columns itself
        """Ask for newest rows; see ``Emitter.newest``."""
        slot = min(asked.slot, _FINEST)
        return f"last_over_time(({self._best(replace(asked, slot=slot))})[{duration(asked.hold)}:{duration(slot)}])"

    def names(self, observed_property: str, things: str = ".+", *, groups: bool = False) -> str:
        """Ask for ids; see ``Emitter.names``."""
        return f"label_values({self._series(f'(?:{observed_property})_quality', things, groups=groups)}, thing)"

    def _best(self, asked: Asked) -> str:
        """Choose of the rows in a slot the one that counts."""
        wanted, rank = self._last(asked, asked.field), self._rank(asked)
        highest = f"{rank} == on (thing) group_left () max by (thing) ({rank})"
        return f"max by (thing) ({wanted} and on (thing, generation) ({highest}))"

    def _rank(self, asked: Asked) -> str:
        """Rank rows as ``storage.precedence.rank`` does; a revision or counter of 0 is not stored."""
        quality, revision = self._last(asked, "quality"), self._last(asked, "revision")
        counted = f"({revision} or on (thing, generation) {quality} * 0)"
        if asked.derived:
            return counted
        return f"((10 - {quality}) * {_FLAG_STEP} + on (thing, generation) {counted})"

    def _last(self, asked: Asked, field: str) -> str:
        derived = "true" if asked.derived else ""
        series = self._series(f"{asked.observed_property}_{field}", asked.things, groups=asked.groups, derived=derived)
        return f"last_over_time({series}[{duration(asked.slot)}])"

    def _series(self, name: str, things: str, *, groups: bool, derived: str | None = None) -> str:
        labels = [f"thing=~{quoted(things)}", f"db={quoted(self._database)}"]
        if not groups:
            labels.append(f"thing!~{quoted(GROUPS)}")
        if derived is not None:
            labels.append(f"derived={quoted(derived)}")
        if _NAME.fullmatch(name):
            return f"{name}{{{','.join(labels)}}}"
        return f"{{__name__=~{quoted(name)},{','.join(labels)}}}"


def duration(span: timedelta) -> str:
    """Write a span as Prometheus does, in its largest whole unit.

    >>> duration(timedelta(minutes=90)), duration(timedelta(hours=49))
    ('90m', '49h')
    """
    seconds = round(span.total_seconds())
    size, unit = next(pair for pair in ((3600, "h"), (60, "m"), (1, "s")) if seconds % pair[0] == 0)
    return f"{seconds // size}{unit}"
