"""Reads the vendors' payload codecs that device models name, from their folder."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sensors.codec import CodecError, know
from sensors.devices import models

if TYPE_CHECKING:
    from pathlib import Path

    from smilecity.settings import Settings

MAX_BYTES = 2 * 1024 * 1024


def know_codecs(settings: Settings) -> None:
    """Know the codecs that a model names and the folder has; call it after the models are known.

    A codec that is not there is told where it is needed, by the messages that need it. Raises CodecError, a sentence
    for every file that cannot be a codec, ValueError for a folder that was named and is not there, or OSError.
    """
    folder = settings.folder("codecs")
    if folder is None:
        know({})
        return
    sources: dict[str, str] = {}
    wrong: list[str] = []
    for name in sorted({model.codec for model in models().values()} - {""}):
        try:
            if (file := _place(folder, name)).is_file():
                sources[name] = _source(file)
        except CodecError as error:
            wrong.append(f"codec '{folder / name}': {error}.")
    if wrong:
        raise CodecError("\n".join(wrong))
    know(sources)


def _place(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise CodecError("a model names it as a file within the folder of codecs, or within a folder in that")
    return folder / path


def _source(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise CodecError(f"it is larger than {MAX_BYTES // 2**20} MiB, as no codec is")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CodecError("it is not UTF-8 text") from None
