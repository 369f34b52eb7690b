"""Flags of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors.quality import Quality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def doubted(flags: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Flag SUSPECT where told, unless it is worse already. [flag], same shape."""
    if not where.any():
        return flags
    doubted = flags.copy()
    doubted[where & (flags != Quality.FAIL)] = Quality.SUSPECT
    return doubted
