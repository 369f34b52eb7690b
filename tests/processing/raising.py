"""A formula that is another for a while: the declaration that discovery found, with another version."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from processing import group, indicators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processing.indicator import Given, Results

REMEMBERED: tuple[Any, ...] = (
    indicators.with_forecasts,
    indicators.every_formula,
    indicators.window_of,
    indicators.kinds_of,
    indicators.indicator_of,
    indicators.derived_properties,
    group._made_of_things,
    group._made_of_groups,
)


def doubled(formula: Callable[[Given], Results]) -> Callable[[Given], Results]:
    """Say twice what a formula says."""

    def twice(given: Given) -> Results:
        results = formula(given)
        return replace(results, value=2 * results.value)

    return twice


@contextmanager
def with_version(name: str, version: int, formula: Callable[[Given], Results] | None = None) -> Iterator[None]:
    """Let an indicator be declared with another version, and with another formula where one is given."""
    declared = indicators.indicators()
    other = replace(declared[name], version=version, formula=formula or declared[name].formula)
    changed = MappingProxyType({**declared, name: other})
    try:
        with patch.object(indicators, "indicators", lambda: changed):
            _forget()
            yield
    finally:
        _forget()


def _forget() -> None:
    for remembered in REMEMBERED:
        remembered.cache_clear()
