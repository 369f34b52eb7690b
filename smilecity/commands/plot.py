"""``smilecity plot``: a datastream as a picture, in the terminal or in a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from smilecity import options
from smilecity.curve import curve_of
from smilecity.moments import moment, span_before
from smilecity.observations import observed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smilecity.curve import Curve

HEIGHT = 20
"""Lines of a picture in the terminal, where that has so many."""
MOST_THINGS = 5


def plot(
    thing: Annotated[str, typer.Argument(help="A thing's id, as 'smilecity things list' prints it.")],
    observed_property: Annotated[
        str,
        typer.Argument(metavar="PROPERTY", help="An observed property or an indicator, for example occupancy_hour."),
    ],
    *,
    beside: Annotated[
        list[str] | None, typer.Option("--with", help="Another thing to compare with; several times for several.")
    ] = None,
    last: Annotated[str, typer.Option(help="How much: 24h, 7d, 8w.")] = "7d",
    until: Annotated[str, typer.Option(help="End of it: 2026-03-29T00:00:00Z, 2026-03-29 (local), -2d, now.")] = "now",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Picture to draw, .png or .svg.", show_default="the terminal")
    ] = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Draw what was observed, or what an indicator said, over time: here, or into a file.

    The curve breaks where nothing is known; in a file doubtful results are marked. Times are the city's. Beside a
    running platform the question goes to its API.

        smilecity plot hro-tg-city occupancy_15min --last 7d
        smilecity plot hro-tg-city occupancy_15min --with hro-tg-doberaner --last 4w -o occupancy.svg
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    draw = _in_terminal if output is None else _into(output)
    things = list(dict.fromkeys([thing, *(beside or ())]))
    if len(things) > MOST_THINGS:
        raise ValueError(f"{len(things)} things are too many for one picture: at most {MOST_THINGS}")
    span = span_before(last, moment(until, chosen.zone, datetime.now(UTC)), chosen.zone)
    curves = [
        curve_of(one, observed_property, observed(chosen, one, observed_property, span, "'smilecity plot'"))
        for one in things
    ]
    if all(np.isnan(curve.value).all() for curve in curves):
        raise ValueError(
            f"nothing is known of it from {span[0]:%Y-%m-%d %H:%M} to {span[1]:%Y-%m-%d %H:%M} UTC: try --last 4w"
        )
    draw(curves, chosen.zone)


def _into(path: Path) -> Callable[[Sequence[Curve], str], None]:
    """Get ready to draw into a file before anything is read. Raises ValueError."""
    from smilecity.pictures import check, draw_curves  # noqa: PLC0415 - takes a second to load, and may be absent

    check(path)

    def draw(curves: Sequence[Curve], zone: str) -> None:
        draw_curves(curves, zone, path)
        typer.echo(f"drawn into {path}", err=True)

    return draw


def _in_terminal(curves: Sequence[Curve], zone: str) -> None:
    from smilecity.terminal import drawn  # noqa: PLC0415 - may be absent

    size = get_terminal_size((100, HEIGHT))
    width, height = max(40, size.columns), max(10, min(HEIGHT, size.lines - 2))
    typer.echo(drawn(curves, zone, width, height, colour=sys.stdout.isatty()))


COMMAND = plot
