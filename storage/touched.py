"""Which datastreams a commit touches, and over what span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch, Datastream
from storage.apart import EVER, numbered, parted

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

    def numbers(self) -> NDArray[np.int64]:
        """Tell which stretch of its datastream each is, 0 the newest; those of one stand together. Shape (k,)."""
        codes = {stream: code for code, stream in enumerate(dict.fromkeys(self.streams))}
        return numbered(np.array([codes[stream] for stream in self.streams], dtype=np.int32))

    @classmethod
    def none(cls) -> Touched:
        """Give what an idle commit touches."""
        return cls.merged([])

    @classmethod
    def merged(cls, several: Sequence[Touched], apart: np.timedelta64 = EVER) -> Touched:
        """Put several together, each datastream once, or for each stretch of time; see ``parted``."""
        codes: dict[Datastream, int] = {}
        for one in several:
            for stream in one.streams:
                codes.setdefault(stream, len(codes))
        code = np.array([codes[stream] for one in several for stream in one.streams], dtype=np.int32)
        none = np.empty(0, dtype=TIME)
        first, last = (np.concatenate([none, *(getattr(one, name) for one in several)]) for name in ("first", "last"))
        code, begin, end = parted(code, first.astype(TIME).view(np.int64), last.astype(TIME).view(np.int64), apart)
        streams = list(codes)
        return cls([streams[each] for each in code.tolist()], begin.view(TIME), end.view(TIME))
