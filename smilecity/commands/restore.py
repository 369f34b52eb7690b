"""``smilecity restore``: a backup, verified, in an empty data folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smilecity import options
from smilecity.advance import advance
from smilecity.restore import restore as put_back
from smilecity.restore import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smilecity.manifest import Manifest


def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="What 'smilecity backup' made; it stays as it is.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only verify the backup, and restore nothing.")] = False,
    data: options.Data = None,
) -> None:
    """Put a backup into an empty data folder, after each of its files and rows has been verified.

        smilecity restore /backups/2026-11-23 --data /var/lib/smilecity

    What the broker still holds for the worker of the same name is received when the platform is started again. What
    was acknowledged after the backup is lost: see docs/recovery.md.
    """
    chosen = options.settings(data=data)
    with advance("verifying", of="") as bar:
        made = verify(source, bar.tell) if check else put_back(source, chosen.data, bar.tell)
    lines = (
        [f"'{source}' is sound: {made.rows:,} observations as of {made.made}."]
        if check
        else next_steps(made, chosen.data)
    )
    for line in lines:
        typer.echo(line)


def next_steps(made: Manifest, data: Path) -> Iterator[str]:
    """Say what is to be done now."""
    yield f"'{data}' holds the state of {made.made}: {made.rows:,} observations, verified."
    yield from made.elsewhere
    yield f"Start the platform as before, with --data {data} --worker {made.worker} and the same broker:"
    yield "it then hands over what it has kept since, and indicators follow by themselves."
    yield f"What had been acknowledged after {made.made} is lost. See docs/recovery.md."


COMMAND = restore
