"""What is typed of a site: ``capacity=350``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensors.cells import read

if TYPE_CHECKING:
    from collections.abc import Sequence


def site_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Read names and values. Raises ValueError for what is none."""
    wrong = [pair for pair in pairs if not pair.partition("=")[0].strip() or "=" not in pair]
    if wrong:
        raise ValueError(f"'{wrong[0]}' is not understood: write a name and a value, capacity_l=120")
    return {name.strip(): read(value) for name, _, value in (pair.partition("=") for pair in pairs)}
