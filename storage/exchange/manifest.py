"""The manifest of an export: what was asked, how much it is, and that it is whole, for it is written last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export says of itself. ``complete`` stands in no manifest as false: a broken-off export has none."""

    complete: bool
    format: str
    rows: int
    checksum: str
    """Of all rows, in hexadecimal digits: see ``storage.checksum``."""
    datastreams: int
    first: str | None
    """The earliest phenomenon time, UTC."""
    last: str | None
    query: dict[str, Any]
    files: dict[str, int]
    """Size of each file, in bytes, by its path beside or below the manifest."""
    smilecity: str
    """The version that wrote it."""
    written: str


def manifest_path(path: Path) -> Path:
    """Tell where the manifest of an export lies: in its folder, or beside its file."""
    return path / NAME if path.is_dir() else path.with_name(f"{path.name}.{NAME}")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write it at once or not at all."""
    place = manifest_path(path)
    part = place.with_name(place.name + ".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    part.replace(place)


def read_manifest(path: Path) -> Manifest | None:
    """Read the manifest of an export; None where there is none. Raises ValueError for one that is damaged."""
    place = manifest_path(path)
    if not place.is_file():
        return None
    try:
        return msgspec.json.decode(place.read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise ValueError(f"'{place}' is no manifest of an export: {error}") from None


def check_files(path: Path, manifest: Manifest) -> None:
    """Raise ValueError where a file of an export is missing or has another size than it was written with."""
    beside = path if path.is_dir() else path.parent
    for name, size in manifest.files.items():
        file = beside / name
        if not file.is_file() or file.stat().st_size != size:
            found = f"has {file.stat().st_size:,} bytes" if file.is_file() else "is missing"
            raise ValueError(f"'{file}' {found}; the manifest says {size:,} bytes: fetch the export again")
