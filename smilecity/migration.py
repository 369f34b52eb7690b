"""A migration told at the terminal: the days that differ, line by line, and at the end what came of it."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

import typer

from storage.moving import Step, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from smilecity.advance import Advance
    from storage.moving import UnlikeDay
    from storage.store import Store

TOLD = 20
"""Days told at the terminal; a report has all."""
_COLUMNS = ("datastream", "derived", "day", "rows_source", "rows_target", "missing", "different", "further")


def existing(url: str) -> None:
    """Raise ValueError where a URL names a file that is not there: opening it would make an empty store."""
    path = Path(unquote(urlsplit(url).path))
    if urlsplit(url).scheme == "duckdb" and not path.is_file():
        raise ValueError(f"there is no store '{path}' to copy from: look for the file city.duckdb in the data folder")


def migrated(source: Store, target: Store, told: Advance, differences: Differences, *, write: bool) -> Step:
    """Migrate, or compare only, telling how far it is and which days differ."""
    spans = source.spans()
    if not len(spans.datastreams):
        raise ValueError("the store to copy from holds nothing: is --from the right one?")
    told.expect(int(spans.count.sum()))
    total = Step()
    for step in migrate(source, target, spans, write=write):
        total += step
        told.add(step.rows)
        for each in step.unlike:
            differences.tell(each)
    return total


def summary(total: Step, target: Store, *, write: bool) -> Iterator[str]:
    """Say in sentences what came of it."""
    yield f"{total.rows:,} observations, {total.days:,} days of datastreams: {_done(total, write=write)}."
    further = int(target.spans().count.sum()) - (total.rows - total.missing)
    if further > 0:
        yield f"The target holds {further:,} rows more than the source; they stay."
    for sentence, rows in total.refused.items():
        yield f"Refused by the target: {rows:,} rows ({sentence})."
    if total.missing or total.different:
        yield (
            f"{total.days_wrong:,} days of datastreams differ: the target lacks {total.missing:,} rows "
            f"and holds {total.different:,} otherwise."
        )
    else:
        yield "Every datastream agrees, day by day, by number of rows and checksum."


def _done(total: Step, *, write: bool) -> str:
    return f"{total.days_skipped:,} days agreed " + (f"already, {total.written:,} rows copied" if write else "")


class Differences:
    """Days on which two stores differ: the first are told at the terminal, all in a report where one is wanted."""

    def __init__(self, report: Path | None) -> None:
        self._report = report
        self._open = ExitStack()
        self._rows: Any = None
        self._told = 0

    def __enter__(self) -> Self:
        if self._report is not None:
            file = self._open.enter_context(self._report.open("w", encoding="utf-8", newline=""))
            self._rows = csv.writer(file)
            self._rows.writerow(_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()
        if self._told > TOLD:
            more = f"and {self._told - TOLD:,} more days that differ"
            typer.echo(
                f"{more}; they stand in '{self._report}'" if self._report else f"{more}: --report FILE names all"
            )

    def tell(self, day: UnlikeDay) -> None:
        """Write down a day; at the terminal only what is wrong, not what the target has besides."""
        stream, numbers = day.datastream, (day.source, day.target, day.missing, day.different, day.further)
        if self._rows is not None:
            self._rows.writerow((stream.name, int(stream.derived), day.day, *numbers))
        if day.wrong:
            self._told += 1
            if self._told <= TOLD:
                typer.echo(_sentence(day))


def _sentence(day: UnlikeDay) -> str:
    return (
        f"{day.datastream.name} {day.day}: {day.source:,} rows in the source, {day.target:,} in the target; "
        f"{day.missing:,} missing, {day.different:,} different, {day.further:,} further"
    )
