"""What can go wrong between a device and the broker, how often it does, and under which headings it is counted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fault(StrEnum):
    """What can happen to a message."""

    DUPLICATE = "duplicate"
    """The same bytes again, within a minute."""
    LATE = "late"
    """Held back for up to half an hour, then sent with its own time."""
    OUT_OF_ORDER = "out_of_order"
    """Sent after the following message of its device."""
    CLOCK_JUMP = "clock_jump"
    """The device's clock shows 1970, as before it was ever set, or a time to come."""
    COUNTER_RESET = "counter_reset"
    """The register begins near zero again, and goes on from there in the device's later messages."""
    TRUNCATED = "truncated"
    """Cut off somewhere, never to nothing."""
    WRONG = "wrong"
    """Something else altogether: another program's JSON, an error page, binary."""
    SILENT = "silent"
    """Never sent: the device is dead for an hour."""
    BACKLOG = "backlog"
    """The device is cut off for an hour and sends all of it at once when it is back."""


SHARES: Mapping[Fault, float] = {
    Fault.DUPLICATE: 0.01,
    Fault.LATE: 0.01,
    Fault.OUT_OF_ORDER: 0.01,
    Fault.CLOCK_JUMP: 0.005,
    Fault.COUNTER_RESET: 0.001,
    Fault.TRUNCATED: 0.005,
    Fault.WRONG: 0.005,
    Fault.SILENT: 0.01,
    Fault.BACKLOG: 0.01,
}
"""Share of messages, but for the last two of devices in each hour; of those where it can be (a clock, a counter)."""
UNTOUCHED = "untouched"
AFTER_RESET = "after_reset"
"""No fault of its own, but its register counts from an earlier reset."""
TOLD, SENT, HELD = "told", "sent", "held"
"""What devices had to say, what went to the broker, and what still waits to: copies of duplicates too."""

WRONGS = (
    b"\x89PNG\r\n\x1a\n\x00\xff\xfe",
    b"<html><body>502 Bad Gateway</body></html>",
    b"[]",
    b'"offline"',
    b"NaN",
    b'{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"method not found"}}',
)
