"""What an operator is told of formulas that are others than those by which the store was computed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from processing.formulas import note, outdated
from storage.store import InOneFile

if TYPE_CHECKING:
    from storage.catalogue import Catalogue
    from storage.store import Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_NAMES = 3
"""Of formulas in a sentence; ``smilecity indicators`` tells all."""


def outdated_results(store: Store, catalogue: Catalogue, now: datetime, zone: str, *, running: bool = False) -> str:
    """Say of which formulas the store may have results by a former version, and what to do; nothing where of none.

    Who is told computes from now on, so that is noted first: what is said holds until it was done.
    ``running``: this process goes on, and nobody else can open a store in one file meanwhile.
    """
    moment = (now - EPOCH) // timedelta(milliseconds=1)
    note(catalogue, moment)
    found = outdated(store, catalogue, moment, zone)
    if not found:
        return ""
    start = _second(min(one.start for one in found) // 1000)
    end = _second(-(-max(one.end for one in found) // 1000))
    named = [f"{one.indicator} (version {one.before} before, {one.now} now)" for one in found[:MOST_NAMES]]
    further = f" and {len(found) - MOST_NAMES} more ('smilecity indicators')" if len(found) > MOST_NAMES else ""
    many = len(found) > 1
    stop = "stop this process and " if running and isinstance(store, InOneFile) else ""
    return (
        f"Of {', '.join(named)}{further} the formula{'s are' if many else ' is'} another since what is stored of "
        f"{start} to {end} was computed. To have that by the present one{'s' if many else ''}, {stop}run "
        f"'smilecity process --backfill {start} {end}'."
    )


def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
