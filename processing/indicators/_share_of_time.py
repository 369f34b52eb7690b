"""What the shares of time have in common in which so many spaces of a car park or more were taken."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.lots import FREE, INPUTS, taken
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def share_of_time(given: Given, least: float) -> Results:
    """Divide the time with such a share of the spaces taken, or more, by the known time. [1], 0 .. 1, shape (s, m)."""
    found = taken(given).within(given.edges)
    return found.results(found.share_of_time(least))


def time_taken(name: str, title: str, title_de: str, least: float) -> Indicator:
    """Declare in which part of the time the share of the spaces that are taken is ``least`` or more."""
    return Indicator(
        name=name,
        title=title,
        title_de=title_de,
        description=(
            f"Part of the known time of an hour or a local day in which {100 * least:.0f} % of the spaces in service "
            "or more were taken. Days make weeks, months and years by their known time, so that a month's value is the "
            "part of all its known time. Of a group it is the part of the time of its spaces that belonged to a car "
            "park as full as that: members count by their spaces in service. Displays should use hysteresis instead of "
            "the bare threshold."
        ),
        unit="1",
        source=(
            f"Indicator rules, Share of time >= 85 % / full: {100 * least:.0f} %; 85 % as target occupancy: "
            "smartparkingworld.org"
        ),
        version=1,
        domain="parking",
        kinds=("parking_lot",),
        inputs=INPUTS,
        windows=("hour", "day"),
        lookback=timedelta(hours=24),
        roll_up=Reduction.MEAN,
        grouping=Grouping(Reduction.MEAN, weight="capacity", by="spaces_in_service"),
        formula=partial(share_of_time, least=least),
        examples=_examples(100.0 - 100.0 * least),
    )


def _examples(free: float) -> tuple[IndicatorExample, ...]:
    """Show a car park of 100 spaces, of which so many are free where the threshold is just reached."""
    return (
        _hour((("2026-06-01T08:00", 50.0), ("2026-06-01T08:30", free), ("2026-06-01T08:45", free + 1.0)), 0.25),
        # Full all of the day of 23 hours but for its last one.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={
                FREE: (
                    *((f"2026-03-28T{hour}:00", 0.0) for hour in (22, 23)),
                    *((f"2026-03-29T{hour:02}:00", 0.0 if hour < 21 else 60.0) for hour in range(22)),
                )
            },
            value=22 / 23,
        ),
        # More free than there are spaces.
        _hour((("2026-06-01T08:00", 101.0),), 0.0, quality=Quality.SUSPECT),
        _hour((("2026-06-01T08:30", 0.0),), float("nan"), coverage=0.5, quality=Quality.MISSING),
    )


def _hour(
    free: tuple[tuple[str, float], ...], value: float, *, coverage: float = 1.0, quality: Quality = Quality.GOOD
) -> IndicatorExample:
    return IndicatorExample(
        kind="parking_lot",
        window="hour",
        start="2026-06-01T08:00",
        site={"capacity": 100},
        rows={FREE: free},
        value=value,
        coverage=coverage,
        quality=quality,
    )
