"""An export: which datastreams, in which order, and what its manifest says."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.hint import did_you_mean
from sensors.model import TIME
from storage.checksum import checksum
from storage.exchange.formats import Format, writer
from storage.exchange.manifest import NAME, Manifest, manifest_path, write_manifest
from storage.pieces import clipped, narrowed, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sensors.model import Batch, Datastream
    from smilecity.advance import Advance
    from storage.catalogue import Catalogue
    from storage.exchange.formats import Writer
    from storage.store import Spans, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What goes into an export; what is not said is not restricted."""

    start: datetime | None = None
    end: datetime | None = None
    things: Sequence[str] = ()
    properties: Sequence[str] = ()
    kind: str | None = None
    operator: str | None = None
    raw_only: bool = False

    def told(self) -> dict[str, Any]:
        """Say it as it stands in a manifest."""
        return {
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "things": list(self.things),
            "properties": list(self.properties),
            "kind": self.kind,
            "operator": self.operator,
            "raw_only": self.raw_only,
        }


def chosen(store: Store, catalogue: Catalogue, choice: Choice) -> Spans:
    """Give the spans of what a choice means. Raises ValueError, naming what is near, for what is not there."""
    spans = store.spans()
    for names, known in (
        (choice.things, [stream.thing for stream in spans.datastreams]),
        (choice.properties, [stream.observed_property for stream in spans.datastreams]),
    ):
        for name in set(names) - set(known):
            raise ValueError(f"nothing is stored of '{name}'.{did_you_mean(name, known)}")
    wanted = _things(catalogue, choice)

    def is_wanted(stream: Datastream) -> bool:
        return (
            (wanted is None or stream.thing in wanted)
            and (not choice.properties or stream.observed_property in choice.properties)
            and not (choice.raw_only and stream.derived)
        )

    return clipped(narrowed(spans, is_wanted), _instant(choice.start), _instant(choice.end))


def _things(catalogue: Catalogue, choice: Choice) -> set[str] | None:
    named = set(choice.things) or None
    if choice.kind is None and choice.operator is None:
        return named
    of_kind = {thing.id for thing in catalogue.things(kind=choice.kind, operator=choice.operator)}
    return of_kind if named is None else of_kind & named


def export(store: Store, spans: Spans, choice: Choice, path: Path, form: Format, *, told: Advance) -> Manifest:
    """Write what ``spans`` tell of a store, and the manifest at the very end."""
    told.expect(int(spans.count.sum()))
    manifest_path(path).unlink(missing_ok=True)
    sums = _Sums()
    sink = writer(path, form)
    try:
        for batch in _batches(store, spans, choice, by_property=form is Format.PARQUET):
            sink.add(batch)
            sums.add(batch)
            told.add(len(batch))
    except BaseException:
        sink.abandon()
        raise
    return _finished(sink, sums, choice, path, form)


def _finished(sink: Writer, sums: _Sums, choice: Choice, path: Path, form: Format) -> Manifest:
    files = sink.close()
    beside = path if path.is_dir() else path.parent
    manifest = Manifest(
        complete=True,
        format=form.value,
        query=choice.told(),
        files={str(file.relative_to(beside)): file.stat().st_size for file in files},
        smilecity=version("smilecity"),
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        **sums.told(),
    )
    write_manifest(path, manifest)
    return manifest


def _batches(store: Store, spans: Spans, choice: Choice, *, by_property: bool) -> Iterator[Batch]:
    """Read by days; for folders by property one property after the other."""
    names = sorted({stream.observed_property for stream in spans.datastreams}) if by_property else [None]
    for name in names:
        some = narrowed(spans, lambda stream, name=name: name is None or stream.observed_property == name)  # type: ignore[misc]
        for piece in pieces(some):
            batch = store.read(piece.query(_instant(choice.start), _instant(choice.end)))
            if len(batch):
                yield batch


class _Sums:
    """Rows, checksum and span of all that went by."""

    def __init__(self) -> None:
        self._rows = self._checksum = 0
        self._streams: set[Datastream] = set()
        self._first: np.datetime64 | None = None
        self._last: np.datetime64 | None = None

    def add(self, batch: Batch) -> None:
        self._rows += len(batch)
        self._checksum = (self._checksum + checksum(batch)) % 2**64
        self._streams |= {batch.datastreams[code] for code in np.unique(batch.datastream).tolist()}
        times = batch.phenomenon_time
        self._first = times.min() if self._first is None else min(self._first, times.min())
        self._last = times.max() if self._last is None else max(self._last, times.max())

    def told(self) -> dict[str, Any]:
        return {
            "rows": self._rows,
            "checksum": f"{self._checksum:016x}",
            "datastreams": len(self._streams),
            "first": _iso(self._first),
            "last": _iso(self._last),
        }


def _iso(time: np.datetime64 | None) -> str | None:
    return None if time is None else f"{time.astype(TIME)}Z"


def _instant(moment: datetime | None) -> np.datetime64 | None:
    return None if moment is None else np.datetime64(moment.replace(tzinfo=None), "ms")


def make_room(path: Path, form: Format, *, force: bool) -> None:
    """See that nothing lies where an export is written. Raises ValueError where something does and is not to go."""
    folder = form is Format.PARQUET
    if path.is_file() if folder else path.is_dir():
        raise ValueError(f"'{path}' is a {'file' if folder else 'folder'}: {form} goes into a {_place(folder=folder)}")
    there = sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []
    if there and not force:
        raise ValueError(f"'{path}' is there already: choose another name, or write over it with --force")
    if not folder:
        return
    foreign = [each for each in there if each.name != NAME and not each.name.startswith("property=")]
    if foreign:
        raise ValueError(f"'{foreign[0]}' is of no export: choose a folder of its own")
    _clear(path)


def _place(*, folder: bool) -> str:
    return "folder" if folder else "file"


def _clear(path: Path) -> None:
    """Remove an earlier export, what says that it is whole first."""
    (path / NAME).unlink(missing_ok=True)
    for each in path.glob("property=*"):
        shutil.rmtree(each)
