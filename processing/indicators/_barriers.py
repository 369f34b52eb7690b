"""What the counts of vehicles at the barriers of a car park have in common, of those that come and of those that go."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import NEIGHBOURS, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.metering import Register

_EVERY_HOUR = tuple((f"2026-03-{28 + hour // 24}T{hour % 24:02}:00", 10.0 * hour) for hour in range(22, 48))


def vehicles_counted(name: str, title: str, title_de: str, went: str, register: Register) -> Indicator:
    """Declare how many vehicles ``went`` in a window, by a register."""
    return Indicator(
        name=name,
        title=title,
        title_de=title_de,
        description=(
            f"Vehicles that {went} in the window, by the counter at the barriers. What was counted between two "
            "readings is spread evenly over the time between them. A counter may start anew every night (the site's "
            "counts_start_anew), roll over (counter_modulus_vehicles) or glitch; an unexpected restart is SUSPECT. "
            "Gaps of more than 2 h are not known, of up to 12 h estimated, SUSPECT. Of a group it is the sum over its "
            "members."
        ),
        unit="{vehicle}",
        source=(
            "Volume V by an entry and exit counter; resets, rollovers, gaps: indicator rules, Parking and Counter reset"
        ),
        version=1,
        domain="parking",
        kinds=("parking_lot",),
        inputs=(register.input,),
        windows=("15min", "hour", "day"),
        lookback=register.reach,
        lookahead=register.reach,
        neighbours=NEIGHBOURS,
        patience=timedelta(hours=2),
        series=SeriesKind.DELTA,
        roll_up=Reduction.SUM,
        grouping=Grouping(Reduction.SUM),
        formula=partial(amounts, register=register),
        examples=_examples(register.input),
    )


def _examples(counter: str) -> tuple[IndicatorExample, ...]:
    night = {counter: (("2026-06-01T22:00", 900.0), ("2026-06-01T22:30", 3.0), ("2026-06-01T23:00", 5.0))}
    morning = {counter: (("2026-06-01T07:30", 90.0), ("2026-06-01T08:30", 110.0), ("2026-06-01T09:00", 125.0))}
    return (
        IndicatorExample(kind="parking_lot", window="hour", start="2026-06-01T08:00", rows=morning, value=25.0),
        # Restarted at midnight by design, and by surprise.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T22:00",
            site={"counts_start_anew": 1},
            rows=night,
            value=5.0,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T22:00",
            rows=night,
            value=5.0,
            quality=Quality.SUSPECT,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"counter_modulus_vehicles": 1000},
            rows={counter: (("2026-06-01T08:00", 990.0), ("2026-06-01T09:00", 15.0))},
            value=25.0,
        ),
        # Ten an hour on the day of 23 hours.
        IndicatorExample(
            kind="parking_lot", window="day", start="2026-03-28T23:00", rows={counter: _EVERY_HOUR}, value=230.0
        ),
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            rows={counter: _EVERY_HOUR[:12]},
            value=float("nan"),
            coverage=10 / 23,
            quality=Quality.MISSING,
        ),
    )
