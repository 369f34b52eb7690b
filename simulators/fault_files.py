"""Writes what a simulation did wrong on purpose, to compare a platform's ledger and quarantine with."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from simulators.fault import SHARES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulators.fault import Fault


class FaultFiles:
    """Writes what was done wrong beside a run: ``faults.csv`` message by message, ``faults.json`` with the counts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = (folder / "faults.csv").open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(["fault", "topic", "time"])

    def add(self, fault: Fault, topic: str, time: int) -> None:
        """Add one message: its fault, and when it should have been sent, in ms since 1970 UTC."""
        self._rows.writerow([fault.value, topic, time])

    def close(self, headings: Mapping[str, int], seed: int) -> None:
        """Write the counts, and end."""
        self._file.close()
        document = {"seed": seed, "shares": SHARES, "messages": headings}
        (self._folder / "faults.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
