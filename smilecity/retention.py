"""How long observations are kept, by class: raw, derived, or one observed property. Where nothing is said, for ever."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from processing.indicators import derived_properties
from sensors.hint import did_you_mean
from sensors.kinds import properties
from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sensors.model import Datastream
    from storage.store import Spans, Store

CLASSES = ("raw", "derived")
_RULE = re.compile(r"(\w+)\s*=\s*(?:(\d{1,5})\s*d|forever)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that each class is kept; a class that is not named, or named with None, is kept for ever.

    An observed property that is named goes by its own rule, any other by that of ``raw`` or ``derived``.
    """

    days: Mapping[str, int | None] = field(default_factory=dict)

    def of(self, datastream: Datastream) -> int | None:
        """Tell how many days observations of a datastream are kept; None is for ever."""
        if datastream.observed_property in self.days:
            return self.days[datastream.observed_property]
        return self.days.get("derived" if datastream.derived else "raw")


def retention(said: str) -> Retention:
    """Read ``raw=400d,derived=forever,active_power=90d``. Raises ValueError, with a sentence, for anything else."""
    days: dict[str, int | None] = {}
    for rule in filter(None, (part.strip() for part in said.split(","))):
        found = _RULE.fullmatch(rule)
        if found is None or found[2] == "0":
            raise ValueError(f"SMILECITY_RETENTION: '{rule}' is no rule. Write for example raw=400d or derived=forever")
        name = found[1].lower()
        _check(name)
        days[name] = int(found[2]) if found[2] else None
    return Retention(days)


def _check(name: str) -> None:
    known = {*CLASSES, *properties(), *derived_properties()}
    if name not in known:
        raise ValueError(
            f"SMILECITY_RETENTION: nothing is called '{name}'.{did_you_mean(name, known)} "
            "A rule is for raw, derived or an observed property"
        )


def forget(store: Store, kept: Retention, now: np.datetime64) -> int:
    """Take out of a store what has been kept for long enough; gives the number of rows. Raises what ``forget`` does."""
    return sum(store.forget(streams, before) for before, streams in _outlived(store.spans(), kept, now))


def _outlived(
    spans: Spans, kept: Retention, now: np.datetime64
) -> Iterator[tuple[np.datetime64, Sequence[Datastream]]]:
    """Group the datastreams that hold something too old by the instant before which it is."""
    old: dict[int, list[Datastream]] = {}
    for stream, first in zip(spans.datastreams, spans.first, strict=True):
        days = kept.of(stream)
        if days is not None and first < now - np.timedelta64(days, "D"):
            old.setdefault(days, []).append(stream)
    for days, streams in old.items():
        yield (now - np.timedelta64(days, "D")).astype(TIME), streams
