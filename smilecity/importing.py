"""An import: which files mean what, what is in them, and what of it goes into a store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sensors.ranges import flagged
from storage.checksum import checksum
from storage.exchange.found import table_of
from storage.exchange.manifest import Manifest, check_files, manifest_path, read_manifest
from storage.exchange.mapping import OWN, Mapping
from storage.exchange.objections import Objections
from storage.exchange.tables import chunks, names_of
from storage.moving import patiently
from storage.store import Outcome, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Mapping as Named
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Datastream, Thing
    from storage.exchange.found import Found
    from storage.store import Store


SAMPLES = 2
"""Shown of each datastream."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one path names: its files, what their columns mean, and the manifest of an export of our own."""

    path: Path
    files: tuple[Path, ...]
    mapping: Mapping
    manifest: Manifest | None


@dataclass(slots=True)
class Held:
    """What files hold of one datastream."""

    rows: int = 0
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    low: float = np.inf
    high: float = -np.inf
    samples: list[str] = field(default_factory=list)


def source(path: Path, mapping: Mapping | None, *, incomplete: bool) -> Source:
    """Look at a path. Raises ValueError, with a way out, for what cannot be read as it is."""
    if not path.exists():
        raise ValueError(f"there is no file '{path}'")
    files = tuple(sorted(path.rglob("*.parquet"))) if path.is_dir() else (path,)
    manifest = read_manifest(path)
    if manifest is not None and not incomplete:
        check_files(path, manifest)
    if path.is_dir() and manifest is None and mapping is None and not incomplete:
        raise ValueError(
            f"'{manifest_path(path)}' is missing: that export was broken off, or is none. "
            "Fetch it again, or take what there is with --incomplete"
        )
    if not files and manifest is None:
        raise ValueError(f"'{path}' holds no .parquet file; name files of other kinds one by one")
    meant = mapping or _own(files)
    return Source(path, files, meant, None if incomplete else manifest)


def _own(files: Sequence[Path]) -> Mapping:
    """Give the mapping of our own exports. Raises ValueError where the files are none."""
    for file in files[:1]:
        names = names_of(file, OWN.file)
        try:
            table_of(OWN, names, Objections(file.name))
        except ValueError:
            some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            raise ValueError(
                f"'{file}' is no export of Smile City: say what its columns mean, with --map FILE or --time, "
                f"--columns and --property. They are: {some}"
            ) from None
    return OWN


@dataclass(slots=True)
class Reading:
    """Reads sources from beginning to end, as often as it is asked; knows afterwards what could not be taken."""

    sources: Sequence[Source]
    now: np.datetime64
    things: Named[str, Thing] = field(default_factory=dict)
    objections: list[Objections] = field(default_factory=list)

    def batches(self) -> Iterator[tuple[Source, Found, Objections]]:
        """Give what the files hold, part by part."""
        self.objections = []
        for each in self.sources:
            for file in each.files:
                told = Objections(file.name)
                self.objections.append(told)
                for found in self._of_file(each.mapping, file, told):
                    yield each, found, told

    def _of_file(self, mapping: Mapping, file: Path, told: Objections) -> Iterator[Found]:
        names = names_of(file, mapping.file)
        try:
            table = table_of(mapping, names, told)
        except ValueError as error:
            raise ValueError(f"'{file}': {error}") from None
        for chunk in chunks(file, mapping.file, table.columns, told):
            found = table.found(chunk, self.now)
            if len(found.batch):
                yield found if mapping.flags else replace(found, batch=flagged(found.batch, self.things))


def survey(reading: Reading, told: Callable[[int], None] = lambda _: None) -> dict[Datastream, Held]:
    """Read everything and tell what there is of each datastream; tells the rows of each part as it goes."""
    held: dict[Datastream, Held] = {}
    for _, found, _ in reading.batches():
        batch = found.batch
        told(len(batch))
        order = np.argsort(batch.datastream, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(batch.datastream[order])) + 1):
            stream = batch.datastreams[int(batch.datastream[rows[0]])]
            _note(held.setdefault(stream, Held()), batch.phenomenon_time[rows], batch.result[rows])
    return held


def _note(held: Held, times: NDArray[np.datetime64], results: NDArray[np.float64]) -> None:
    held.rows += len(times)
    held.first = times.min() if held.first is None else min(held.first, times.min())
    held.last = times.max() if held.last is None else max(held.last, times.max())
    held.low, held.high = np.fmin(held.low, np.fmin.reduce(results)), np.fmax(held.high, np.fmax.reduce(results))
    for place in range(min(len(times), SAMPLES - len(held.samples))):
        held.samples.append(f"{times[place]}Z {results[place]:g}")


@dataclass(slots=True)
class Gone:
    """What became of the rows of an import."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    sums: dict[Path, tuple[int, int]] = field(default_factory=dict)
    """Rows and checksum by source."""

    def rows(self) -> int:
        """All rows, whatever became of them."""
        return self.outcomes.total()


def write(reading: Reading, store: Store, gone: Gone) -> Iterator[int]:
    """Read everything again and write it; gives the rows of each part, and notes what became of them."""
    for each, found, told in reading.batches():
        outcome = _written(store, found, told)
        values, counts = np.unique(outcome, return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            gone.outcomes[Outcome(value)] += count
        rows, total = gone.sums.get(each.path, (0, 0))
        gone.sums[each.path] = (rows + len(found.batch), (total + checksum(found.batch)) % 2**64)
        yield len(found.batch)


def _written(store: Store, found: Found, told: Objections) -> NDArray[np.uint8]:
    try:
        return patiently(lambda: store.write(found.batch)).outcome
    except StoreRefusedError as error:
        for sentence in dict.fromkeys(error.reasons.values()):
            rows = np.array([row for row, said in error.reasons.items() if said == sentence])
            told.refuse(sentence, found.lines[rows], lambda _, said=sentence: said)  # type: ignore[misc]
        return error.written.outcome


def unlike_manifest(sources: Iterable[Source], gone: Gone) -> list[str]:
    """Say in a sentence each where the rows of an export are not what its manifest says."""
    return [
        f"'{each.path}' holds {rows:,} rows with checksum {total:016x}; its manifest says {each.manifest.rows:,} "
        f"and {each.manifest.checksum}: fetch it again"
        for each in sources
        if each.manifest is not None
        for rows, total in [gone.sums.get(each.path, (0, 0))]
        if (rows, f"{total:016x}") != (each.manifest.rows, each.manifest.checksum)
    ]
