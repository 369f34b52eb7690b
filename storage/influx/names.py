"""Things and properties as InfluxDB's tags and measurements.

InfluxDB knows no escape for a backslash: one at the end of a tag would take the comma behind it along. So it is written
``%5C``, and a per cent sign that would then be taken for one is written ``%25``; all other names stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sensors.model import Datastream

_IN_TAG = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})
_IN_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ "})
_BETWEEN = re.compile(r"(?<!\\)[,=]")


def spelled(name: str) -> str:
    """Write a name without backslashes."""
    return re.sub(r"%(?=25|5C)", "%25", name).replace("\\", "%5C")


def read(name: str) -> str:
    """Read a name that was ``spelled``."""
    return re.sub(r"%5C|%25(?=25|5C)", lambda found: "\\" if found[0] == "%5C" else "%", name)


@lru_cache(maxsize=1 << 17)
def head(stream: Datastream) -> str:
    """Write a line's beginning: measurement and tags."""
    derived = ",derived=true" if stream.derived else ""
    measurement = spelled(stream.observed_property).translate(_IN_MEASUREMENT)
    return f"{measurement}{derived},thing={spelled(stream.thing).translate(_IN_TAG)}"


def stream_of(measurement: str, tags: str) -> Datastream | None:
    """Read a measurement's name and ``derived=true,thing=...``; None for tags that are none of ours."""
    parts = [re.sub(r"\\([, =])", r"\1", part) for part in _BETWEEN.split(tags)]
    found = dict(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 or "thing" not in found or not set(found) <= {"thing", "derived"}:
        return None
    return Datastream(read(found["thing"]), read(measurement), found.get("derived", "") == "true")


def stream_of_series(key: str) -> Datastream | None:
    """Read the key of a series, as SHOW SERIES gives it; None for one that is none of ours."""
    measurement, _, tags = re.sub(_BETWEEN, lambda found: "\0" if found[0] == "," else "=", key).partition("\0")
    return stream_of(re.sub(r"\\([, =])", r"\1", measurement), tags.replace("\0", ","))
