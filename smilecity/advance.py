"""How far a long command is: a bar on the terminal, nothing where there is none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


class Advance:
    """A bar that is told what lies ahead and what is done."""

    def __init__(self, bar: Progress, doing: str, of: str) -> None:
        self._bar = bar
        self._of = of
        self._task = bar.add_task(doing, total=None, rows="")
        self._done = 0

    def expect(self, total: int) -> None:
        """Tell how much there is to do."""
        self._bar.update(self._task, total=total)

    def add(self, done: int) -> None:
        """Tell that some more is done."""
        self.reach(self._done + done)

    def counted(self, some: Iterable[T]) -> Iterator[T]:
        """Pass things on, each done when the next is asked for."""
        for one in some:
            yield one
            self.add(1)

    def tell(self, doing: str, done: int, of: int) -> None:
        """Tell what is being done, how much of it is done, and of how much."""
        self._bar.update(self._task, description=doing, total=of or None)
        self.reach(done)

    def reach(self, done: int) -> None:
        """Tell how much is done by now."""
        self._done = done
        self._bar.update(self._task, completed=self._done, rows=f"{self._done:,} {self._of}")


@contextmanager
def advance(doing: str, of: str = "rows") -> Iterator[Advance]:
    """Show how far something is, on standard error, until it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]}"))
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        yield Advance(bar, doing, of)
