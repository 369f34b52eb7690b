"""What a backup says of itself: its files with their checksums, and what store and catalogue must hold."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "manifest.json"
FORMAT = 1
STORE, CATALOGUE = "city.duckdb", "catalogue.sqlite"
_PORTION = 1 << 22


class Manifest(msgspec.Struct, kw_only=True):
    """Written last: a folder without it is no backup."""

    format: int = FORMAT
    smilecity: str
    """The version that made it."""
    made: str
    """When the store was copied, UTC."""
    worker: str
    """The name under which the broker knew who was backed up."""
    version: int | None = None
    """The store's version; None where the store is not in the backup."""
    rows: int = 0
    days: dict[str, list[int | str]] = {}
    """By UTC day rows of the store and their checksum."""
    tables: dict[str, dict[str, list[int | str]]] = {}
    """By SQLite file and table number of rows and digest."""
    elsewhere: list[str] = []
    """Sentences about what is not in the backup."""
    files: dict[str, list[int | str]] = {}
    """By path bytes and SHA-256."""


def write(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, on disk when it returns."""
    with (folder / NAME).open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """Read a backup's manifest. Raises ValueError for what is none."""
    try:
        encoded = (folder / NAME).read_bytes()
    except OSError as error:
        raise ValueError(f"'{folder}' is no backup: there is no {NAME} to be read in it ({error.strerror})") from None
    try:
        manifest = msgspec.json.decode(encoded, type=Manifest)
    except msgspec.DecodeError as error:
        raise ValueError(f"'{folder / NAME}' is no manifest of a backup: {error}") from None
    if manifest.format != FORMAT:
        raise ValueError(
            f"'{folder}' is a backup of format {manifest.format}, this Smile City reads {FORMAT}: update it"
        )
    return manifest


def checksums(folder: Path, step: Callable[[int], None]) -> dict[str, list[int | str]]:
    """Give bytes and SHA-256 of every file of a folder but the manifest; ``step`` hears of bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)
    return {str(path.relative_to(folder)): _checksum(path, step) for path in files}


def _checksum(path: Path, step: Callable[[int], None]) -> list[Any]:
    digest = sha256()
    with path.open("rb") as file:
        while portion := file.read(_PORTION):
            digest.update(portion)
            step(len(portion))
    return [path.stat().st_size, digest.hexdigest()]
