"""Reads the city's own device models from its folder, one TOML file per product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors.own_models import ModelError, know, model_of

if TYPE_CHECKING:
    from pathlib import Path

    from sensors.device import DeviceModel
    from smilecity.settings import Settings

MAX_BYTES = 1024 * 1024


def know_models(settings: Settings) -> None:
    """Know the models in the city's folder; none where there is no folder.

    Raises ModelError, a sentence for every file that is wrong, or OSError for what cannot be read.
    """
    folder = settings.models_folder()
    if settings.models is not None and not folder.is_dir():
        raise ModelError(f"the folder of device models '{folder}' is not there: make it, or leave SMILECITY_MODELS out")
    models: list[DeviceModel] = []
    wrong: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            models.append(_model(file))
        except ModelError as error:
            wrong.append(f"device model '{file}': {error}.")
    if wrong:
        raise ModelError("\n".join(wrong))
    know(models)


def _model(file: Path) -> DeviceModel:
    if file.stat().st_size > MAX_BYTES:
        raise ModelError(f"it is larger than {MAX_BYTES // 2**20} MiB, as no model is")
    try:
        return model_of(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ModelError("it is not UTF-8 text") from None
