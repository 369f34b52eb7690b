"""An import at the terminal: what would go in, which things are missing, and what became of every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensors.entries import RefusedError, demand_sound, identity_of
from sensors.hint import did_you_mean, nearest
from sensors.kinds import kinds
from sensors.model import Thing
from smilecity.advance import advance
from smilecity.importing import Gone, Reading, Source, source, survey, unlike_manifest, write
from smilecity.rooms import rooms
from smilecity.site import site_of
from storage.store import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Mapping as Named
    from pathlib import Path

    from sensors.model import Datastream
    from smilecity.importing import Held
    from smilecity.settings import Settings
    from storage.exchange.mapping import Mapping
    from storage.store import Store

SHOWN = 40
"""Datastreams shown of a dry run."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an import is told."""

    paths: Sequence[Path]
    mapping: Mapping | None
    create: str | None = None
    at: str | None = None
    site: Sequence[str] = ()
    dry_run: bool = False
    incomplete: bool = False


def bring_in(settings: Settings, wanted: Wanted) -> bool:
    """Import, or show what would go in; tell whether nothing was left out.

    Raises ValueError, before anything is written, for what cannot be read or whose things are not known.
    """
    sources = [source(path, wanted.mapping, incomplete=wanted.incomplete) for path in wanted.paths]
    with rooms(settings, "'smilecity import'", begins=True) as (store, catalogue):
        known = {thing.id: thing for thing in catalogue.things()}
        reading = Reading(sources, np.datetime64(datetime.now(UTC).replace(tzinfo=None), "ms"), known)
        with advance("reading") as told:
            held = survey(reading, told.add)
        if wanted.dry_run:
            _show(held, [thing for thing in _things(held) if thing not in known])
            return _objected(reading)
        made = _made(_things(held), known, wanted)
        catalogue.put(made)
        reading.things = known | {thing.id: thing for thing in made}
        return _written(reading, sources, store, sum(each.rows for each in held.values()), made)


def _written(reading: Reading, sources: Sequence[Source], store: Store, rows: int, made: Sequence[Thing]) -> bool:
    gone = Gone()
    with advance("importing") as told:
        told.expect(rows)
        for part in write(reading, store, gone):
            told.add(part)
    if made:
        typer.echo(f"{_lacking(made)}")
    outcomes = gone.outcomes
    typer.echo(
        f"{outcomes.total():,} observations read: {outcomes[Outcome.STORED]:,} new, "
        f"{outcomes[Outcome.DUPLICATE]:,} there already, {outcomes[Outcome.SUPERSEDED]:,} beside another result, "
        f"{outcomes[Outcome.REFUSED]:,} refused."
    )
    unlike = unlike_manifest(sources, gone)
    for sentence in unlike:
        typer.echo(sentence, err=True)
    return _objected(reading) and not unlike


def _lacking(made: Sequence[Thing]) -> str:
    """Say what was made, and what indicators will miss of it."""
    kind = kinds()[made[0].kind]
    missing = [name for name in kind.required if name not in made[0].properties]
    lacking = (
        f" without {' and '.join(missing)}, which indicators need: 'smilecity things add' says it later"
        if missing
        else ""
    )
    return f"{len(made):,} things of kind {kind.name} made{lacking}."


def _objected(reading: Reading) -> bool:
    """Tell what was left out, and what was taken with a remark."""
    for told in reading.objections:
        for sentence, rows in told.remarks.items():
            typer.echo(f"{told.file}: {rows:,} {sentence}")
        for sentence in told.first:
            typer.echo(sentence, err=True)
        if told.counts:
            kinds = ", ".join(f"{count:,} '{kind}'" for kind, count in told.counts.items())
            typer.echo(f"{told.file}: {told.counts.total():,} rows or cells were left out: {kinds}.", err=True)
    return not any(told.counts for told in reading.objections)


def _things(held: Named[Datastream, Held]) -> list[str]:
    return sorted({stream.thing for stream in held})


def _made(named: Sequence[str], known: Named[str, Thing], wanted: Wanted) -> Sequence[Thing]:
    """Make the things that are not known. Raises ValueError where they are not to be made, or cannot be."""
    missing = [thing for thing in named if thing not in known]
    if not missing:
        return ()
    if wanted.create is None:
        raise ValueError(
            f"{_unknown(missing, known)}. Add them with 'smilecity things add', or with --create KIND --at LON,LAT"
        )
    if wanted.create not in kinds():
        raise ValueError(f"no sensor kind is called '{wanted.create}'.{did_you_mean(wanted.create, kinds())}")
    longitude, latitude = _position(wanted.at)
    site = site_of(wanted.site)
    demand_sound(kinds()[wanted.create], site)
    for name in missing:
        _demand_id(name)
    return [
        Thing(id=name, name=name, kind=wanted.create, longitude=longitude, latitude=latitude, properties=site)
        for name in missing
    ]


def _demand_id(name: str) -> None:
    try:
        identity_of(name, "name its column")
    except RefusedError as why:
        raise ValueError(f"a thing '{name}' cannot be made: {why}. Nothing was imported") from None


def _unknown(missing: Sequence[str], known: Named[str, Thing]) -> str:
    first = missing[0]
    like = nearest(first, known)
    hint = f" (is it '{like}'?)" if like else ""
    more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
    return f"there is no thing '{first}'{hint}{more}; nothing was imported"


def _position(at: str | None) -> tuple[float, float]:
    try:
        longitude, latitude = (float(number) for number in (at or "").split(","))
    except ValueError:
        longitude = latitude = inf
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise ValueError("say where the things are with --at LONGITUDE,LATITUDE, for example --at 12.1,54.1")
    return longitude, latitude


def _show(held: Named[Datastream, Held], unknown: Sequence[str]) -> None:
    table = Table("thing", "property", "rows", "from", "to", "least", "greatest", "the first")
    for stream, each in sorted(held.items())[:SHOWN]:
        table.add_row(*map(Text, _cells(stream, each)))
    Console().print(table)
    if len(held) > SHOWN:
        typer.echo(f"... and {len(held) - SHOWN:,} more datastreams.")
    rows = sum(each.rows for each in held.values())
    typer.echo(f"{rows:,} observations of {len(held):,} datastreams would go in; nothing did, this is a dry run.")
    if unknown:
        typer.echo(
            f"{len(unknown):,} things are not known: {', '.join(unknown[:5])}{', ...' if len(unknown) > 5 else ''}"
        )


def _cells(stream: Datastream, held: Held) -> Iterator[str]:
    yield from (stream.thing, stream.observed_property, f"{held.rows:,}", f"{held.first}Z", f"{held.last}Z")
    yield from (f"{held.low:g}", f"{held.high:g}", "\n".join(held.samples))
