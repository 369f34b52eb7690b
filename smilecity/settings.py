"""Settings: sane defaults, each set by an environment variable ``SMILECITY_...`` or by an option of the command line.

Secrets (a broker's password, a database's) come from the environment or from a file named by ``..._FILE``, never from
an option, so that they stand in no process list.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zlib import crc32
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.limits import Limits
from api.services import LOOPBACK, SHORTEST_KEY, Access, Allowance
from processing.region import LANDS, Region
from sensors.households import FEWEST, LEAST


def _days(said: object) -> object:
    return 0 if isinstance(said, str) and said.strip().casefold() == "never" else said


class Settings(BaseSettings):
    """What one installation is told about its surroundings."""

    model_config = SettingsConfigDict(env_prefix="SMILECITY_", extra="ignore")

    data: Path = Field(default=Path("smilecity-data"), description="Folder of the store and the catalogue")
    store: str | None = Field(default=None, description="URL of the store; the default is DuckDB in the data folder")
    catalogue: str | None = Field(
        default=None,
        repr=False,
        description="URL of the catalogue, sqlite:///path or postgresql://user@host/database; the default is SQLite in "
        "the data folder",
    )
    catalogue_password: SecretStr | None = None
    catalogue_password_file: Path | None = None
    models: Path | None = Field(
        default=None, description="Folder of the city's own device models; the default is 'models' in the data folder"
    )
    formats: Path | None = Field(
        default=None,
        description="Folder of the city's own message formats; the default is 'formats' in the data folder",
    )
    codecs: Path | None = Field(
        default=None, description="Folder of vendors' payload codecs; the default is 'codecs' in the data folder"
    )
    rules: Path | None = Field(
        default=None, description="Folder of the city's own alert rules; the default is 'rules' in the data folder"
    )
    broker: str | None = Field(default=None, description="URL of a broker; the default is one of our own")
    sources: Path | None = Field(
        default=None, description="File that declares further sources; the default is 'sources.toml' in the data folder"
    )
    receivers: Path | None = Field(
        default=None,
        description="File that declares who is told of alerts; the default is 'receivers.toml' in the data folder",
    )
    broker_username: str | None = None
    broker_password: SecretStr | None = None
    broker_password_file: Path | None = None
    alerts_broker: str | None = Field(
        default=None,
        repr=False,
        description="URL of the broker to publish alerts to, or 'none'; the default is the one that sensors use",
    )
    alerts_broker_username: str | None = None
    alerts_broker_password: SecretStr | None = None
    alerts_broker_password_file: Path | None = None
    alerts_broker_ca: Path | None = Field(
        default=None, description="Certificates by which the broker of alerts is trusted, in place of the system's"
    )
    alerts_broker_certificate: Path | None = Field(
        default=None, description="Our own certificate, where the broker of alerts asks for one"
    )
    alerts_broker_key: Path | None = Field(default=None, description="The key of that certificate")
    updates: Literal["none", "public", "city"] = Field(
        default="none",
        description="Which observations are published over MQTT as SensorThings has it, to the broker of alerts: those "
        "that are public, the whole city's but households', or none",
    )
    public_url: str = Field(
        default="", description="Address under which people reach page and API, for links in alerts"
    )
    worker: str = Field(
        default="ingest-1",
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$",
        description="Stable name of the worker, 1 to 64 letters, digits, '.', '_' or '-', on which its session hangs",
    )
    quarantine_days: Annotated[int, BeforeValidator(_days)] = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which a message that nobody has read is removed from quarantine; 0 or 'never' keeps it",
    )
    retention: str = Field(
        default="",
        description="How long observations are kept, by class: raw=400d,derived=forever,active_power=90d. "
        "What is not named is kept for ever",
    )
    city: str = Field(default="Rostock", min_length=1, max_length=100, description="Name of the city, for open data")
    zone: str = Field(default="Europe/Berlin", description="Time zone in which the city's days begin")
    land: str = Field(default="MV", description="The Land whose public holidays count: BB, BE, BW ... TH")
    host: str = Field(default="127.0.0.1", description="Address that the page and the embedded broker listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="Port of the page and the API")
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    export_rows: int = Field(default=50_000_000, ge=1, description="Rows that one export over HTTP may have")
    export_days: int = Field(
        default=3660, ge=1, description="Days that one export or question for aggregates over HTTP may reach over"
    )
    aggregate_cells: int = Field(
        default=5_000_000, ge=1, description="Datastreams or groups, times windows, of one question for aggregates"
    )
    exports_at_once: int = Field(default=2, ge=1, description="Exports over HTTP that run at once")
    aggregates_at_once: int = Field(default=8, ge=1, description="Questions for aggregates that run at once")
    access: Access = Field(
        default=Access.AUTO,
        description="Whom the server shows everything without a key: 'auto' those on its own machine while it listens "
        "there only and there is no key, 'closed' nobody, 'open' everybody",
    )
    rate_public: int = Field(
        default=600, ge=1, description="Requests a minute that one network address may send without a key"
    )
    rate_key: int = Field(default=6000, ge=1, description="Requests a minute that one key may send")
    at_once_public: int = Field(
        default=20, ge=1, description="Requests and streams of one network address without a key at the same time"
    )
    at_once_key: int = Field(default=100, ge=1, description="Requests and streams of one key at the same time")
    cors: str = Field(
        default="",
        description="Other sites whose pages may read the API, with commas between: https://map.example; the default "
        "is none",
    )
    households: int = Field(
        default=LEAST,
        ge=FEWEST,
        description=f"How many household meters a sum needs before it is told, {FEWEST} or more",
    )
    grafana_token: SecretStr | None = None
    grafana_token_file: Path | None = None
    mqtt_port: int = Field(default=1883, ge=0, le=65535, description="Port of the embedded broker")

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):
            raise ValueError("no time zone is called so. Give a name such as Europe/Berlin or UTC") from None
        return zone

    @field_validator("land")
    @classmethod
    def _is_a_land(cls, land: str) -> str:
        if land not in LANDS:
            raise ValueError(f"no Land is called so. Known: {', '.join(LANDS)}")
        return land

    def computes_as(self) -> str:
        """Name who computes: as it was named, else where others may by machine and data folder, so that no two are one.

        The name stays, so who comes back after a kill goes on with its own shares at once. Of a catalogue in the data
        folder one process computes at a time, by its lock.
        """
        if "worker" in self.model_fields_set or self.catalogue is None:
            return self.worker
        machine = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]
        return f"process-{machine}-{crc32(os.fsencode(self.data.resolve())):08x}"

    def region(self) -> Region:
        """Say where the city lies, as far as clocks and public holidays are concerned."""
        return Region(self.zone, self.land)

    def store_url(self) -> str:
        """Name the store, DuckDB in the data folder where nothing else is said."""
        return self.store or f"duckdb://{(self.data / 'city.duckdb').absolute()}"

    def catalogue_url(self) -> str:
        """Name the catalogue, SQLite in the data folder where nothing else is said."""
        return self.catalogue or f"sqlite:///{(self.data / 'catalogue.sqlite').absolute()}"

    def folder(self, name: str) -> Path | None:
        """Name the folder of the city's own ``models``, ``formats``, ``codecs`` or ``rules``; None where there is none.

        Raises ValueError where one was named and is not there.
        """
        named: Path | None = getattr(self, name)
        folder = named or self.data / name
        if named is not None and not folder.is_dir():
            raise ValueError(f"the folder '{named}' is not there: make it, or leave SMILECITY_{name.upper()} out")
        return folder if folder.is_dir() else None

    def sources_file(self) -> Path | None:
        """Name the file that declares sources; None where there is none. Raises ValueError where one was named."""
        if self.sources is not None and not self.sources.is_file():
            raise ValueError(f"there is no file '{self.sources}' to read sources from")
        file = self.sources or self.data / "sources.toml"
        return file if file.is_file() else None

    def receivers_file(self) -> Path | None:
        """Name the file that declares who is told; None where there is none. Raises ValueError where one was named."""
        if self.receivers is not None and not self.receivers.is_file():
            raise ValueError(f"there is no file '{self.receivers}' to read receivers from")
        file = self.receivers or self.data / "receivers.toml"
        return file if file.is_file() else None

    def access_of_api(self) -> Access:
        """Say whom the API shows everything: bound to other addresses, 'auto' is nobody."""
        here = self.host in LOOPBACK
        return Access.CLOSED if self.access is Access.AUTO and not here else self.access

    def rates(self) -> tuple[Allowance, Allowance]:
        """Say how much one caller may ask, without a key and with one."""
        return Allowance(self.rate_public, self.at_once_public), Allowance(self.rate_key, self.at_once_key)

    def origins(self) -> tuple[str, ...]:
        """Name the other sites whose pages may read the API. Raises ValueError for what is no origin."""
        named = tuple(filter(None, (one.strip() for one in self.cors.split(","))))
        for one in named:
            parts = urlsplit(one)
            if parts.scheme not in {"https", "http"} or not parts.netloc or one != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"SMILECITY_CORS names '{one[:80]}', which is no origin: write https://map.example")
        return named

    def key_of_api(self) -> str:
        """Give the key with which the API may be written to; empty: it may not. Raises ValueError, or OSError."""
        key = _secret(self.api_key, self.api_key_file)
        if key is not None and (len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key):
            raise ValueError(
                f"the key of SMILECITY_API_KEY must have at least {SHORTEST_KEY} letters, digits and signs, and no "
                "blank. Make one with: openssl rand -hex 32"
            )
        return key or ""

    def limits(self) -> Limits:
        """Say how much one question over HTTP may ask for."""
        return Limits(
            rows=self.export_rows,
            days=self.export_days,
            cells=self.aggregate_cells,
            exports=self.exports_at_once,
            aggregates=self.aggregates_at_once,
        )

    def token_of_grafana(self) -> str:
        """Give the token of Grafana from the environment or its file. Raises ValueError where there is none."""
        token = _secret(self.grafana_token, self.grafana_token_file)
        if not token:
            raise ValueError(
                "Grafana wants a token: make a service account with the role Admin in Grafana, and put its token into "
                "SMILECITY_GRAFANA_TOKEN, or into a file named by SMILECITY_GRAFANA_TOKEN_FILE"
            )
        return token

    def password(self) -> str | None:
        """Give the broker's password from the environment or its file. Raises OSError where that cannot be read."""
        return _secret(self.broker_password, self.broker_password_file)

    def password_of_alerts(self) -> str | None:
        """Give the password of the broker of alerts, where that is another one, in the same way."""
        return _secret(self.alerts_broker_password, self.alerts_broker_password_file)

    def password_of_catalogue(self) -> str | None:
        """Give the password of the catalogue's server in the same way; None where its URL or libpq may know it."""
        return _secret(self.catalogue_password, self.catalogue_password_file)


def _secret(said: SecretStr | None, file: Path | None) -> str | None:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return said.get_secret_value() if said else None
