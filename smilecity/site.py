"""What is said of a site: typed as ``capacity=350``, and looked at before it is registered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sensors.cells import read
from sensors.entries import Refusal
from sensors.kinds import kinds

HOURS = "hours"
"""What a site says of when its limits are in force."""

TOLD = 5
"""Changed sites that are named."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sensors.entries import Parsed
    from sensors.model import Thing


def site_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Read names and values. Raises ValueError for what is none."""
    wrong = [pair for pair in pairs if not pair.partition("=")[0].strip() or "=" not in pair]
    if wrong:
        raise ValueError(f"'{wrong[0]}' is not understood: write a name and a value, capacity_l=120")
    return {name.strip(): read(value) for name, _, value in (pair.partition("=") for pair in pairs)}


def demand_readable(kind: str, site: Mapping[str, Any], zone: str) -> None:
    """Raise ValueError, a sentence, for opening hours that nobody could read when they are needed."""
    said = site.get(HOURS)
    if said is not None and said != "" and HOURS in kinds()[kind].site:
        # Most files say nothing of hours, and loading what reads them takes longer than reading the file.
        from processing.opening import parsed  # noqa: PLC0415

        parsed(str(said), zone)


def only_readable(found: Parsed, zone: str) -> Parsed:
    """Refuse things, with their devices, whose opening hours cannot be read, now or since a change."""
    why = {thing.id: sentence for thing in found.things if (sentence := _unreadable(thing, zone))}
    refusals = tuple(Refusal(f"thing '{name}'", sentence) for name, sentence in why.items())
    return replace(
        found,
        things=tuple(thing for thing in found.things if thing.id not in why),
        devices=tuple(device for device in found.devices if device.thing.id not in why),
        refusals=(*found.refusals, *refusals),
    )


def _unreadable(thing: Thing, zone: str) -> str:
    try:
        for site in (thing.properties, *(each.properties for each in thing.calibrations)):
            demand_readable(thing.kind, site, zone)
    except ValueError as why:
        return str(why)
    return ""


def changed(before: Mapping[str, Thing], things: Iterable[Thing]) -> dict[str, list[str]]:
    """Name what is said otherwise than before of sites that are known, by thing: what their kind needs to know."""
    found = {}
    for thing in (thing for thing in things if thing.id in before):
        was, now = before[thing.id].properties, thing.properties
        found[thing.id] = [name for name in kinds()[thing.kind].site if was.get(name) != now.get(name)]
    return {thing: names for thing, names in found.items() if names}


def what_to_do(changes: Mapping[str, Sequence[str]]) -> str:
    """Say what becomes of the past of sites that were changed, and of what is late; there is at least one."""
    named = [f"{thing} ({', '.join(names)})" for thing, names in changes.items()]
    more = f" and {len(named) - TOLD:,} more" if len(named) > TOLD else ""
    thing, names = next(iter(changes.items()))
    return (
        f"The site is another than before: {', '.join(named[:TOLD])}{more}. What is computed already is by the former, "
        "what comes late is by this one. 'smilecity process --backfill FROM TO' states the past anew. To keep it, say "
        f"again what was, and then: smilecity things calibrate {thing} {names[0]}=... --since DAY"
    )
