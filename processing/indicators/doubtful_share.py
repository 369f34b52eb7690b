"""Which part of its observations did not pass the quality control."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.control import CAME, checks, judging
from processing.heard import EVERYTHING, KINDS
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.windows import cut
from sensors.kinds import properties
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

MASKS = {name: int(checks()[name].mask) for name in judging()} | {"came": int(CAME)}
"""By the name of a part the bit of the reasons that it counts."""


def doubtful_share(given: Given) -> Results:
    """Divide the doubted and refused observations of all properties by all of them. [1], shape (s, m)."""
    shape = len(given.sites), len(given.edges) - 1
    counts = np.zeros((len(MASKS) + 3, *shape))
    for name in (name for name in given.rows if name in properties()):
        counts += _counts(given.rows[name], given)
    told, doubted, refused, *reasons = counts
    known = told > 0
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    parts = dict(zip(("refused", *MASKS), (_share(part, told) for part in (refused, *reasons)), strict=True))
    return Results(_share(doubted, told), known.astype(np.float64), told.astype(np.int64), flags, parts)


def _counts(rows: Rows, given: Given) -> NDArray[np.float64]:
    """Count what was told, doubted or refused, refused, and each reason. Shape (3 + reasons, s, m)."""
    rows = rows.take((rows.quality != Quality.MISSING) & ~np.isnan(rows.value))
    pieces = cut(rows, given.edges)
    reasons = np.zeros(len(rows), dtype=np.int64) if rows.reasons is None else rows.reasons.astype(np.int64)
    bad = (rows.quality == Quality.SUSPECT) | (rows.quality == Quality.FAIL)
    columns = [bad, rows.quality == Quality.FAIL, *((reasons & mask) > 0 for mask in MASKS.values())]
    series, windows = pieces.shape
    found = [pieces.samples.astype(np.float64)]
    for column in columns:
        sums = np.bincount(pieces.cell()[column], minlength=series * (windows + 2))
        found.append(sums.reshape(series, windows + 2)[:, 1:-1].astype(np.float64))
    return np.stack(found)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share


_PARTS = (
    Part(name="refused", title="Share of refused values", title_de="Anteil verworfener Werte", unit="1"),
    *(
        Part(
            name=name,
            title=f"Share of values with a finding: {checks()[name].title.lower()}",
            title_de=f"Anteil von Werten mit Befund: {checks()[name].title_de}",
            unit="1",
        )
        for name in judging()
    ),
    Part(name="came", title="Share doubted on arrival", title_de="Anteil schon beim Eintreffen zweifelhaft", unit="1"),
)
_TEMPERATURES = (20.0, 20.0, 60.0, 20.0, 20.0, 200.0, 20.0, 20.0)

INDICATOR = Indicator(
    name="doubtful_share",
    title="Share of doubtful values",
    title_de="Anteil zweifelhafter Werte",
    description=(
        "Observations of a day, over all that a thing observes, that were doubted or refused, divided by all that had "
        "a value; and beside it the share refused and the share of each finding of the quality control: outside the "
        "range, spike, too fast a change, standstill, clock, or doubted already when it came in."
    ),
    unit="1",
    source="QARTOD flags; indicator rules, Out of range, Spike, Stuck-at; shares: our definition",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=EVERYTHING,
    every_row=True,
    windows=("day",),
    lookback=timedelta(hours=25),
    min_coverage=0.0,
    parts=_PARTS,
    formula=doubtful_share,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={
                "temperature": tuple(
                    (f"2026-06-01T{hour:02}:00", value) for hour, value in zip(range(8), _TEMPERATURES, strict=True)
                )
            },
            value=0.25,
            parts={"refused": 0.125, "gross_range": 0.125, "spike": 0.125, "rate_of_change": 0.0, "came": 0.0},
        ),
    ),
)
