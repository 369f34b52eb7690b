"""What processing tells Prometheus; names carry their unit."""

from __future__ import annotations

from prometheus_client import Counter

LEFT_OUT = Counter(
    "smilecity_processing_left_out_windows",
    "Windows that were not computed, since a formula raised for a thing; the log names it",
    ["indicator"],
)
