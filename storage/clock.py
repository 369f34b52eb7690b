"""The present, as stores write it down."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Give the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
