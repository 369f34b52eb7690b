"""Which datastreams a commit touches, and over what span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch, Datastream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Touched:
    """The datastreams that a commit touched, with the first and last time of each, shape (k,)."""

    streams: Sequence[Datastream]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]

    @classmethod
    def of(cls, rows: Batch) -> Touched:
        """Tell what rows touch."""
        time = rows.phenomenon_time.astype(TIME).view(np.int64)
        codes, place = np.unique(rows.datastream, return_inverse=True)
        first, last = np.full(len(codes), np.iinfo(np.int64).max), np.full(len(codes), -1)
        np.minimum.at(first, place, time)
        np.maximum.at(last, place, time)
        return cls([rows.datastreams[code] for code in codes], first.view(TIME), last.view(TIME))

    @classmethod
    def none(cls) -> Touched:
        """Give what an idle commit touches."""
        return cls.merged([])

    @classmethod
    def merged(cls, several: Sequence[Touched]) -> Touched:
        """Put several together, each datastream once."""
        codes: dict[Datastream, int] = {}
        for one in several:
            for stream in one.streams:
                codes.setdefault(stream, len(codes))
        code = np.array([codes[stream] for one in several for stream in one.streams], dtype=np.intp)
        first, last = np.full(len(codes), np.iinfo(np.int64).max), np.full(len(codes), -1, dtype=np.int64)
        if several:
            np.minimum.at(first, code, np.concatenate([one.first for one in several]).view(np.int64))
            np.maximum.at(last, code, np.concatenate([one.last for one in several]).view(np.int64))
        return cls(list(codes), first.view(TIME), last.view(TIME))
