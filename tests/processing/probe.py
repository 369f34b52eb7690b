"""What each indicator's formulas say of made-up rows, as a number: another number is another formula.

``python -m tests.processing.probe`` writes the numbers down beside the versions that they belong to. It refuses to give
a version another number: who changes what a formula says raises its version.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import NOW, edges
from processing.indicator import Given, Members
from processing.indicators import derived_properties, every_formula, window_of, with_forecasts
from processing.rows import Rows
from sensors.kinds import kinds, properties
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from processing.indicator import Indicator

FILE = Path(__file__).with_name("formula_versions.json")
THINGS = 6
"""Of which the last says nothing of its site."""
ZONE = "Europe/Berlin"
SUNDAY = np.datetime64("2026-03-29T12:00", "ms")
"""The day has 23 hours."""
EVERY_MINUTES = 37
SITE: Mapping[str, Any] = {
    "capacity": 50,
    "capacity_l": 1100,
    "floor_area_m2": 200,
    "inhabitants": 30,
    "light_points": 40,
    "max_stay_min": 60,
    "emptying_weekdays": [2, 5],
    "kwh_per_m3": 10.3,
    "co2_g_per_kwh": 150,
    "battery_empty_v": 2.9,
    "battery_full_v": 3.6,
    "vehicles_at_night": 4,
    "pv_plant": "roof",
}


def fingerprints() -> dict[str, tuple[int, int]]:
    """Give version and number of every indicator, over all that is made of its declaration."""
    found: dict[str, tuple[int, int]] = {}
    for one in every_formula():
        _, before = found.get(one.name, (0, 0))
        found[one.name] = one.version, zlib.crc32(said(one), before)
    declared = {one.name: one for one in with_forecasts()}
    return {name: (version, zlib.crc32(meant(declared[name]), code)) for name, (version, code) in found.items()}


def meant(one: Indicator) -> bytes:
    """Write what a number means that stays the same."""
    units = {one.name: one.unit, **{part.name: part.unit for part in one.parts}}
    return repr((units, one.min_coverage, one.windows, one.roll_up, one.grouping)).encode()


def said(one: Indicator) -> bytes:
    return b"".join(_of_window(one, window) for window in one.windows)


def _of_window(one: Indicator, window: str) -> bytes:
    """Compute a formula of the windows around a Sunday, and write results, to eight figures, as text."""
    hours = np.timedelta64(24 if window in ("15min", "hour", "day", NOW) else 0, "h")
    cover = edges(window, SUNDAY - hours, SUNDAY + hours + np.timedelta64(1, "ms"), ZONE)
    given = _given(one, window, cover)
    found = one.formula(given)
    columns: list[NDArray[Any]] = [
        found.value,
        found.coverage,
        found.samples,
        found.quality,
        *(found.parts[name] for name in sorted(found.parts)),
    ]
    if one.happenings is not None:
        events = one.happenings(given)
        columns += [events.thing, events.time, events.value, events.quality, events.samples]
    return "\n".join(_written(column) for column in columns).encode()


def _written(column: NDArray[Any]) -> str:
    return " ".join(f"{value + 0.0:.8g}" for value in column.ravel().astype(np.float64))


def _given(one: Indicator, window: str, cover: NDArray[np.datetime64]) -> Given:
    site = {**SITE, "fraction": "glass"}
    return Given(
        window=window,
        edges=cover,
        rows=dict(_rows(one, cover)),
        sites=[site] * (THINGS - 1) + [{}],
        places=np.tile([12.1, 54.1], (THINGS, 1)),
        zone=ZONE,
        members=Members(np.arange(THINGS), np.arange(THINGS) // 3, 2) if one.of_groups else Members.none(),
    )


def _rows(one: Indicator, cover: NDArray[np.datetime64]) -> Iterator[tuple[str, Rows]]:
    own = {prop.name for prop in kinds()[one.kinds[0]].properties}
    start = cover[0] - np.timedelta64(one.lookback) - np.timedelta64(1, "D")
    end = cover[-1] + np.timedelta64(one.lookahead) + np.timedelta64(1, "D")
    for name in one.inputs:
        if name in derived_properties():
            yield name, _results(name, start, end)
        elif name in own or name in one.references:
            yield name, _readings(name, start, end)


def _results(name: str, start: np.datetime64, end: np.datetime64) -> Rows:
    """Make up results of another indicator: shares within 0..1, all else below 100; some are missing."""
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    times = edges(window_of()[name], start, end, ZONE)[:-1]
    series, time = np.repeat(np.arange(THINGS), len(times)), np.tile(times, THINGS)
    value = np.round(chance.random(len(series)) * (1.0 if derived_properties()[name].unit == "1" else 99.0), 3)
    there = chance.random(len(series)) > 0.03
    if name.startswith("energy_"):  # what models are laid through, and peaks are wholly known of
        value, there = np.round(10.0 + value / 50, 3), np.ones(len(series), dtype=bool)
    known = {
        "coverage": np.where(there.all(), 1.0, np.round(chance.uniform(0.9, 1.0, there.sum()), 2)),
        "samples": chance.integers(1, 9, there.sum()),
    }
    return Rows.of(THINGS, series[there], time[there], value[there], **known)


def _readings(name: str, start: np.datetime64, end: np.datetime64) -> Rows:
    """Make up what sensors say: states, counters that rise, levels that rise and are emptied, all else at random."""
    chance, prop = np.random.default_rng(zlib.crc32(name.encode())), properties()[name]
    count = int((end - start) / np.timedelta64(EVERY_MINUTES, "m"))
    shape = THINGS, count
    minutes = EVERY_MINUTES * np.arange(count) + chance.integers(0, 30, shape)
    low, high = prop.suspect or prop.fail or (0.0, 100.0)
    if prop.series is SeriesKind.STATE and prop.unit == "1":
        value = chance.integers(0, 2, shape).astype(np.float64)
    elif prop.series is SeriesKind.COUNTER:
        value = np.round(chance.random(shape), 3).cumsum(axis=1)
    elif name == "battery":
        value = 90.0 - np.arange(count) / 400 + np.round(chance.random(shape), 2)
    elif name == "filling_level":
        value = (np.arange(count) + 17 * np.arange(THINGS)[:, np.newaxis]) % 97 + np.round(chance.random(shape), 2)
    else:
        least = max(low, -50.0)
        value = np.round(chance.uniform(least, max(min(high, 100.0), least + 1.0), shape), 2)
    time = start + minutes.ravel().astype("timedelta64[m]")
    series, received = np.repeat(np.arange(THINGS), count), time.astype("datetime64[ms]").view(np.int64) + 2_000
    frame, reasons = np.tile(np.arange(count), THINGS) * 2 + 1, np.zeros(THINGS * count, dtype=np.uint16)
    flags = np.where(chance.random(THINGS * count) < 0.05, 3, 1)
    return Rows.every(THINGS, series, time, value.ravel(), flags, received=received, revision=frame, reasons=reasons)


def written() -> dict[str, tuple[int, int]]:
    """Read the numbers that were written down."""
    return {name: (version, code) for name, (version, code) in json.loads(FILE.read_text()).items()}


def main() -> int:
    """Write the numbers down, unless a version has another one than before."""
    held, found = written() if FILE.exists() else {}, fingerprints()
    changed = [name for name, (version, code) in held.items() if found.get(name, (version + 1, 0))[0] == version]
    changed = [name for name in changed if found[name] != held[name]]
    if changed:
        sys.stderr.write(f"raise the version of {', '.join(changed)}: what they say has changed\n")
        return 1
    lines = (f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in sorted(found.items()))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
