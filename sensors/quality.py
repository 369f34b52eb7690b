"""Quality flags of an observation: the QARTOD scheme, its order, and the tests that one observation can pass alone.

Source: ioos/ioos_qc ``QartodFlags`` and ``qartod_compare``; IODE scheme vocab.nerc.ac.uk/collection/L34.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Quality(IntEnum):
    """QARTOD primary flags."""

    GOOD = 1
    UNKNOWN = 2
    """Not evaluated."""
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


ROLL_UP = (Quality.MISSING, Quality.UNKNOWN, Quality.GOOD, Quality.SUSPECT, Quality.FAIL)
"""Precedence when many flags become one, low to high (``qartod_compare``)."""

_SEVERITY = np.zeros(10, dtype=np.uint8)
_SEVERITY[list(ROLL_UP)] = range(len(ROLL_UP))
_FLAG_OF_SEVERITY = np.array(ROLL_UP, dtype=np.uint8)


def severity(quality: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rank flags for a roll-up: 0 MISSING ... 4 FAIL; same shape."""
    return _SEVERITY[quality]


def flag_of(severity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give back the flag of a rank: the inverse of ``severity``; same shape."""
    return _FLAG_OF_SEVERITY[severity]


def gross_range(
    result: NDArray[np.float64],
    fail: NDArray[np.float64],
    suspect: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Flag results outside their ranges (QARTOD gross range test).

    ``result`` has shape (n,), ``fail`` and ``suspect`` shape (n, 2) as inclusive low and high; a NaN bound is no bound.
    GOOD needs at least one declared bound, else the flag is UNKNOWN; a NaN result is MISSING. [flag], shape (n,)
    """
    declared = ~(np.isnan(fail[:, 0]) & np.isnan(fail[:, 1]) & np.isnan(suspect[:, 0]) & np.isnan(suspect[:, 1]))
    flags = np.where(declared, Quality.GOOD, Quality.UNKNOWN).astype(np.uint8)
    flags[(result < suspect[:, 0]) | (result > suspect[:, 1])] = Quality.SUSPECT
    flags[(result < fail[:, 0]) | (result > fail[:, 1])] = Quality.FAIL
    flags[np.isnan(result)] = Quality.MISSING
    return flags
