"""A backup: store, catalogue, spools and the city's own declarations in a new folder, read back before it counts.

The order is what makes the parts fit together. Spools first: what leaves one afterwards is in the books or comes again.
Then the catalogue, then the store: readers of the store then stand where they stood or before, and never beyond it.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from smilecity import manifest
from smilecity.manifest import CATALOGUE, STORE, Manifest
from storage.database import sqlite_file
from storage.digest import unlike
from storage.duck.copying import read_back
from storage.sqlite_copy import copy_sqlite
from storage.sqlite_copy import read_back as tables_of
from storage.store import InOneFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smilecity.settings import Settings
    from storage.store import Store

    Told = Callable[[str, int, int], None]
    """Hears what is being done, how much of it is done, and of how much."""

OWN = ("models", "formats", "codecs", "rules")
"""Folders of the city's own declarations."""


def back_up(store: Store, settings: Settings, target: Path, told: Told) -> Manifest:
    """Make a backup in a folder that is not there yet; it appears there when all of it has been read back.

    Raises ValueError or OSError with a sentence, and StoreBusyError; then there is nothing at the target.
    """
    target = target.absolute()
    if target.exists():
        raise ValueError(
            f"'{target}' is there already. A backup goes into a new folder; nothing is added to an old one"
        )
    aside = target.with_name(f"{target.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        made = _fill(store, settings, aside, told)
        manifest.write(aside, made)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _on_disk(target.parent)
    return made


def _fill(store: Store, settings: Settings, folder: Path, told: Told) -> Manifest:
    made = Manifest(
        smilecity=version("smilecity"), made="", worker=settings.worker, elsewhere=[], days={}, tables={}, files={}
    )
    _copy_spools(settings, folder, made)
    _copy_catalogue(settings, folder, made)
    _copy_own(settings, folder)
    made.made = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    _copy_store(store, settings, folder, made, told)
    _compare(folder, made)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    made.files = manifest.checksums(folder, _counting("checksums", size, told))
    for path in [folder, *folder.rglob("*")]:
        _on_disk(path)
    return made


def _copy_spools(settings: Settings, folder: Path, made: Manifest) -> None:
    for spool in sorted((settings.data / "spool").glob("*/*.sqlite")):
        name = spool.relative_to(settings.data)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        made.tables[str(name)] = copy_sqlite(spool, folder / name)


def _copy_catalogue(settings: Settings, folder: Path, made: Manifest) -> None:
    file = sqlite_file(settings.catalogue_url())
    if file is None:
        made.elsewhere.append(
            "The catalogue stands in PostgreSQL: back it up with pg_dump just before, never after, this backup."
        )
        return
    made.tables[CATALOGUE] = copy_sqlite(file, folder / CATALOGUE)


def _copy_own(settings: Settings, folder: Path) -> None:
    for name in OWN:
        own = settings.folder(name)
        if own is not None:
            shutil.copytree(own, folder / name)
    for name, file in (("sources.toml", settings.sources_file()), ("receivers.toml", settings.receivers_file())):
        if file is not None:
            shutil.copyfile(file, folder / name)


def _copy_store(store: Store, settings: Settings, folder: Path, made: Manifest, told: Told) -> None:
    if not isinstance(store, InOneFile):
        scheme = settings.store_url().partition(":")[0]
        made.elsewhere.append(
            f"The store is a server's ({scheme}): back it up with its own tool (vmbackup, influx backup), after this."
        )
        return
    rows = int(store.spans().count.sum())
    made.version, found = store.copy_to(folder / STORE, _counting("copying", 2 * rows, told))
    made.rows, made.days = found.count(), found.document()
    again = read_back(folder / STORE, _counting("reading back", made.rows, told)).document()
    if wrong := unlike(made.days, again):
        raise OSError(f"the copy of the store differs on {len(wrong)} days, the first {wrong[0]}: is the disk sound?")


def _compare(folder: Path, made: Manifest) -> None:
    for name, expected in made.tables.items():
        if tables_of(folder / name) != expected:
            raise OSError(f"the copy of '{name}' holds something else than was copied: is the disk sound?")


def _counting(doing: str, of: int, told: Told) -> Callable[[int], None]:
    done = 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        told(doing, done, max(of, done))

    return step


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
