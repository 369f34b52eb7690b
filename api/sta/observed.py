"""Observations of the store as rows of a set: their own properties as columns, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.columns import FORMULA_VERSION, QUALITY_NAMES, formula_versions
from api.sta.rows import IDS, Rows, UnknownError
from api.sta.sets import OBSERVATIONS, SETS, EntitySet
from api.sta.values import Numbers, Texts, Times, Value
from api.sta.windows import lasting
from api.times import milliseconds
from processing.formulas import versions_in
from sensors.model import Batch

if TYPE_CHECKING:
    from api.services import Services
    from api.sta.entities import Entities, Index
    from api.sta.rows import Space
    from sensors.model import Datastream

QUALITY = ("flag", "name", "coverage", "samples", "revision", FORMULA_VERSION)
"""What ``resultQuality`` tells."""
_NAMES = pa.array([QUALITY_NAMES.get(flag, "unknown") for flag in range(256)])


@dataclass(frozen=True)
class Observed:
    """Rows of a batch whose dictionary of datastreams is that of the entities."""

    entities: Entities
    services: Services
    batch: Batch
    set: EntitySet = field(default=OBSERVATIONS)

    @classmethod
    def of(cls, entities: Entities, services: Services, batch: Batch) -> Observed:
        """Take a batch of datastreams that are known."""
        used, place = np.unique(batch.datastream, return_inverse=True)
        rows = np.array([entities.index[batch.datastreams[code]] for code in used], dtype=np.int32)
        code = rows[place] if len(rows) else np.empty(0, dtype=np.int32)
        return cls(entities, services, replace(batch, datastreams=entities.streams, datastream=code))

    @classmethod
    def none(cls, entities: Entities, services: Services) -> Observed:
        """Give no row."""
        return cls.of(entities, services, Batch.empty())

    def __len__(self) -> int:
        return len(self.batch)

    def at(self, rows: Index) -> Observed:
        """Choose among these rows, by place or mask."""
        return replace(self, batch=self.batch.take(rows))

    @property
    def stream(self) -> Index:
        """The row of each one's datastream."""
        return self.batch.datastream

    @property
    def start(self) -> Index:
        """When each began. [ms since 1970 UTC]."""
        return milliseconds(self.batch.phenomenon_time)

    @property
    def times(self) -> Times:
        """How long each lasted."""
        return lasting(self.entities, self.stream, self.start, self.services.zone)

    @property
    def formula_versions(self) -> pa.Int32Array:
        """By which version of its formula each was computed, null where that is not known or a sensor said it."""
        return formula_versions(versions_in(self.services.catalogue), self.batch)

    def ids(self) -> pa.StringArray:
        """Give their ids."""
        names = Rows(self.entities, self.services, SETS["Datastreams"], self.stream).id_texts()
        return pc.binary_join_element_wise(names.values, pc.cast(pa.array(self.start), pa.string()), "/")

    def column(self, steps: tuple[str, ...]) -> Value:
        """Give a property of every row. Raises UnknownError."""
        first, *rest = steps
        if first == "resultQuality":
            return self._quality(tuple(rest))
        if rest:
            raise UnknownError(1, (), first)
        if first in IDS:
            return Texts(self.ids())
        if first == "phenomenonTime":
            return self.times
        if first == "resultTime":
            return Times.instants(milliseconds(self.batch.result_time))
        if first == "result":
            return Numbers(self.batch.result)
        raise UnknownError(0, self.set.names, f"an {self.set.singular}")

    def _quality(self, rest: tuple[str, ...]) -> Value:
        if not rest:
            raise UnknownError(1, QUALITY, "resultQuality is an object, of which one property can be asked")
        if len(rest) != 1 or rest[0] not in QUALITY:
            raise UnknownError(1, QUALITY, "resultQuality")
        if rest[0] == "name":
            return Texts(_NAMES.take(pa.array(self.batch.quality)))
        if rest[0] == FORMULA_VERSION:
            return Numbers(self.formula_versions.to_numpy(zero_copy_only=False).astype(np.float64))
        columns: dict[str, Any] = {
            "flag": self.batch.quality,
            "coverage": self.batch.coverage,
            "samples": self.batch.samples,
            "revision": self.batch.revision,
        }
        return Numbers(columns[rest[0]].astype(np.float64))

    def one(self, relation: str) -> Rows:
        """Give for every row the one that a relation leads to."""
        return Sources(self.entities, self.services, self.stream).one(relation)

    def many(self, relation: str) -> tuple[Space, Index]:
        """Lead nowhere: of an observation there is one of everything."""
        raise NotImplementedError(relation)


@dataclass(frozen=True)
class Sources:
    """What is the same for all observations of a datastream; an expression that asks no more is worked out here."""

    entities: Entities
    services: Services
    rows: Index
    """Rows of datastreams."""
    set: EntitySet = field(default=OBSERVATIONS)

    def __len__(self) -> int:
        return len(self.rows)

    def streams(self) -> tuple[Datastream, ...]:
        """Give the datastreams."""
        known = self.entities.streams
        return tuple(known[row] for row in self.rows)

    def column(self, steps: tuple[str, ...]) -> Value:
        """Give nothing: what is asked here leads on."""
        raise NotImplementedError(steps)

    def one(self, relation: str) -> Rows:
        """Give for every row the one that a relation leads to."""
        if relation == "Datastream":
            return Rows(self.entities, self.services, SETS["Datastreams"], self.rows)
        things = self.entities.thing_of[self.rows]
        return Rows(self.entities, self.services, SETS["FeaturesOfInterest"], things)

    def many(self, relation: str) -> tuple[Space, Index]:
        """Lead nowhere."""
        raise NotImplementedError(relation)
