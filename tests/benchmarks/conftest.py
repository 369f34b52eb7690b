"""Collects rates and prints them beside their peers, as ratios of the same run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


@dataclass
class Figures:
    """Rates by topic; the first one named of a topic is the one that all others are compared with."""

    rates: dict[str, list[tuple[str, float, str]]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Lines by topic of what is no rate."""

    def add(self, topic: str, name: str, amount: float, seconds: float, cpu: float | None = None) -> None:
        """Note a rate, and how many seconds of CPU it took, where that is known."""
        spent = "" if cpu is None else f"{cpu / amount * 1e6:>10.1f} us CPU each"
        self.rates[topic].append((name, amount / seconds, spent))


_FIGURES = Figures()


@pytest.fixture
def figures() -> Figures:
    """Give the sheet that is printed at the end of the run."""
    return _FIGURES


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    for topic, rates in _FIGURES.rates.items():
        terminalreporter.section(topic)
        peer = rates[0][1]
        for name, rate, spent in rates:
            terminalreporter.write_line(f"{name:<58} {rate:>14,.0f} /s {rate / peer:>8.2f} x{spent}")
    for topic, lines in _FIGURES.facts.items():
        terminalreporter.section(topic)
        for line in lines:
            terminalreporter.write_line(line)
