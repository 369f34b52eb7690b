"""``smilecity migrate``: history from one store into another, verified."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smilecity.advance import advance
from smilecity.migration import Differences, existing, migrated, summary
from storage.store import StoreLockedError, open_store

if TYPE_CHECKING:
    from storage.store import Store


def migrate(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The store that is copied; it stays as it is.")],
    target: Annotated[str, typer.Option("--to", metavar="URL", help="The store that it is copied into.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only compare, and write nothing.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="CSV file for every datastream and day on which the stores differ.")
    ] = None,
) -> None:
    """Copy all observations and indicators from one store into another, and verify them.

    Every datastream is compared day by day (UTC): number of rows and checksum. Days that agree are skipped, so
    after an interruption, even a power cut, the same command goes on where it was. The target may hold more. Where it
    holds something else than the source, that is told by datastream and day, and the exit status is 1:

        smilecity migrate --from duckdb:///var/lib/smilecity/city.duckdb --to victoriametrics://host:8428

        smilecity migrate --from duckdb:///old.duckdb --to duckdb:///new.duckdb --check

    Things and devices stand in the catalogue, not in the store: keep the folder --data, or see 'smilecity things
    export'. A platform that holds one of the stores must be stopped first.
    """
    with ExitStack() as opened, Differences(report) as differences:
        stores = [opened.enter_context(closing(each)) for each in _both(source, target)]
        with advance("comparing" if check else "copying") as told:
            total = migrated(stores[0], stores[1], told, differences, write=not check)
        for line in summary(total, stores[1], write=not check):
            typer.echo(line)
    if total.missing or total.different:
        raise typer.Exit(1)


def _both(source: str, target: str) -> tuple[Store, Store]:
    if source == target:
        raise ValueError(f"'{source}' is both --from and --to: name two stores")
    existing(source)
    first = _opened(source)
    try:
        return first, _opened(target)
    except BaseException:
        first.close()
        raise


def _opened(url: str) -> Store:
    try:
        return open_store(url)
    except StoreLockedError as held:
        raise StoreLockedError(f"{held} Stop it first: a running platform, or another migration.") from None


COMMAND = migrate
