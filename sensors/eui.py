"""One spelling for a device's 64-bit extended unique identifier (EUI), which every network writes differently.

Source of the spellings: The Things Stack writes upper-case hex, ChirpStack lower-case (their MQTT documentation);
labels print pairs with ``-`` or ``:`` between (IEEE guidelines for EUI-64).
"""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?:([-:]?)[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){6}")


@lru_cache(maxsize=1 << 17)
def device_id(text: str) -> str:
    """Give an EUI as 16 lower-case hex digits; any other name comes back as it is.

    >>> device_id("24-E1-24-71-3C-40-19-25")
    '24e124713c401925'
    >>> device_id("KWH - 22310024")
    'KWH - 22310024'
    """
    if _PAIRS.fullmatch(text) is None:
        return text
    return text.replace("-", "").replace(":", "").lower()
