"""Options that several commands share, and how they become settings: an option wins over the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from smilecity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

Data = Annotated[
    Path | None,
    typer.Option(help="Folder of the store and the catalogue.", show_default="smilecity-data"),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", help="URL of the store, for example duckdb:///path/city.duckdb.", show_default="DuckDB in --data"
    ),
]
CatalogueUrl = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        help="URL of the catalogue: sqlite:///path or postgresql://user@host/database. "
        "The password comes from SMILECITY_CATALOGUE_PASSWORD (or ..._PASSWORD_FILE).",
        show_default="SQLite in --data",
    ),
]
BrokerUrl = Annotated[
    str | None,
    typer.Option(
        "--broker",
        help="URL of an MQTT broker: mqtt://host[:port] or mqtts://host[:port]. "
        "User and password come from SMILECITY_BROKER_USERNAME and SMILECITY_BROKER_PASSWORD (or ..._PASSWORD_FILE).",
    ),
]
SourcesFile = Annotated[
    Path | None,
    typer.Option(
        "--sources",
        help="TOML file that declares further sources.",
        show_default="sources.toml in --data, where there is one",
    ),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1, this machine only")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the page and the API.", show_default="8080")]
WorkerName = Annotated[
    str | None,
    typer.Option(
        "--worker",
        help="Stable name of this worker, its alone: the broker's session and its share of the work hang on it.",
        show_default="ingest-1",
    ),
]

_PASSWORD = re.compile(r"\w+://[^/@]*:[^/@]+@|[^?]*\?.*\bpassword=")


def settings(**options: Any) -> Settings:
    """Make settings of the options that were given and the environment for all others.

    Raises ValueError for a password where every user of this machine could read it.
    """
    if _PASSWORD.match(options.get("catalogue") or ""):
        raise ValueError(
            "a password in --catalogue stands in the process list. Leave it out of the URL, and put it into "
            "SMILECITY_CATALOGUE_PASSWORD or a file named by SMILECITY_CATALOGUE_PASSWORD_FILE"
        )
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise ValueError("; ".join(_sentence(each, options) for each in error.errors())) from None


def _sentence(wrong: ErrorDetails, options: Mapping[str, Any]) -> str:
    """Say what is wrong with a setting, by the name under which it was given; a secret is not repeated."""
    name = str(wrong["loc"][0]) if wrong["loc"] else "settings"
    given = f"--{name.replace('_', '-')}" if options.get(name) is not None else f"SMILECITY_{name.upper()}"
    declared = Settings.model_fields.get(name)
    meaning = f" It is: {declared.description}." if declared is not None and declared.description else ""
    shown = "" if any(word in name for word in ("password", "key", "token")) else f" '{str(wrong['input'])[:60]}'"
    return f"{given} cannot be{shown}: {wrong['msg'].removeprefix('Value error, ')}.{meaning}"
