"""Options that several commands share, and how they become settings: an option wins over the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from smilecity.settings import Settings

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
        "--worker", help="Stable name of this worker: the broker's session hangs on it.", show_default="ingest-1"
    ),
]


def settings(**options: Any) -> Settings:
    """Make settings of the options that were given and the environment for all others."""
    return Settings(**{name: value for name, value in options.items() if value is not None})
