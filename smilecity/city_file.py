"""A file of things, GeoJSON or CSV: which of the two it is says its content, not its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sensors.geojson import things_from_geojson
from sensors.register import things_from_csv

if TYPE_CHECKING:
    from pathlib import Path

    from sensors.entries import Assumed, Parsed

MAX_BYTES = 64 * 1024 * 1024


def read_things(file: Path, assumed: Assumed) -> Parsed:
    """Read the things of a file; what could not be taken is told entry by entry.

    Raises ValueError, with a sentence, for a file that is missing or cannot be read as a whole.
    """
    text = _text(file)
    parsed = things_from_geojson(_document(file, text), assumed) if _is_json(text) else things_from_csv(text, assumed)
    whole = next((str(refusal) for refusal in parsed.refusals if not refusal.place), "")
    if whole:
        raise ValueError(f"'{file}' cannot be read: {whole}")
    return parsed


def _text(file: Path) -> str:
    if not file.exists():
        raise ValueError(f"There is no file '{file}'.")
    if file.is_dir():
        raise ValueError(f"'{file}' is a folder; name a file in it.")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"'{file}' is larger than {MAX_BYTES // 2**20} MiB; split it.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"'{file}' is not UTF-8 (byte {error.start}): save it as UTF-8, a spreadsheet as 'CSV UTF-8'."
        ) from None


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _document(file: Path, text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:  # one of them is a number of thousands of digits
        raise ValueError(f"'{file}' is not JSON: {error}") from None
    if isinstance(document, dict):
        return document
    raise ValueError(f"'{file}' holds a {type(document).__name__}; a GeoJSON FeatureCollection is expected.")
