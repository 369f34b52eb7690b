"""Puts a backup into an empty data folder, after every file and every row of it has been compared with its manifest."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from smilecity import manifest
from smilecity.lock import hold
from smilecity.manifest import CATALOGUE, NAME, STORE
from storage.digest import unlike
from storage.duck.copying import read_back
from storage.sqlite_copy import read_back as tables_of

if TYPE_CHECKING:
    from pathlib import Path

    from smilecity.backup import Told
    from smilecity.manifest import Manifest

ASIDE = "restoring"
"""Folder within the data folder where everything is until it has been verified."""


def restore(source: Path, data: Path, told: Told) -> Manifest:
    """Verify a backup and put it into a data folder. Raises ValueError or OSError with a sentence; then it stays empty.

    What a restore that was killed left there counts as nothing.
    """
    made = manifest.read(source)
    data.mkdir(parents=True, exist_ok=True)
    with hold(data, "'smilecity restore'"):
        _must_be_empty(data)
        aside = data / ASIDE
        shutil.rmtree(aside, ignore_errors=True)
        try:
            shutil.copytree(source, aside)
            _verify(aside, made, told)
            _put_in_place(aside, data)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return made


def verify(source: Path, told: Told) -> Manifest:
    """Compare a backup with its manifest, and change nothing. Raises what ``restore`` raises."""
    made = manifest.read(source)
    _verify(source, made, told)
    return made


def _must_be_empty(data: Path) -> None:
    there = sorted(path.name for path in data.iterdir() if path.name not in {"lock", ASIDE})
    if there:
        raise ValueError(
            f"'{data}' is not empty: it holds {', '.join(there[:5])}. A backup is restored into an empty folder: name "
            "another with --data, or move away what is there"
        )


def _verify(folder: Path, made: Manifest, told: Told) -> None:
    _verify_files(folder, made, told)
    for name, expected in made.tables.items():
        if tables_of(folder / name) != expected:
            raise ValueError(f"'{folder / name}' does not hold what its manifest says. Take another backup")
    if made.version is None:
        return
    done = 0

    def step(rows: int) -> None:
        nonlocal done
        done += rows
        told("comparing", done, max(made.rows, done))

    if wrong := unlike(made.days, read_back(folder / STORE, step).document()):
        raise ValueError(
            f"the store in the backup differs from its manifest on {len(wrong)} days, the first {wrong[0]}. "
            "Take another backup"
        )


def _verify_files(folder: Path, made: Manifest, told: Told) -> None:
    size, done = sum(int(found[0]) for found in made.files.values()), 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        told("checksums", done, max(size, done))

    found = manifest.checksums(folder, step)
    if wrong := sorted(name for name in {*found, *made.files} if found.get(name) != made.files.get(name)):
        raise ValueError(
            f"'{folder}' is not the backup that was made: {', '.join(wrong[:5])} {'is' if len(wrong) == 1 else 'are'} "
            "missing, further or changed. Take another backup"
        )


def _put_in_place(aside: Path, data: Path) -> None:
    """Move what was verified; the store last, so that a folder with a store has all the rest."""
    names = [path.name for path in aside.iterdir() if path.name != NAME]
    for name in sorted(names, key=lambda name: (name in {STORE, CATALOGUE}, name == STORE)):
        (aside / name).rename(data / name)
