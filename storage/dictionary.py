"""The dictionary of an engine: a small integer for every datastream, and rows rewritten to speak in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

UNKNOWN = -1


class Dictionary:
    """Datastreams by code and codes by datastream; codes count up from 0 and never change."""

    def __init__(self, datastreams: Iterable[Datastream] = ()) -> None:
        self.datastreams = tuple(datastreams)
        self._codes = {stream: code for code, stream in enumerate(self.datastreams)}

    def __len__(self) -> int:
        return len(self.datastreams)

    def codes(self, datastreams: Sequence[Datastream]) -> NDArray[np.int32]:
        """Give the code of each datastream, UNKNOWN where it has none; shape (k,)."""
        codes = map(self._codes.get, datastreams, repeat(UNKNOWN))
        return np.fromiter(codes, dtype=np.int32, count=len(datastreams))

    def unknown(self, batch: Batch) -> list[Datastream]:
        """List the datastreams with rows in a batch that have no code yet, in the order of the batch's dictionary."""
        used = np.unique(batch.datastream)
        return [batch.datastreams[place] for place in used if batch.datastreams[place] not in self._codes]

    def extend(self, datastreams: Iterable[Datastream]) -> None:
        """Give codes to further datastreams."""
        further = tuple(datastreams)
        first = len(self)
        if further:
            # A tuple, so that every batch shares it: one of its own for each would cost more than a small question.
            self.datastreams += further
            self._codes.update(zip(further, range(first, len(self)), strict=True))

    def encoded(self, batch: Batch, further: Sequence[Datastream] = ()) -> Batch:
        """Rewrite rows to codes, those that ``further`` datastreams would get by ``extend`` included."""
        translation = self.codes(batch.datastreams)
        if further:
            grown = {stream: len(self) + place for place, stream in enumerate(further)}
            for place in np.flatnonzero(translation == UNKNOWN).tolist():
                translation[place] = grown.get(batch.datastreams[place], UNKNOWN)
        datastreams = self.datastreams + tuple(further)
        return replace(batch, datastreams=datastreams, datastream=translation[batch.datastream])
