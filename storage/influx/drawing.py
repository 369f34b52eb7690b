"""What charts ask, as InfluxQL. A point that was written again is the same point: there is nothing to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.drawing import GROUPS, Secret, Source
from storage.influx.address import TOKEN, address
from storage.influx.names import spelled
from storage.influx.queries import identifier

if TYPE_CHECKING:
    from storage.drawing import Asked

_GIVEN = {"result": '"quality" != 9', "coverage": '"coverage" >= 0'}
"""Of a row without a result the result is what it was before, and no coverage is -1."""


class InfluxQL:
    """Emits for the data source that Grafana calls InfluxDB, with InfluxQL as its language."""

    type = "influxdb"

    def __init__(self, url: str) -> None:
        self._address = address(url)

    def source(self, url: str = "") -> Source:
        """Describe the data source; see ``Emitter.source``."""
        return Source(
            type=self.type,
            url=url or self._address.url,
            options={
                "version": "InfluxQL",
                "dbName": self._address.database,
                "httpMode": "POST",
                "httpHeaderName1": "Authorization",
            },
            secrets={"httpHeaderValue1": Secret(f"Token {self._address.token}", f"Token ${TOKEN}")},
        )

    def over_time(self, asked: Asked) -> str:
        """Ask for series; see ``Emitter.over_time``."""
        if asked.exact:
            rows = self._select(asked, identifier(asked.field))
            return f'{rows} AND $timeFilter GROUP BY "thing"'
        last = self._select(asked, f"last({identifier(asked.field)})")
        return f'{last} AND $timeFilter GROUP BY time($__interval), "thing" fill(none)'

    def newest(self, asked: Asked, column: str) -> str:
        """Ask for newest rows; see ``Emitter.newest``."""
        seconds = round(asked.hold.total_seconds())
        span = f"time > ${{__to}}ms - {seconds}s AND time <= ${{__to}}ms"
        last = self._select(asked, f"last({identifier(asked.field)}) AS {identifier(column)}")
        return f'{last} AND {span} GROUP BY "thing"'

    def names(self, observed_property: str, things: str = ".+", *, groups: bool = False) -> str:
        """Ask for ids; see ``Emitter.names``."""
        some = " AND ".join(_things(things, groups=groups))
        return f'SHOW TAG VALUES FROM {self._measurements(observed_property)} WITH KEY = "thing" WHERE {some}'

    def _select(self, asked: Asked, what: str) -> str:
        derived = "true" if asked.derived else ""
        given = [*_things(asked.things, groups=asked.groups), f"\"derived\" = '{derived}'", _GIVEN[asked.field]]
        return f"SELECT {what} FROM {self._from(asked.observed_property)} WHERE {' AND '.join(given)}"  # noqa: S608 - quoted

    def _from(self, observed_property: str) -> str:
        measurement = identifier(spelled(observed_property))
        policy = self._address.policy
        return f"{identifier(policy)}.{measurement}" if policy else measurement

    def _measurements(self, pattern: str) -> str:
        return f"/^(?:{_in_slashes(pattern)})$/"


def _things(pattern: str, *, groups: bool) -> list[str]:
    wanted = [f'"thing" =~ /^(?:{_in_slashes(pattern)})$/']
    return wanted if groups else [*wanted, f'"thing" !~ /^(?:{_in_slashes(GROUPS)})$/']


def _in_slashes(pattern: str) -> str:
    return pattern.replace("/", "\\/")
