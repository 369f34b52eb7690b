"""Flags of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUSPECT = severity(np.array([Quality.SUSPECT], dtype=np.uint8))


def doubted(flags: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Flag SUSPECT where told, unless it is worse already. [flag], same shape."""
    ranks = severity(flags)
    return flag_of(np.where(where, np.maximum(ranks, _SUSPECT), ranks))
